"""Connections of a real server: each has an end, whatever its client leaves undone."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

import pytest
import uvicorn
from websockets.sync.client import connect

from config.serving.pace import Pace
from config.serving.pipelines import LONGEST_HEAD, Pipelines
from config.serving.sockets import Sockets
from tests.servers.base import HOST

SOON = 60
"""Seconds after which what should end at once does not end."""
PATIENT = Pace(grace=3600, head=3600)
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
BEGUN = b"GET / HTTP/1.1\r\nHost: loc"
LAST = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
POST = GET.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: 1000000\r\n\r\n")
SMALL = {"/", "/heads"}
LARGE = b"x" * 30_000_000


async def application(scope, receive, send):
    """Answer at once, whatever is still to come: a small page, /large, or /half of it.

    /heads takes the body first, and tells the names of the headers then.
    """
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        if scope["path"] == "/known":
            await send({"type": "websocket.send", "text": "hello"})
        await receive()
        return
    if scope["path"] == "/heads":
        while (await receive()).get("more_body"):
            pass
    content = b"here" if scope["path"] in SMALL else LARGE
    if scope["path"] == "/heads":
        content = str([name for name, _ in scope["headers"]]).encode() + content
    headers = [(b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    half = scope["path"] == "/half"
    content = content[: len(content) // 2] if half else content
    await send({"type": "http.response.body", "body": content, "more_body": half})


class Served:
    """A server of its own, whose pace the test sets."""

    def __init__(self, pace: Pace, of_one: int, idle: int) -> None:
        class Protocol(Pipelines):
            _connections = Counter()

        self.protocol = Protocol
        self.protocol.pace, self.protocol.of_one = pace, of_one
        self.listening = socket.create_server((HOST, 0))
        self.server = uvicorn.Server(
            uvicorn.Config(
                application,
                http=Protocol,
                ws=Sockets,
                loop="uvloop",
                lifespan="off",
                log_config=None,
                timeout_keep_alive=idle,
                timeout_graceful_shutdown=1,
            )
        )
        self.thread = threading.Thread(target=self.server.run, args=([self.listening],))

    @property
    def pace(self) -> Pace:
        return self.protocol.pace

    @pace.setter
    def pace(self, pace: Pace) -> None:
        self.protocol.pace = pace

    @property
    def count(self) -> int:
        return len(self.server.server_state.connections)

    def client(self) -> socket.socket:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(SOON)
        client.connect(self.listening.getsockname())
        return client


@contextmanager
def serving(pace: Pace, *, of_one: int = 100, idle: int = 3600) -> Iterator[Served]:
    served = Served(pace, of_one, idle)
    served.thread.start()
    try:
        yield served
    finally:
        served.server.should_exit = True
        served.thread.join()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def answer(client: socket.socket) -> bytes:
    """The next small answer."""
    found = b""
    while not found.endswith(b"here"):
        piece = client.recv(1000)
        assert piece, found
        found += piece
    return found


def is_ended(client: socket.socket, *, by_and_by: bytes = b"") -> bool:
    """Whether the server ends it, for all that it says."""
    client.settimeout(0.05)
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        try:
            client.sendall(by_and_by)
            if client.recv(1000) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


@pytest.mark.parametrize("head", [b"", BEGUN, b"\r\n"])
def test_a_head_that_does_not_come_is_not_waited_for(head):
    with serving(replace(PATIENT, head=0.2)) as served, served.client() as client:
        client.sendall(head)
        assert is_ended(client)
        until(lambda: served.count == 0)


def test_bytes_do_not_prolong_the_time_of_a_first_head():
    with serving(replace(PATIENT, head=0.2)) as served, served.client() as client:
        client.sendall(BEGUN)
        assert is_ended(client, by_and_by=b"a")


@pytest.mark.parametrize(("begun", "more"), [(BEGUN, b"a"), (b"", b"\r\n")])
def test_bytes_do_not_prolong_the_time_of_the_next(begun, more):
    with serving(PATIENT) as served, served.client() as client:
        client.sendall(GET)
        answer(client)
        served.pace = replace(PATIENT, head=0.2)
        client.sendall(begun)
        assert is_ended(client, by_and_by=more)


def test_half_a_head_behind_a_request_has_no_longer():
    with serving(PATIENT) as served, served.client() as client:
        client.sendall(GET)
        answer(client)
        served.pace = replace(PATIENT, head=0.2)
        client.sendall(GET + b"GET /")
        answer(client)
        assert is_ended(client)


def test_a_connection_rests_between_two_requests():
    """As long as uvicorn lets it, which is not how long a head may take."""
    with serving(PATIENT) as served, served.client() as client:
        client.sendall(GET)
        answer(client)
        served.pace = replace(PATIENT, head=0.05)
        time.sleep(0.5)
        client.sendall(GET)
        answer(client)


def test_a_head_may_come_byte_by_byte():
    with serving(PATIENT) as served, served.client() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in GET:
            client.sendall(bytes([byte]))
        assert answer(client).startswith(b"HTTP/1.1 200")


def test_a_head_has_a_length():
    with serving(PATIENT) as served, served.client() as client:
        client.sendall(GET[:-2])
        with suppress(OSError):  # cut off while it still speaks
            for _ in range(LONGEST_HEAD // 1000 * 20):
                client.sendall(b"a: " + b"b" * 995 + b"\r\n")
        assert is_ended(client)


def test_what_follows_a_body_is_no_header():
    """Whether it comes with the head or later: kept, it would fill the memory."""
    head = b"POST /heads HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    rest = b"1\r\nx\r\n0\r\nCookie: a\r\n\r\n"
    with serving(PATIENT) as served, served.client() as client:
        client.sendall(head + rest)
        told = answer(client)
        assert b"'transfer-encoding'" in told
        assert b"cookie" not in told
        client.sendall(head)
        time.sleep(0.1)  # the application is at work by then
        client.sendall(rest)
        assert b"cookie" not in answer(client)


def test_the_rest_of_a_refused_body_is_not_waited_for_either():
    with serving(PATIENT) as served, served.client() as client:
        served.pace = replace(PATIENT, grace=0.2)
        client.sendall(POST)
        answer(client)
        assert is_ended(client, by_and_by=b"a")


@pytest.mark.parametrize(
    ("request_", "idle"),
    [
        (GET.replace(b"/ ", b"/large "), 0),
        (LAST.replace(b"/ ", b"/large "), 3600),
        (GET.replace(b"/ ", b"/half "), 3600),
    ],
    ids=["kept", "last", "half"],
)
def test_an_answer_that_nobody_takes_ends(request_, idle):
    pace = replace(PATIENT, grace=0.2, rate=1e12)
    with serving(pace, idle=idle) as served, served.client() as client:
        client.sendall(request_)
        assert client.recv(1)
        until(lambda: served.count == 0)


def test_somebody_who_takes_an_answer_slowly_gets_it_whole():
    with serving(PATIENT, idle=0) as served, served.client() as client:
        client.sendall(GET.replace(b"/ ", b"/large "))
        count = 0
        while piece := client.recv(2**20):
            count += len(piece)
        assert count > len(LARGE)


def test_an_address_has_so_many_connections(settings):
    with serving(PATIENT, of_one=3) as served, ExitStack() as clients:
        first, *_ = [clients.enter_context(served.client()) for _ in range(3)]
        with served.client() as refused:
            assert refused.recv(1000).startswith(b"HTTP/1.1 429")
        first.close()
        until(lambda: served.count == 2)
        with served.client() as client:
            client.sendall(GET)
            answer(client)
        settings.PROXIES = [HOST]
        for client in [clients.enter_context(served.client()) for _ in range(5)]:
            client.sendall(GET)
            answer(client)


def test_an_open_page_is_none_of_them():
    """The notices bound the sockets of a person themselves."""
    with serving(PATIENT, of_one=1) as served, ExitStack() as clients:
        host, port = served.listening.getsockname()
        for _ in range(3):
            page = clients.enter_context(connect(f"ws://{host}:{port}/known", proxy=None))
            assert page.recv() == "hello"
            until(lambda: not served.protocol._connections)


def test_a_socket_of_nobody_is_one_of_them():
    with serving(PATIENT, of_one=1) as served:
        host, port = served.listening.getsockname()
        with connect(f"ws://{host}:{port}/", proxy=None), served.client() as refused:
            assert refused.recv(1000).startswith(b"HTTP/1.1 429")
        until(lambda: not served.protocol._connections)
        with served.client() as client:
            client.sendall(GET)
            answer(client)


def _frame(kind: int, said: bytes = b"", *, more: bool = False) -> bytes:
    """A frame of a client, with a mask that changes nothing."""
    return bytes([kind | (0 if more else 0x80), 0x80 | len(said)]) + bytes(4) + said


HANDSHAKE = (
    b"GET /known HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: c2l4dGVlbiBjaGFyYWN0ZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.mark.parametrize(
    ("begun", "more"),
    [(b"", _frame(9, b"x" * 125)), (_frame(1, more=True), _frame(0, more=True))],
    ids=["pings", "pieces"],
)
def test_a_socket_takes_no_more_than_a_page_says(begun, more):
    """Of a client that reads nothing: what it says, or is answered, would fill the memory."""
    with serving(PATIENT) as served:
        # What is on its way between the two counts as said.
        served.listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        client = served.client()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
        client.sendall(HANDSHAKE)
        until(lambda: any(isinstance(c, Sockets) for c in served.server.server_state.connections))
        client.recv(1)
        client.sendall(begun)
        sent, flood = 0, more * 100
        with client, suppress(OSError):  # cut off while it still speaks
            while sent < 1_000_000:
                client.sendall(flood)
                sent += len(flood)
        assert sent < 1_000_000
        until(lambda: served.count == 0)


def test_a_socket_may_speak_on_as_a_page_does(monkeypatch):
    """Its answers to pings are forgotten with the time, however long it is open."""
    monkeypatch.setattr(Sockets, "most", 300)
    monkeypatch.setattr(Sockets, "rate", 10_000.0)
    with serving(PATIENT) as served:
        host, port = served.listening.getsockname()
        with connect(f"ws://{host}:{port}/known", proxy=None) as page:
            for _ in range(20):
                assert page.ping(b"y" * 50).wait(SOON)
                time.sleep(0.01)
