"""What a page costs as more is stored: the same pages beside 10,000 and beside 1,000,000 documents.

Cost is to grow with what is shown, not with what is stored. Half of the documents, among them
the newest, stand where the person does not read. Each has its version, its entry in the journal
and its line in the index.
"""

from __future__ import annotations

from functools import partial

from django.test import override_settings
from django.urls import reverse

from directory import consumers
from directory.models import Role, Service, User
from documents.views.browse import PAGE
from intranet.models import NotePage
from tests.directory.factories import make_person, make_service
from tests.documents.factories import make_document, make_folder, make_space
from tests.intranet.factories import make_section
from tests.intranet.notices.factories import make_notice

from .filling import Filler
from .measuring import interleaved, queries
from .pages import TEXT, Asked, get, make_notes, signed_in
from .report import Report

MOST = 1.5
"""How many times as much processor a page may take beside a hundred times as many documents."""
SERVICES = 12


def run(report: Report) -> None:
    """Print CPU and SQL of each page beside few and many documents, and how it grew."""
    few, many = (
        report.size(10_000, small=40),
        report.size(1_000_000, small=400),
    )
    with override_settings(ROOT_URLCONF="tests.bench.urls"):
        services = [make_service(f"service-{n}") for n in range(SERVICES)]
        filler = Filler(services)
        person, admin, note = _people_and_pages(services)
        filler.grow_to(few)
        pages = _pages(person, services[0], note, filler)
        before = _measure(report, person, admin, pages)
        filler.grow_to(many)
        after = _measure(report, person, admin, pages)
    report.note(f"{'beside':>56} {few:,} and {many:,} documents")
    steady = 0
    for page, (cpu, count, floor), (later, queries_later, floor_later) in zip(
        pages, before, after, strict=True
    ):
        grown = (later / floor_later) / (cpu / floor)
        told = f"{later:.1f} ms  {grown:.2f} × as much  {count} and {queries_later} SQL"
        report.line(page.what, cpu, "ms CPU", more=told)
        if queries_later <= max(count, page.most) and (report.small or grown <= MOST):
            steady += 1
        else:
            report.note(f"{page.what}: grew with what is stored")
    report.held(f"pages that take no more than {MOST} × as much", steady, len(pages))


def _people_and_pages(services: list[Service]) -> tuple[User, User, NotePage]:
    for service in services:
        make_section(service)
    person = make_person("cleo.contributor", service=services[0], role=Role.CONTRIBUTOR)
    admin = make_person("ada.admin", it_admin=True)
    note = make_notes(services, each=3)
    for number in range(30):
        make_notice(f"Nouvelle {number}")
    for consumer in consumers.registered():
        consumers.drain(consumer.name)
    return person, admin, note


def _leads_to(person: User, url: str) -> str:
    """Return the address where `url` is shown."""
    return str(signed_in(person).get(url, follow=True).request["PATH_INFO"])


def _pages(person: User, service: Service, note: NotePage, filler: Filler) -> list[Asked]:
    # As many folders are shown at first as later on.
    for number in range(PAGE):
        make_folder(filler.readable, f"Ancien {number:03}")
    space = make_space(service, "ancien")
    kept = make_document(space, "Budget 000.txt", TEXT.encode())
    for consumer in consumers.registered():
        consumers.drain(consumer.name)
    section = make_section(service)["fr"]
    folder = _leads_to(person, filler.folder.get_absolute_url())
    search, journal = reverse("search:search"), reverse("directory:access_journal")
    return [
        Asked("hello (floor)", "/bench/hello", "hello", 2),
        Asked("home", "/fr/", "du budget", 11),
        Asked("section", section.url, "du budget", 12),
        Asked("note", note.url, "engagent la dépense", 7),
        Asked("spaces", reverse("documents:spaces"), "ancien", 8),
        Asked("space", filler.readable.get_absolute_url(), "Ancien 000", 8),
        Asked("folder of 200", folder, "Pièce", 8),
        Asked("the same by date", f"{filler.folder.get_absolute_url()}?sort=-date", "Pièce", 8),
        Asked("document", kept.get_absolute_url(), kept.name, 9),
        Asked("trash", reverse("documents:space_trash", args=[filler.own.slug]), "", 8),
        Asked("search, a rare word", f"{search}?q=budget+annexe", 'class="result"', 10),
        Asked("notices", reverse("notices:list"), "Nouvelle", 7),
        Asked("console", reverse("directory:access"), "", 14),
        Asked("journal", journal, "", 12),
        Asked("journal by action", f"{journal}?action=grant.", "", 12),
        Asked("journal of failures", f"{journal}?outcome=failed", "", 12),
        Asked("journal of a person", f"{journal}?person=ada.admin", "", 12),
        Asked("journal of a service", f"{journal}?service=service-3", "", 14),
        Asked("places of access", reverse("directory:access_scopes"), "", 14),
    ]


def _measure(
    report: Report, person: User, admin: User, pages: list[Asked]
) -> list[tuple[float, int, float]]:
    clients = {False: signed_in(person), True: signed_in(admin)}
    calls = [partial(get, clients[page.url.startswith("/access/")], page.url) for page in pages]
    good = 0
    for page, call in zip(pages, calls, strict=True):
        answer = call()
        if answer.status_code == 302:
            report.note(f"{page.what}: leads to {answer['Location']}")
        if answer.status_code == 200 and page.shows in answer.content.decode():
            good += 1
        else:
            report.note(f"{page.what}: {answer.status_code}, without “{page.shows}”")
    report.held("pages that show what they should", good, len(pages))
    counts = [queries(call) for call in calls]
    taken = interleaved(calls, times=report.size(15, small=1))
    return [(cpu, count, taken[0]) for cpu, count in zip(taken, counts, strict=True)]
