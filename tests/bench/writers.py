"""Sixty people who save at once beside an import, on SQLite: how long they wait, who is refused.

Served by a web process for each of two cores; the import is a process of its own. Patience is
the real one: who has waited 30 s for a turn to write gets 503.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import ExitStack
from http import HTTPStatus

from django.conf import settings
from django.urls import reverse

from directory.models import Role
from tests.deploy.site import ROOT, Site
from tests.directory.factories import make_person, make_service
from tests.documents.factories import make_space
from tests.intranet.notices.serving import session_of

from .measuring import quantile
from .report import Report
from .serving import Outcome, Wanted, ask, web

WRITERS = 60
PROCESSES = 2


def run(report: Report) -> None:
    """Print waits alone and beside an import, and hold that nobody is refused."""
    writers = report.size(WRITERS, small=6)
    service = make_service("archives")
    space = make_space(service, "ensemble")
    make_space(service, "repris")
    sessions = [
        session_of(make_person(f"cal.writer-{number}", service=service, role=Role.CONTRIBUTOR))
        for number in range(writers)
    ]
    address = reverse("documents:files", args=[space.root_id])
    each = report.size(20, small=2)

    def wanted(when: str) -> list[Wanted]:
        return [
            Wanted(f"{address}?name={when}-{turn}-{n}.txt", key, "", f"{when} {turn} {n}".encode())
            for turn in range(each)
            for n, key in enumerate(sessions)
        ]

    with ExitStack() as stack:
        sites = [stack.enter_context(web()) for _ in range(report.size(PROCESSES, small=1))]
        alone = asyncio.run(ask(sites, wanted("seul"), clients=writers))
        importing = stack.enter_context(_importing(report, sites[0]))
        beside = asyncio.run(ask(sites, wanted("pendant"), clients=writers))
        lasted = importing.poll() is None
        report.note(f"the import {'lasts longer than they' if lasted else 'ended before them'}")
        importing.wait()
    _told(report, "alone", alone, alone)
    _told(report, "beside an import", beside, alone)
    refused = beside.statuses[HTTPStatus.SERVICE_UNAVAILABLE]
    total = beside.statuses.total()
    report.line("refused beside an import", 100 * refused / total, "%")
    report.held("files saved or told to come again", beside.good + refused, total)
    report.held("files saved at once", total if report.small else beside.good, total)
    report.held("the import succeeded", int(importing.returncode == 0), 1)


def _importing(report: Report, site: Site) -> subprocess.Popen[bytes]:
    share = settings.DATA.parent / "share"
    share.mkdir()
    for number in range(report.size(20_000, small=60)):
        (share / f"Acte {number:05}.txt").write_text(f"Acte {number}")
    return subprocess.Popen(
        [sys.executable, ROOT / "manage.py", "import_tree", share, "--space", "repris"],
        cwd=ROOT,
        env=site.environment(),
        stdout=subprocess.DEVNULL,
    )


def _told(report: Report, when: str, taken: Outcome, floor: Outcome) -> None:
    for label, share in (("p50", 0.5), ("p99", 0.99)):
        report.line(
            f"a small file saved {when}, {label}",
            quantile(taken.delays, share),
            "s",
            floor=quantile(floor.delays, share),
        )
    rate = taken.statuses.total() / taken.seconds
    report.line(f"files saved {when}", rate, "1/s")
