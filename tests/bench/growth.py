"""What a page costs as more is stored: the same pages beside 10,000 and beside 1,000,000 documents.

Cost is to grow with what is shown, not with what is stored. Half of the documents, among them
the newest, stand where the person does not read. Each has its version, its entry in the journal
and its line in the index. Pages, people, notices and images grow with them (`crowd`).
"""

from __future__ import annotations

from functools import partial

from django.test import override_settings
from django.urls import reverse

from directory import consumers
from directory.models import AccessGroup, Role, Service, User
from documents.views.browse import PAGE
from tests.directory.factories import make_person, make_service
from tests.documents.factories import make_document, make_folder, make_space
from tests.intranet.factories import make_section
from tests.intranet.notices.factories import make_notice

from .crowd import Crowd
from .filling import Filler, copy_row
from .measuring import interleaved, queries
from .pages import TEXT, Asked, get, make_notes, signed_in
from .report import Report

MOST = 1.5
"""How many times as much processor a page may take beside a hundred times as many documents."""


def run(report: Report) -> None:
    """Print CPU and SQL of each page beside few and many documents, and how it grew."""
    few, many = (
        report.size(10_000, small=40),
        report.size(1_000_000, small=400),
    )
    with override_settings(ROOT_URLCONF="tests.bench.urls"):
        services = [make_service(f"service-{n}") for n in range(report.size(12, small=4))]
        filler = Filler(services)
        people = _people(services[0])
        crowd = _crowd(services, people[""])
        pages = _pages(people[""], services[0], crowd, filler)
        crowd.grow_to(few)
        filler.grow_to(few)
        before = _measure(report, people, pages)
        crowd.grow_to(many)
        filler.grow_to(many)
        after = _measure(report, people, pages)
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


def _people(service: Service) -> dict[str, User]:
    """Return who asks for which addresses, by their beginning; the longest that fits counts."""
    return {
        "": make_person("cleo.contributor", service=service, role=Role.CONTRIBUTOR),
        "/notices/sent/": make_person("hana.head", service=service, role=Role.HEAD),
        "/access/": make_person("ada.admin", it_admin=True),
    }


def _crowd(services: list[Service], person: User) -> Crowd:
    for service in services:
        make_section(service)
    make_notes(services, each=1)
    crowd = Crowd(services, person, text=TEXT * 8)
    for number in range(3):
        make_notice(f"Nouvelle {number}")
    _settle()
    return crowd


def _settle() -> None:
    for consumer in consumers.registered():
        consumers.drain(consumer.name)


def _leads_to(person: User, url: str) -> str:
    """Return the address where `url` is shown."""
    return str(signed_in(person).get(url, follow=True).request["PATH_INFO"])


def _pages(person: User, service: Service, crowd: Crowd, filler: Filler) -> list[Asked]:
    # As many folders are shown at first as later on.
    ancient, name = make_folder(filler.readable, "Ancien 000"), "printf('Ancien %%03d', n)"
    key = f"lower({name})"
    copy_row(
        *(ancient, 1, PAGE - 1),
        id="'a0' || printf('%%030x', n)",
        name=name,
        name_key=key,
        name_sort=key,
    )
    space = make_space(service, "ancien")
    kept = make_document(space, "Budget 000.txt", TEXT.encode())
    _settle()
    section = make_section(service)["fr"]
    folder = _leads_to(person, filler.folder.get_absolute_url())
    search, journal = reverse("search:search"), reverse("directory:access_journal")
    notes, events = reverse("intranet:notes"), reverse("intranet:events")
    admin, of_the_note = "wagtailadmin_pages", [crowd.note.pk]
    people, colleague = reverse("directory:access_people"), crowd.colleague
    everyone = AccessGroup.objects.get(role=Role.EVERYONE)
    return [
        Asked("hello (floor)", "/bench/hello", "hello", 2),
        Asked("home", "/fr/", "Note", 11),
        Asked("section", section.url, "Note", 12),
        Asked("note", crowd.note.url, "engagent la dépense", 8),
        Asked("notes", notes, "Note 0", 8),
        Asked("notes of one's own services", f"{notes}?mine=yes", "Note 0", 8),
        Asked("events", events, "Conférence", 8),
        Asked("events that were", f"{events}?show=past", "Conférence", 8),
        Asked("services", reverse("intranet:services"), service.name, 9),
        Asked("spaces", reverse("documents:spaces"), "ancien", 8),
        Asked("space", filler.readable.get_absolute_url(), "Ancien 000", 8),
        Asked("folder of 200", folder, "Pièce", 8),
        Asked("the same by date", f"{filler.folder.get_absolute_url()}?sort=-date", "Pièce", 8),
        Asked("document", kept.get_absolute_url(), kept.name, 9),
        Asked("trash", reverse("documents:space_trash", args=[filler.own.slug]), "", 8),
        Asked("search, a rare word", f"{search}?q=budget+annexe", 'class="result"', 10),
        Asked("suggestions", f"{reverse('search:suggest')}?q=budg", "Budget", 9),
        Asked("notices", reverse("notices:list"), "Nouvelle", 7),
        Asked("sent notices", reverse("notices:sent"), "Une nouvelle", 9),
        Asked("editor: dashboard", reverse("wagtailadmin_home"), service.name, 50),
        Asked(
            "editor: a section's pages",
            reverse("wagtailadmin_explore", args=[section.pk]),
            "Note",
            50,
        ),
        Asked("editor: a note", reverse(f"{admin}:edit", args=of_the_note), "engagent", 45),
        Asked("editor: a note's history", reverse(f"{admin}:history", args=of_the_note), "", 30),
        Asked("editor: images", reverse("wagtailimages:index"), "Image", 30),
        Asked("console", reverse("directory:access"), "", 14),
        Asked("console: people", people, "Agent", 14),
        Asked("console: people by name", f"{people}?q=pattern", "Pattern", 14),
        Asked(
            "console: a person",
            reverse("directory:access_person", args=[colleague.pk]),
            "Pattern",
            20,
        ),
        Asked("console: services", reverse("directory:access_services"), service.name, 14),
        Asked(
            "console: a service",
            reverse("directory:access_service", args=[crowd.colleague_service.slug]),
            "Agent",
            14,
        ),
        Asked(
            "console: a group", reverse("directory:access_group", args=[everyone.pk]), "Agent", 14
        ),
        Asked("console: grants to review", reverse("directory:access_review"), "", 14),
        Asked(
            "console: people offered",
            f"{reverse('directory:access_people_offered')}?q=pattern",
            "Pattern",
            14,
        ),
        Asked("journal", journal, "", 12),
        Asked("journal by action", f"{journal}?action=grant.", "", 12),
        Asked("journal of failures", f"{journal}?outcome=failed", "", 12),
        Asked("journal of a person", f"{journal}?person=ada.admin", "", 12),
        Asked("journal of a service", f"{journal}?service=service-3", "", 14),
        Asked("places of access", reverse("directory:access_scopes"), "", 14),
    ]


def _measure(
    report: Report, people: dict[str, User], pages: list[Asked]
) -> list[tuple[float, int, float]]:
    clients = {beginning: signed_in(person) for beginning, person in people.items()}
    calls = [
        partial(get, clients[max(filter(page.url.startswith, clients), key=len)], page.url)
        for page in pages
    ]
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
    times, warm = report.size(15, small=1), report.size(3, small=0)
    taken = interleaved(calls, times=times, warm=warm)
    return [(cpu, count, taken[0]) for cpu, count in zip(taken, counts, strict=True)]
