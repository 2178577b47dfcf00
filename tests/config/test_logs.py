"""A client's fault takes a line of the log; one of ours shows where it is."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from django.test import Client

from tests.directory.factories import make_person
from tests.intranet.notices.serving import Site, refused_with, running, session_of

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


@pytest.mark.django_db(transaction=True)
def test_sockets_that_come_and_go_leave_no_line_and_the_server_says_that_it_serves():
    key = session_of(make_person("zoe.finance"))
    with running(Site()) as site:
        site.open(key).close()
        with site.open("nobody", hello=False) as ear:
            ear.close_code()
        assert refused_with(site, key, path="/nowhere/") in (403, 404)
        assert refused_with(site, key, origin="http://elsewhere.example") == 403
    assert "Uvicorn running" in site.log
    assert "Shutting down" in site.log
    assert "WebSocket" not in site.log
    assert "connection" not in site.log


@pytest.mark.parametrize(("level", "kept"), [("INFO", False), ("WARNING", True), ("ERROR", True)])
def test_what_goes_wrong_on_a_socket_is_kept(level, kept):
    library = "/venv/site-packages/websockets/protocol.py"
    record = logging.LogRecord(
        "uvicorn.error", getattr(logging, level), library, 1, "a", None, None
    )  # fmt: skip
    assert bool(logging.getLogger("uvicorn.error").filter(record)) == kept
