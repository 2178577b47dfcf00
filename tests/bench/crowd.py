"""Pages, people, notices and images in the number of a site with so many documents, quickly.

As `filling`, copies of what the actions have made, by SQLite itself. What is shown on a first
page is there from the beginning: `FIRST` of each.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models, transaction
from django.db.models import F, Max
from wagtail.models import PageLogEntry

from directory.models import Membership, Person, Role, Service, User
from intranet.models import BasePage, ContentPage, NotePage, SiteImage
from intranet.notices.models import Notice
from tests.directory.factories import make_person
from tests.intranet.factories import make_event, make_image, make_note, paragraph
from tests.intranet.notices.factories import make_notice

from .filling import copy_row

FIRST = 60
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Crowd:
    """What stands beside the documents; `person` writes for the first service.

    Half of the services keep their notes to themselves, the newest among them.
    """

    def __init__(self, services: Sequence[Service], person: User, *, text: str) -> None:
        half = len(services) // 2
        self._notes: list[NotePage] = [
            make_note(
                service,
                f"Note {number}",
                audience="organisation" if number < half else "service",
                body=paragraph(text),
            )
            for number, service in enumerate(services)
        ]
        self.note = self._notes[0]
        self._event = make_event(
            services[0], "Conférence", audience="organisation", start="2099-01-15T09:00:00Z"
        )
        self.colleague_service = services[1]
        self.colleague = make_person("paul.pattern", service=services[1], role=Role.MEMBER)
        self._notice = make_notice("Une nouvelle", scope=services[0].scope)
        self._image = make_image(services[0].scope, "Image")
        self._writer = person
        self._held = 0

    def grow_to(self, documents: int) -> None:
        """Add what a site with so many documents has."""
        with transaction.atomic():
            for note in self._notes:
                self._copy_pages(
                    note, self._more(documents, 1200), date="date('now', '-' || n || ' days')"
                )
            half = self._more(documents, 400)
            self._copy_pages(self._event, half, start="datetime('now', '+' || n || ' hours')")
            self._copy_pages(self._event, half, start="datetime('now', '-' || n || ' hours')")
            self._copy_people(self._more(documents, 200))
            self._copy_notices(self._more(documents, 400))
            copy_row(
                self._image,
                *self._numbers(SiteImage, self._more(documents, 1000)),
                id="n",
                title="'Image ' || n",
            )
        self._held = documents

    def _more(self, documents: int, of: int) -> int:
        """Return how many to add so that there is one for each `of` documents, and the first."""
        return documents // of - self._held // of + (FIRST if not self._held else 0)

    def _numbers(self, model: type[models.Model], number: int) -> tuple[int, int]:
        first = 1 + int(model._default_manager.aggregate(most=Max("pk"))["most"] or 0)
        return first, first + number - 1

    def _copy_pages(self, page: ContentPage, number: int, **instead: str) -> None:
        """Add copies of `page` beside it, each with its line in Wagtail's log."""
        first, last = self._numbers(BasePage, number)
        above = page.get_parent()
        digits = " || ".join(
            f"substr('{_DIGITS}', (n / {36**place}) %% 36 + 1, 1)" for place in (2, 1, 0)
        )
        copy_row(
            page.basepage_ptr,
            first,
            last,
            id="n",
            path=f"'{above.path}Z' || {digits}",  # behind those that the actions have made
            slug="'page-' || n",
            url_path=f"'{above.url_path}page-' || n || '/'",
            translation_key="lower(hex(randomblob(16)))",
            latest_revision_id="NULL",
            live_revision_id="NULL",
        )
        BasePage.objects.filter(pk=above.pk).update(numchild=F("numchild") + number)
        # Of the page's own table alone, which names the page by its number.
        copy_row(page, first, last, basepage_ptr_id="n", **instead)
        entry = PageLogEntry.objects.filter(page=page.pk).order_by("-pk")[0]
        copy_row(
            *(entry, first, last),
            id="NULL",
            page_id="n",
            revision_id="NULL",
            user_id=str(self._writer.pk if page.service == self.note.service else entry.user_id),
        )

    def _copy_people(self, number: int) -> None:
        first, last = self._numbers(User, number)
        copy_row(
            self.colleague,
            first,
            last,
            id="n",
            username="'agent.' || n",
            last_name="'Agent ' || n",
            found_by="'agent ' || n",
            sort_name="'agent ' || n",
        )
        person = Person.objects.get(user=self.colleague)
        external = "lower(hex(randomblob(16)))"
        copy_row(person, first, last, id="NULL", user_id="n", external_id=external)
        for membership in Membership.objects.filter(user=self.colleague):
            copy_row(membership, first, last, id="NULL", user_id="n")
        for row in User.groups.through.objects.filter(user=self.colleague):
            copy_row(row, first, last, id="NULL", user_id="n")

    def _copy_notices(self, number: int) -> None:
        first, last = self._numbers(Notice, number)
        copy_row(
            self._notice,
            first,
            last,
            id="n",
            sequence="-n",
            published_at="datetime('now', '-' || n || ' hours')",
        )
        for audience in self._notice.audiences.all():
            copy_row(audience, first, last, id="NULL", notice_id="n")
