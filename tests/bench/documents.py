"""What documents cost: upload, new version, download, and the list of a large folder.

All go through the whole stack of middleware with a session of one person. The floor of a page is
a view that does nothing; that of an upload writes, hashes and makes durable the same bytes beside
it; that of a download reads them.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from directory.models import Role
from documents.importing import Importer
from documents.models import Node, Space
from tests.directory.factories import make_person, make_service
from tests.documents.factories import content_of, make_document, make_space

from .measuring import interleaved, queries, wall_seconds
from .report import Report

SMALL = 100 * 1024
MIB = 2**20
_numbers = itertools.count()


def run(report: Report) -> None:
    """Print CPU milliseconds, SQL statements and, of a large file, MiB a second."""
    service = make_service("archives")
    person = make_person("cal.contributor", service=service, role=Role.CONTRIBUTOR)
    space = make_space(service, "recent")
    client = Client()
    client.force_login(person, backend="directory.backends.ScopeBackend")
    with override_settings(ROOT_URLCONF="tests.bench.urls"):
        _small(report, client, space)
        _large(report, client, space)
        _folder(report, client, make_space(service, "large"))


def _small(report: Report, client: Client, space: Space) -> None:
    times = report.size(60, small=2)
    node = make_document(space, "version.bin", _bytes(SMALL))
    download = reverse("documents:download", args=[node.pk])
    hello, write, read, taken, again, sent, looked = calls = [
        partial(client.get, "/bench/hello"),
        partial(_write, SMALL),
        partial(_read, _write(SMALL)),
        partial(_upload, client, space.root, SMALL),
        partial(_upload, client, node, SMALL),
        partial(_download, client, download),
        partial(client.get, node.get_absolute_url()),
    ]
    answers = [taken().status_code == 201, again().status_code == 201, sent() == content_of(node)]
    report.held("files of 100 KiB taken and given back", sum(answers), len(answers))
    statements = {call: queries(call) for call in (taken, again, sent, looked)}
    figures = dict(zip(calls, interleaved(calls, times=times), strict=True))
    for what, call, floor in (
        ("upload of 100 KiB", taken, figures[hello] + figures[write]),
        ("new version of 100 KiB", again, figures[hello] + figures[write]),
        ("download of 100 KiB", sent, figures[hello] + figures[read]),
        ("page of a document with its versions", looked, figures[hello]),
    ):
        report.line(what, figures[call], "ms CPU", floor=floor, more=f"{statements[call]:>3} SQL")


def _large(report: Report, client: Client, space: Space) -> None:
    """Of a large file the bytes are what counts: how many a second, against the floor."""
    size = report.size(256, small=1) * MIB
    floor = min(wall_seconds(partial(_write, size)) for _ in range(2))
    names: list[str] = []
    taken = min(
        wall_seconds(lambda: names.append(_upload(client, space.root, size).json()["id"]))
        for _ in range(2)
    )
    mib = size / MIB
    report.line(f"upload of {mib:.0f} MiB", taken, "s", floor=floor, more=_rate(mib / taken))
    node = Node.objects.get(pk=names[0])
    plain = _write(size)
    floor = min(wall_seconds(partial(_read, plain)) for _ in range(3))
    url = reverse("documents:download", args=[node.pk])
    lengths: list[int] = []
    sent = min(
        wall_seconds(lambda: lengths.append(sum(map(len, _streamed(client, url)))))
        for _ in range(3)
    )
    report.line(f"download of {mib:.0f} MiB", sent, "s", floor=floor, more=_rate(mib / sent))
    report.held("bytes given back", sum(length == size for length in lengths), len(lengths))


def _folder(report: Report, client: Client, space: Space) -> None:
    number = report.size(5000, small=120)
    share = settings.DATA.parent / "share"
    share.mkdir()
    for position in range(number):
        (share / f"Budget {position:05}.txt").write_text(f"Budget {position}")
    Importer(share, space.root).run()
    assert Node.objects.filter(parent=space.root).count() == number
    url = reverse("documents:space", args=[space.slug])
    last = -(-number // 100)
    middle = last // 2
    pages = {
        "hello (floor)": ("/bench/hello", "hello"),
        f"first page of {number:,} documents": (url, "Budget 00000.txt"),
        "page in the middle": (f"{url}?page={middle}", f"Budget {100 * middle - 100:05}.txt"),
        "last page": (f"{url}?page={last}", f"Budget {number - 1:05}.txt"),
        "by date": (f"{url}?sort=-date", "Budget"),
    }  # fmt: skip
    calls: list[Callable[[], object]] = []
    good = 0
    counts = []
    for address, shows in pages.values():
        answer = client.get(address)
        good += answer.status_code == 200 and shows in answer.content.decode()
        calls.append(partial(client.get, address))
        counts.append(queries(calls[-1]))
    report.held("pages that show what they should", good, len(pages))
    figures = interleaved(calls, times=report.size(20, small=2))
    for what, figure, count in zip(pages, figures, counts, strict=True):
        report.line(what, figure, "ms CPU", floor=figures[0], more=f"{count:>3} SQL")


def _bytes(size: int) -> bytes:
    """Return bytes that no other call returns: the store keeps equal contents once."""
    return next(_numbers).to_bytes(8, "big") + b"\x5a" * (size - 8)


def _upload(client: Client, node: Node, size: int):  # type: ignore[no-untyped-def]
    address = reverse("documents:files", args=[node.pk])
    return client.put(
        f"{address}?name=fichier-{next(_numbers)}.bin",
        _bytes(size),
        content_type="application/octet-stream",
    )


def _download(client: Client, url: str) -> bytes:
    return b"".join(_streamed(client, url))


def _streamed(client: Client, url: str):  # type: ignore[no-untyped-def]
    return client.get(url).streaming_content  # type: ignore[attr-defined]


def _write(size: int) -> Path:
    """Write and hash bytes, make them durable, and give them their name."""
    content = memoryview(_bytes(size))
    folder = settings.DATA.parent / "floor"
    folder.mkdir(exist_ok=True)
    half = folder / "half"
    digest = hashlib.sha256()
    with half.open("wb", buffering=0) as file:
        for start in range(0, size, MIB):
            digest.update(content[start : start + MIB])
            file.write(content[start : start + MIB])
        os.fsync(file.fileno())
    half.rename(folder / digest.hexdigest())
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    return folder / digest.hexdigest()


def _read(path: Path) -> int:
    length = 0
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(MIB // 2):
            length += len(chunk)
    return length


def _rate(value: float) -> str:
    return f"{value:,.0f} MiB/s"
