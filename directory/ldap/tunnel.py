"""TLS from the first byte with a time limit on all of it.

libldap's handshake with an ldaps address heeds none of its timeouts: a server that takes the
connection and says nothing would hold its caller for ever. Here the handshake is made first, and
libldap is handed one end of a pair of sockets, whose other end a thread joins to the server.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Final

_CHUNK: Final = 65_536
_LAST_WORDS_SECONDS: Final = 1.0
"""How long what was said before the end may take to be sent."""
_WAITS = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)


class Tunnel:
    """A connection to `host` over TLS; `near` is the end where plain bytes go in and come out.

    Once `near` is closed, what was said before it is sent, and the connection ends.

    `ca_file`: the authority that the certificate is checked against, "" for the system's. Raises
    OSError where there is no such connection within `seconds`; a certificate that is not to be
    trusted is a ssl.SSLError, which is one.
    """

    def __init__(self, host: str, port: int, *, ca_file: str, seconds: float) -> None:
        end = time.monotonic() + seconds
        context = ssl.create_default_context(cafile=ca_file or None)
        raw = socket.create_connection((host, port), timeout=seconds)
        try:
            raw.settimeout(max(0.01, end - time.monotonic()))  # of the whole handshake
            self._server = context.wrap_socket(raw, server_hostname=host)
        except BaseException:
            raw.close()
            raise
        self._server.setblocking(False)
        self.near, self._far = socket.socketpair()
        self._far.setblocking(False)
        threading.Thread(target=self._join, name="ldaps", daemon=True).start()

    def _join(self) -> None:
        out = _Half(self._far, self._server)
        back = _Half(self._server, self._far)
        try:
            while not back.is_over and not out.is_over:
                self._wait(out, back)
                out.carry()
                back.carry()
            end = time.monotonic() + _LAST_WORDS_SECONDS
            while out.held and time.monotonic() < end:
                self._wait(out, back, seconds=end - time.monotonic())
                out.carry()
            back.carry()
        except OSError:
            return  # either end is gone: the other sees it closed, and LDAP tells
        finally:
            with suppress(OSError):
                self._server.close()
            self._far.close()

    def _wait(self, out: _Half, back: _Half, *, seconds: float | None = None) -> None:
        """Wait until one of the two can go on."""
        if self._server.pending() and not back.held:
            return
        of_server = (0 if back.held else selectors.EVENT_READ) | (
            selectors.EVENT_WRITE if out.held else 0
        )
        of_far = (0 if out.held or out.is_over else selectors.EVENT_READ) | (
            selectors.EVENT_WRITE if back.held else 0
        )
        with selectors.DefaultSelector() as selector:
            if of_server:
                selector.register(self._server, of_server)
            if of_far:
                selector.register(self._far, of_far)
            selector.select(seconds)


class _Half:
    """One direction: a chunk is taken from `source` once the last one is given to `target`."""

    def __init__(self, source: socket.socket, target: socket.socket) -> None:
        self._source, self._target = source, target
        self.held = b""
        self.is_over = False

    def carry(self) -> None:
        """Take what there is and give what can be given, without waiting."""
        if not self.held and not self.is_over:
            with suppress(*_WAITS):
                self.held = self._source.recv(_CHUNK)
                self.is_over = not self.held
        if self.held:
            with suppress(*_WAITS):
                self.held = self.held[self._target.send(self.held) :]
