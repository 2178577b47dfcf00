"""What a page costs: CPU time against a view that does nothing, and SQL statements.

Both go through the whole stack of middleware with a session of the same person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.test import Client, override_settings
from django.urls import reverse

from directory import consumers
from directory.models import Role, Service, User
from documents.models import Node, Space
from intranet.models import NotePage
from tests.directory.factories import make_person, make_service
from tests.documents.factories import make_document, make_folder, make_space
from tests.intranet.factories import make_event, make_note, make_section, paragraph
from tests.intranet.notices.factories import make_notice

from .measuring import interleaved, queries
from .report import Report

TEXT = (
    "Le budget du service est voté par l'assemblée puis notifié aux services gestionnaires, "
    "qui engagent la dépense dans la limite des crédits ouverts. "
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A page to measure, a text that is in it when it shows what it should, and the most it asks.

    `most` SQL statements are allowed, however much there is.
    """

    what: str
    url: str
    shows: str
    most: int


def run(report: Report) -> None:
    """Print CPU milliseconds and SQL statements of each page."""
    with override_settings(ROOT_URLCONF="tests.bench.urls"):
        _measure(report, *_make(report))


def _measure(report: Report, person: User, pages: Sequence[Asked]) -> None:
    times = report.size(40, small=2)
    client = signed_in(person)
    calls = {page.what: partial(get, client, page.url) for page in pages}
    good = 0
    for page in pages:
        answer = calls[page.what]()
        if answer.status_code == 200 and page.shows in answer.content.decode():
            good += 1
        else:
            report.note(f"{page.what}: {answer.status_code}, without “{page.shows}”")
    report.held("pages that show what they should", good, len(pages))
    counts = [queries(call) for call in calls.values()]
    frugal = 0
    for page, count in zip(pages, counts, strict=True):
        if count <= page.most:
            frugal += 1
        else:
            report.note(f"{page.what}: {count} statements, not {page.most} at most")
    report.held("pages that ask no more than they need", frugal, len(pages))
    sizes = [len(call().content) for call in calls.values()]
    taken = interleaved(list(calls.values()), times=times)
    floor = taken[0]
    for what, cpu, count, size in zip(calls, taken, counts, sizes, strict=True):
        report.line(what, cpu, "ms CPU", floor=floor, more=f"{count:>3} SQL  {size / 1024:.0f} KiB")


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="directory.backends.ScopeBackend")
    return client


def get(client: Client, url: str):
    return client.get(url, headers={"accept": "text/html", "accept-language": "fr"})


def _make(report: Report) -> tuple[User, list[Asked]]:
    """Make an organisation of twelve services; return who asks for which pages, hello first."""
    services = [make_service(f"service-{n}") for n in range(report.size(12, small=2))]
    for service in services:
        make_section(service)
    finance = services[0]
    person = make_person("cleo.contributor", service=finance, role=Role.CONTRIBUTOR)
    make_person("hana.head", service=finance, role=Role.HEAD)
    note = make_notes(services, each=report.size(5, small=1))
    space, document = _documents(services, report.size(500, small=5))
    for number in range(report.size(60, small=2)):
        make_notice(f"Nouvelle {number}")
    for consumer in consumers.registered():
        consumers.drain(consumer.name)
    section = make_section(finance)["fr"]
    return person, [
        Asked("hello (floor)", "/bench/hello", "hello", 2),
        Asked("home", "/fr/", "du budget", 11),
        Asked("section", section.url, "du budget", 12),
        Asked("note", note.url, "engagent la dépense", 8),
        Asked("spaces", reverse("documents:spaces"), "commun-service-0", 12),
        Asked("space of 500 documents", space.get_absolute_url(), "Budget 000", 9),
        Asked("document", document.get_absolute_url(), document.name, 11),
        Asked("search with results", reverse("search:search") + "?q=budget", 'class="result"', 10),
        Asked("suggestions", reverse("search:suggest") + "?q=budg", "budget", 9),
        Asked("notices", reverse("notices:list"), "Nouvelle", 7),
    ]


def make_notes(services: list[Service], *, each: int) -> NotePage:
    for service in services:
        for number in range(each):
            note = make_note(
                service,
                f"Note {number} du budget",
                audience="organisation",
                body=paragraph(TEXT * 8),
            )
    make_event(services[0], "Conférence budgétaire", start="2099-01-15T09:00:00Z")
    return note


def _documents(services: list[Service], number: int) -> tuple[Space, Node]:
    for service in services:
        space = make_space(service, f"commun-{service.slug}", shared=True)
        make_folder(space, "Archives")
    space = make_space(services[0], "budgets")
    for position in range(number):
        document = make_document(
            space, f"Budget {position:03}.txt", f"{TEXT} {position}".encode() * 3
        )
    return space, document
