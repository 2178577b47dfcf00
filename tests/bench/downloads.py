"""A download sent by the shipped nginx for Marigot (X-Accel) against nginx sending the same file.

Both over TLS by the same process of nginx, in turns. The floor is the file among the static ones.
"""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from directory.models import Role
from documents.blobs.layout import path_of
from tests.deploy.site import Site
from tests.directory.factories import make_person, make_service
from tests.documents.factories import make_document, make_space
from tests.intranet.notices.serving import session_of
from tests.servers.base import HOST, ServerMissing

from .report import Report
from .serving import cpu_seconds

LEAST = 0.95
"""Of nginx's bytes a second, those that a large download gets."""
MIB = 2**20


def run(report: Report) -> None:
    """Print the rate of a large file and of small ones, by Marigot and by nginx alone."""
    service = make_service("archives")
    person = make_person("lou.reader", service=service, role=Role.MEMBER)
    space = make_space(service, "envois")
    site = Site()
    try:
        site.start()
    except ServerMissing as error:
        report.note(str(error))
        return
    try:
        with Browser(site, session_of(person)) as browser:
            size = report.size(256, small=1) * MIB
            ratio = _measure(report, browser, make_document(space, "grand.bin", bytes(size)), 9)
            _measure(report, browser, make_document(space, "petit.bin", bytes(100_000)), 200)
    finally:
        site.stop_web()
        site.nginx.stop()
    enough = report.small or ratio >= LEAST
    report.held(f"large download: at least {LEAST} of nginx", int(enough), 1)


def _measure(report: Report, browser: Browser, node: object, times: int) -> float:
    """Print both rates; return that of Marigot's over that of nginx alone."""
    version = node.current_version  # type: ignore[attr-defined]
    plain = Path(settings.STATIC_ROOT) / f"plain-{version.size}.bin"
    shutil.copyfile(path_of(version.blob_id), plain)
    ways: dict[str, Callable[[], int]] = {
        "nginx": partial(browser.get, f"/static/{plain.name}"),
        "Marigot": partial(browser.get, reverse("documents:download", args=[node.pk])),  # type: ignore[attr-defined]
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    spent = dict.fromkeys(ways, 0.0)
    times = report.size(times, small=2)
    good = sum(get() == version.size for get in ways.values())
    for turn in range(times):
        for way in sorted(ways, reverse=bool(turn % 2)):
            before, started = cpu_seconds(browser.worker), time.perf_counter()
            good += ways[way]() == version.size
            seconds[way].append(time.perf_counter() - started)
            spent[way] += cpu_seconds(browser.worker) - before
    report.held("files that came whole", good, 2 * times + 2)
    size = version.size / MIB
    took = {way: statistics.median(taken) for way, taken in seconds.items()}
    for way, taken in took.items():
        more = f"{taken * 1000:.1f} ms, of nginx {spent[way] / times * 1000:.1f} ms CPU"
        what = f"{size:,.1f} MiB by {way}"
        report.line(what, size / taken, "MiB/s", floor=size / took["nginx"], more=more)
    return took["nginx"] / took["Marigot"]


class Browser:
    """Somebody signed in, on one connection over TLS that stays open."""

    def __init__(self, site: Site, session: str) -> None:
        self._site = site
        self._session = session
        nginx = site.nginx.process
        assert nginx is not None
        children = Path(f"/proc/{nginx.pid}/task/{nginx.pid}/children").read_text().split()
        self.worker = int(children[0])
        self._piece = bytearray(MIB)

    def __enter__(self) -> Browser:
        context = ssl.create_default_context(cafile=str(self._site.nginx.certificates.authority))
        plain = socket.create_connection((HOST, self._site.nginx.port))
        self._connection = context.wrap_socket(plain, server_hostname="localhost")
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.close()

    def get(self, url: str) -> int:
        """Ask for a file; return how many bytes came. Raises ConnectionError, ValueError."""
        self._connection.sendall(
            f"GET {url} HTTP/1.1\r\nHost: localhost:{self._site.nginx.port}\r\n"
            f"Cookie: __Host-session={self._session}\r\n\r\n".encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            if not (piece := self._connection.recv(16384)):
                raise ConnectionError("nginx closed the connection")
            head += piece
        head, _, body = head.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise ValueError(head.decode("latin1"))
        (length,) = re.findall(rb"(?i)\r\ncontent-length: (\d+)", head)
        came = len(body)
        while came < int(length):
            taken = self._connection.recv_into(self._piece)
            if not taken:
                raise ConnectionError("nginx closed the connection")
            came += taken
        return came
