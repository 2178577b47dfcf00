"""Reaching a server: each address by its own scheme, and nothing that waits for ever."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from config.embedded.certificates import certificates_in
from directory.ldap import connection
from directory.ldap.config import LdapConfig
from directory.ldap.connection import Connection
from directory.ldap.errors import Unavailable
from directory.ldap.schemas import OPENLDAP
from directory.ldap.tunnel import Tunnel
from tests.directory.conftest import running_slapd

START_TLS = b"1.3.6.1.4.1.1466.20037"
SECRET = "of-the-reading-account"


@contextmanager
def server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve on a port of its own; `talk` is given each connection. Gives host:port."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads = []

    def accept() -> None:
        with suppress(OSError):  # closed at the end
            while True:
                taken, _ = listener.accept()
                threads.append(threading.Thread(target=talk, args=(taken,), daemon=True))
                threads[-1].start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield "{}:{}".format(*listener.getsockname())
    finally:
        listener.close()


def config(url: str, **more: object) -> LdapConfig:
    given = LdapConfig(url, True, "", "cn=reader", SECRET, "dc=example", OPENLDAP, timeout=0.5)
    return replace(given, **more)


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    monkeypatch.setattr(connection, "_failed_at", {})


def test_a_server_that_takes_the_connection_and_says_nothing_is_given_up():
    kept = []
    with server(kept.append) as address, pytest.raises(Unavailable, match="timed out"):
        Connection(config(f"ldaps://{address}"))


def test_a_handshake_that_drips_is_given_up():
    over = threading.Event()

    def drip(taken: socket.socket) -> None:
        with suppress(OSError):
            taken.sendall(b"\x16\x03\x03\x40\x00")  # the beginning of a long record
            while not over.wait(0.1):
                taken.sendall(b"\x02")

    try:
        with server(drip) as address, pytest.raises(Unavailable):
            Connection(config(f"ldaps://{address}"))
    finally:
        over.set()


def test_each_address_of_a_list_is_judged_by_its_own_scheme():
    """The first is down: the password of the reading account went to the second in clear."""
    heard, over = bytearray(), threading.Event()

    def listen(taken: socket.socket) -> None:
        with suppress(OSError):
            while some := taken.recv(4096):
                heard.extend(some)
        over.set()

    with server(listen) as address:
        with pytest.raises(Unavailable):
            Connection(config(f"ldaps://127.0.0.1:1 ldap://{address}"))
        assert over.wait(120)
    assert START_TLS in heard
    assert SECRET.encode() not in heard


@pytest.fixture(scope="module")
def slapd():
    yield from running_slapd()


def test_the_next_address_is_asked_and_the_one_that_is_down_comes_last(slapd, caplog):
    given = replace(slapd.config, url=f"ldaps://127.0.0.1:1 {slapd.tls_url}")
    for _ in range(3):
        with Connection(given) as found:
            assert found.read(given.base_dn, ["objectClass"])
    assert caplog.text.count("cannot be reached, the next one is asked") == 1


def test_a_server_that_hangs_is_given_up_in_the_handshake_and_after_it(slapd):
    given = replace(slapd.config, url=slapd.tls_url)
    with Connection(given) as found:
        found.config = given = replace(given, timeout=1.0)
        slapd.freeze()
        try:
            with pytest.raises(Unavailable):
                found.read(given.base_dn, ["objectClass"])
            with pytest.raises(Unavailable):
                Connection(given)
        finally:
            slapd.thaw()


def test_a_connection_leaves_no_thread_and_no_socket_behind(slapd):
    given = replace(slapd.config, url=slapd.tls_url)

    def ours() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "ldaps"]

    for _ in range(5):
        with Connection(given):
            assert ours()
    for thread in ours():
        thread.join(120)
    assert not ours()


def test_much_goes_through_a_tunnel_both_ways_and_its_last_words_too(tmp_path: Path):
    own = certificates_in(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own.server, own.key)
    received, over = bytearray(), threading.Event()
    answer = bytes(range(256)) * 20_000

    def talk(taken: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(taken, server_side=True) as tls:
            tls.sendall(answer)
            while some := tls.recv(65_536):
                received.extend(some)
        over.set()

    with server(talk) as address:
        host, _, port = address.partition(":")
        tunnel = Tunnel(host, int(port), ca_file=str(own.authority), seconds=60)
        got = bytearray()
        while len(got) < len(answer):
            got += tunnel.near.recv(65_536)
        assert got == answer
        tunnel.near.sendall(answer)
        tunnel.near.close()
        assert over.wait(120)
    assert received == answer


def test_a_certificate_of_another_name_is_refused(tmp_path: Path):
    own = certificates_in(tmp_path, addresses=["127.0.0.9"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own.server, own.key)

    def talk(taken: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(taken, server_side=True) as tls:
            tls.recv(1)

    with server(talk) as address, pytest.raises(Unavailable, match=r"127\.0\.0\.1"):
        Connection(config(f"ldaps://{address}", ca_file=str(own.authority), timeout=20.0))
