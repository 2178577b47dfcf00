"""What one web process answers: to one client, to sixteen at once, and what memory it keeps.

More clients than one may wait for one another; they are not to make each other slower.
"""

from __future__ import annotations

import http.client
import itertools
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.urls import reverse

from directory import consumers
from directory.journal import last_sequence
from directory.models import ConsumerCursor, Role, User
from tests.bench.measuring import resident
from tests.bench.notices import served, session_of
from tests.bench.pages import TEXT, make_notes
from tests.bench.report import Report
from tests.deploy.site import environment_of
from tests.directory.factories import make_person, make_service
from tests.documents.factories import make_document, make_space
from tests.intranet.factories import make_section
from tests.intranet.notices.factories import make_notice
from tests.intranet.notices.serving import ROOT, Site, database_url

CLIENTS = 16
MOST_MEMORY = 200
"""MiB that a web process or a worker may hold after two thousand requests or jobs."""


def run(report: Report) -> None:
    """Print requests a second with one client and with many, then the memory of each process."""
    people, addresses = _make(report)
    keys = [session_of(person) for person in people]
    with served(Site()) as site:
        _ask(site, keys[:1], addresses, len(addresses))  # what is loaded once is loaded here
        rounds = report.size(8, small=1)
        number = report.size(320, small=16)
        rates: dict[int, list[float]] = {1: [], CLIENTS: []}
        good = 0
        for _ in range(rounds):
            for clients, taken in rates.items():
                seconds, answered = _ask(site, keys[:clients], addresses, number)
                taken.append(number / seconds)
                good += answered
        one, many = (statistics.median(rates[clients]) for clients in (1, CLIENTS))
        report.held("answers as they should be", good, 2 * rounds * number)
        report.line("pages a second, one client", one, "1/s")
        report.line(f"pages a second, {CLIENTS} clients", many, "1/s", floor=one)
        _ask(site, keys, addresses, max(0, report.size(2000, small=16) - 2 * rounds * number))
        web = resident(site.pid) / 1024
    report.line("memory of the web process, 2,000 requests later", web, "MiB")
    worker = _memory_of_a_worker(report)
    report.line("memory of the worker, 2,000 documents later", worker, "MiB")
    small = sum(held <= MOST_MEMORY for held in (web, worker))
    report.held(f"processes of {MOST_MEMORY} MiB at most", small, 2)


def _make(report: Report) -> tuple[list[User], list[str]]:
    services = [make_service(f"service-{n}") for n in range(report.size(12, small=2))]
    sections = [make_section(service) for service in services]
    people = [
        make_person(f"c{n}.contributor", service=services[n % len(services)], role=Role.CONTRIBUTOR)
        for n in range(CLIENTS)
    ]
    note = make_notes(services, each=report.size(5, small=1))
    space = make_space(services[0], "budgets", shared=True)
    for number in range(report.size(200, small=5)):
        document = make_document(space, f"Budget {number:03}.txt", f"{TEXT} {number}".encode())
    for number in range(report.size(60, small=2)):
        make_notice(f"Nouvelle {number}")
    for consumer in consumers.registered():
        consumers.drain(consumer.name)
    return people, [
        "/fr/",
        sections[0]["fr"].url,
        note.url,
        reverse("documents:spaces"),
        space.get_absolute_url(),
        document.get_absolute_url(),
        f"{document.get_absolute_url()}download",
        reverse("search:search") + "?q=budget",
        reverse("search:suggest") + "?q=budg",
        reverse("notices:list"),
    ]


def _ask(
    site: Site, keys: Sequence[str], addresses: Sequence[str], number: int
) -> tuple[float, int]:
    """Ask for `number` pages in all, each of `keys` a client of its own; seconds, right answers."""
    turns = itertools.count()
    good = [0] * len(keys)

    def client(index: int, key: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)
        headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={key}",
            "Accept": "text/html",
            "Accept-Language": "fr",
        }
        while (turn := next(turns)) < number:
            connection.request("GET", addresses[turn % len(addresses)], headers=headers)
            answer = connection.getresponse()
            answer.read()
            good[index] += answer.status == 200
        connection.close()

    threads = [threading.Thread(target=client, args=pair) for pair in enumerate(keys)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started, sum(good)


def _memory_of_a_worker(report: Report) -> float:
    """Return the MiB that a worker holds once it has read and indexed two thousand documents."""
    space = make_space(make_service("archives"), "archives")
    with _worker() as process:
        for number in range(report.size(2000, small=5)):
            make_document(space, f"Pièce {number}.txt", f"{TEXT} {number}".encode())
        deadline = time.monotonic() + 1800
        while not _caught_up():
            if process.poll() is not None:
                raise RuntimeError("The worker ended before it had done everything.")
            if time.monotonic() > deadline:
                raise TimeoutError("The worker does not come to an end.")
            time.sleep(0.2)
        return resident(process.pid) / 1024


def _caught_up() -> bool:
    names = [consumer.name for consumer in consumers.registered()]
    done = ConsumerCursor.objects.filter(name__in=names, sequence__gte=last_sequence())
    return done.count() == len(names)


@contextmanager
def _worker() -> Iterator[subprocess.Popen[bytes]]:
    """A worker on the database of the benchmark, with the environment that it is shipped with."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "work"],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE,
            "MARIGOT_DATA": str(settings.DATA),
            "MARIGOT_DATABASE_URL": database_url(),
            "MARIGOT_LOG_LEVEL": "WARNING",
        }
        | environment_of("marigot-worker.service"),
        stdin=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)
