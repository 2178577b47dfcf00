"""Queries that no browser sends: answered as any other, or with what is wrong with them."""

from __future__ import annotations

import json
import logging

import pytest
from asgiref.sync import sync_to_async

from documents.models import Node
from tests.documents.conftest import make_world

from .exchange import Exchange, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

DAMAGED = (
    b"name=%ff",
    b"name=\xff",
    b"name=%ed%a0%80",
    b"name=%00",
    b"name=a%00b",
    b"name=a&path=%ff/b",
    b"name=" + b"a" * 5000,
)
FINE = (b"name=%", b"name=%zz", b"%ff=1&name=c", b"name=d&conflict=%ff", b"name=e&modified=\xff")


async def answered(handler, path, query, headers, method="PUT"):
    """The status, and the content."""
    headers = headers | {"Content-Length": "1"}
    exchange = Exchange(method, path, headers, [b"x"])
    exchange.scope["query_string"] = query
    await exchange.run(handler)
    return exchange.status, exchange.content


async def test_a_damaged_query_is_refused_as_any_is(handler, caplog):
    world = await sync_to_async(make_world)()
    asking = {
        302: {"Host": "testserver"},
        404: await sync_to_async(signed_in)(world.stranger),
        422: await sync_to_async(signed_in)(world.contributor),
    }
    path = f"/d/{world.space.root_id}/files"
    for status, headers in asking.items():
        for query in DAMAGED:
            found, content = await answered(handler, path, query, headers)
            assert found == status, query
            if status == 422:
                assert json.loads(content)["message"], query
    for query in FINE:
        assert (await answered(handler, path, query, asking[422]))[0] == 201, query
    names = await sync_to_async(
        lambda: set(Node.objects.filter(parent=world.space.root_id).values_list("name", flat=True))
    )()
    assert {"%", "%zz", "c", "d", "e"} <= names
    assert not [name for name in names if "\ufffd" in name]
    for path in ("/sign-in/", "/search/", "/nowhere/"):
        for query in (*DAMAGED, *FINE):
            for headers in asking.values():
                plain = await answered(handler, path, b"name=a", headers, method="POST")
                assert (await answered(handler, path, query, headers, method="POST"))[0] == plain[0]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
