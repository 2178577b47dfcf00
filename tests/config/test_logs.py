"""A client's fault takes a line of the log; one of ours shows where it is."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from django.test import Client

from tests.directory.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the site's own handler writes."""
    (handler,) = (h for h in logging.getLogger().handlers if h.name == "console")
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


@pytest.mark.parametrize("host", ["evil.example", "loc alhost", "[::1", "a" * 3000, "é\n: é"])
def test_a_host_that_is_none_takes_one_line(client, log, host):
    assert client.get("/sign-in/", headers={"Host": host}).status_code == 400
    (line,) = log.getvalue().splitlines()
    assert "DisallowedHost" in line
    assert repr(host)[1:12] in line


def test_a_form_that_cannot_be_read_takes_one_line(log):
    browser = Client()
    browser.force_login(make_person("zoe.finance"), backend="directory.backends.DirectoryBackend")
    kind = "multipart/form-data; boundary=" + "é" * 9
    assert browser.post("/d/move/", b"x", content_type=kind).status_code == 400
    (line,) = log.getvalue().splitlines()
    assert "/d/move/" in line


def test_a_text_that_is_none_on_a_socket_takes_one_line():
    record = logging.LogRecord(
        "uvicorn.error", logging.ERROR, "", 1, "Invalid UTF-8 sequence received from client.", None,
        (UnicodeDecodeError, UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), None),
    )  # fmt: skip
    assert logging.getLogger("uvicorn.error").filter(record)
    assert record.exc_info is None


def test_a_fault_of_ours_shows_where_it_is(log):
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        logging.getLogger("django.request").exception("a", extra={"status_code": 500})
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
        logging.getLogger("search").exception("without a request")
    assert log.getvalue().count("Traceback") == 3
