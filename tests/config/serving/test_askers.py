"""Whose turn it is: the person's once somebody is signed in, else the address's."""

from __future__ import annotations

import asyncio

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from config.serving.askers import Askers
from directory.models import User
from documents.uploads.asking import owner_of
from tests.directory.factories import make_person

from .exchange import Exchange, handler_with, signed_in


def asked(key="", address="10.0.0.9", by=None):
    request = RequestFactory(REMOTE_ADDR=address).get("/")
    if key:
        request.COOKIES[settings.SESSION_COOKIE_NAME] = key
    if by is not None:
        request._cached_user = by
    return request


def test_invented_sessions_have_one_turn_together():
    askers = Askers()
    for n in range(50):
        askers.remember(asked(f"invented{n}", by=AnonymousUser()))
    names = {askers.of(asked(f"invented{n}"))[0] for n in range(50)}
    assert len(names) == 1
    assert askers.of(asked("invented1", address="10.0.0.8"))[0] not in names


def test_somebody_who_is_signed_in_is_one_asker_by_all_sessions():
    askers = Askers()
    for key, person in (("hers", 7), ("hers too", 7), ("his", 8)):
        askers.remember(asked(key, by=User(pk=person)))
    assert askers.of(asked("hers")) == askers.of(asked("hers too", address="10.0.0.8"))
    assert askers.of(asked("hers"))[0] not in (
        askers.of(asked("his"))[0],
        askers.of(asked("another"))[0],
    )


def test_all_addresses_of_a_network_of_ipv6_have_one_turn():
    askers = Askers()
    names = {askers.of(asked(address=f"2001:db8::{number}"))[0] for number in range(9)}
    assert len(names) == 1
    assert askers.of(asked(address="2001:db8:0:1::1"))[0] not in names


def test_all_addresses_of_a_network_of_ipv6_share_their_transfers():
    owners = {owner_of(asked(address=f"2001:db8::{number}")) for number in range(9)}
    assert len(owners) == 1
    assert owner_of(asked(address="2001:db8:0:1::1")) not in owners


def test_the_last_ones_alone_are_remembered():
    askers = Askers(remembered=2)
    for key in ("a1", "b2", "a1", "c3"):
        askers.remember(asked(key, by=User(pk=7)))
    own = [askers.of(asked(key))[0] == "person 7" for key in ("a1", "b2", "c3")]
    assert own == [True, False, True]


@pytest.mark.django_db(transaction=True)
def test_the_handler_learns_who_is_signed_in():
    person = make_person("zoe.finance")
    headers = signed_in(person)
    key = headers["Cookie"].split(f"{settings.SESSION_COOKIE_NAME}=")[1].split(";")[0]
    with handler_with() as handler:
        for cookie, own in ((f"{settings.SESSION_COOKIE_NAME}=invented", False), (None, True)):
            sent = headers | ({"Cookie": cookie} if cookie else {})
            asyncio.run(Exchange("GET", "/notices/", sent).run(handler))
            assert (handler._askers.of(asked(key))[0] == f"person {person.pk}") is own
