"""A server that answers late or never: a real one behind a real line that holds back or stalls."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from search.engines.base import SearchUnavailable
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.elasticsearch.breaker import Breaker
from search.engines.elasticsearch.telling import NoAnswer
from search.query import word
from tests.directory.factories import make_person

from .shelf import document, fill, find, pks


class Line:
    """A line to a server on this machine, which can be made to swallow what is said on it.

    Or to hold each answer back for some seconds.
    """

    def __init__(self, port: int) -> None:
        self.to = port
        self.stalled = threading.Event()
        self.held_back = 0.0
        self.calls = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._open: list[socket.socket] = [self._listening]
        threading.Thread(target=self._take_calls, daemon=True).start()

    def _take_calls(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self.to))
                self._open += [near, far]
                threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
                threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, asking: bool) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                self.calls += asking
                if not asking:
                    time.sleep(self.held_back)
                if not self.stalled.is_set():
                    other.sendall(data)

    def close(self) -> None:
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@pytest.fixture
def line(elasticsearch_url: str) -> Iterator[Line]:
    made = Line(int(elasticsearch_url.rsplit(":", 1)[1]))
    yield made
    made.close()


def test_only_the_first_search_waits_for_a_server_that_is_silent(line):
    url = f"http://127.0.0.1:{line.port}"
    engine = ElasticsearchEngine(url, f"test-{uuid.uuid4().hex[:8]}", patience=60)
    now = [0.0]
    engine.breaker = Breaker(pause=5, clock=lambda: now[0])
    try:
        fill(engine, document("1", "Budget"))
        assert pks(find(engine, "budget")) == ["1"]
        line.stalled.set()
        engine.patience = 0.5
        with pytest.raises(NoAnswer):
            find(engine, "budget")
        asked = line.calls
        for _ in range(5):
            with pytest.raises(SearchUnavailable):
                find(engine, "budget")
            with pytest.raises(SearchUnavailable):
                engine.suggest([], word("bud"), (1,), 5)
        assert line.calls == asked  # nothing was even sent

        now[0] = 6.0
        with pytest.raises(NoAnswer):  # one tries again
            find(engine, "budget")
        asked = line.calls
        with pytest.raises(SearchUnavailable):
            find(engine, "budget")
        assert line.calls == asked

        line.stalled.clear()
        engine.patience = 60
        now[0] = 12.0
        assert pks(find(engine, "budget")) == ["1"]
        assert pks(find(engine, "budget")) == ["1"]
    finally:
        line.stalled.clear()
        for name in engine.names():
            engine.drop(name)


def test_a_search_waits_for_a_second_and_the_making_of_an_index_longer(line):
    """A loaded cluster takes more than five seconds for it."""
    engine = ElasticsearchEngine(
        f"http://127.0.0.1:{line.port}", prefix=f"test-{uuid.uuid4().hex[:8]}"
    )
    line.held_back = 6.0
    name = engine.create()
    line.held_back = 0.0
    try:
        engine.promote(name)
        line.held_back = 6.0
        with pytest.raises(NoAnswer):
            find(engine, "budget")
    finally:
        engine.drop(name)


def test_a_server_that_is_down_is_told_by_who_asked_and_not_at_each_try(caplog):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    engine = ElasticsearchEngine(f"http://127.0.0.1:{port}", prefix="x")
    with pytest.raises(SearchUnavailable):
        engine.live()
    assert not [record for record in caplog.records if record.name.startswith("elastic")]


def test_one_tries_while_the_others_are_told_at_once():
    now = [0.0]
    breaker = Breaker(pause=5, clock=lambda: now[0])
    with pytest.raises(NoAnswer), breaker.question():
        raise NoAnswer("silent")
    now[0] = 6.0
    with breaker.question(), pytest.raises(SearchUnavailable), breaker.question():
        pytest.fail("asked while another tries")
    with breaker.question():
        pass


@pytest.mark.parametrize(
    "raised", [SearchUnavailable("Elasticsearch answers 503."), ValueError("a fault of ours")]
)
def test_an_answer_of_any_kind_is_no_silence(raised):
    breaker = Breaker(pause=5, clock=lambda: 0.0)
    for _ in range(2):
        with pytest.raises(type(raised)), breaker.question():
            raise raised


@pytest.mark.django_db
def test_the_page_says_what_is_missing_and_when_to_ask_again(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes calls and says nothing
        settings.SEARCH = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = Client()
        client.force_login(make_person("pat"), backend="directory.backends.ScopeBackend")
        for name in ("search:search", "search:api"):
            for _ in range(3):
                answer = client.get(reverse(name), {"q": "budget"})
                assert answer.status_code == 503
                assert int(answer["Retry-After"]) > 0
        client.cookies["marigot_language"] = "fr"
        page = client.get(reverse("search:search"), {"q": "budget"}).content.decode()
        assert "Ce qui manque" in page
