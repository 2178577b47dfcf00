"""What of the pages can be found by searching."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from typing import ClassVar, cast

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory import dates
from directory.models import JournalEntry, User
from intranet.lock.viewing import sees_everything
from intranet.models import BasePage, EventPage, NotePage, PlainPage, SectionPage
from search import registry
from search.registry import Hit, Kind
from search.schema import SearchDocument


class PageKind(Kind):
    """Published pages of some models."""

    models: ClassVar[tuple[type[BasePage], ...]]
    icon: ClassVar[str]
    dated: ClassVar[bool] = True
    by_day: ClassVar[bool] = False
    object_types: ClassVar[frozenset[str]] = frozenset({"intranet.basepage"})

    def keys_for(self, entry: JournalEntry) -> Iterable[str]:
        """See `Kind.keys_for`."""
        kind = entry.payload.get("kind")
        mine = {model._meta.model_name for model in self.models}
        return [entry.object_id] if kind is None or kind in mine else []

    @sees_everything
    def documents(self, pks: Sequence[str]) -> Iterator[SearchDocument]:
        """See `Kind.documents`."""
        for page in self._published(pks):
            yield SearchDocument(
                kind=self.name,
                pk=str(page.pk),
                scope_id=cast("int", page.scope_id),  # see `_published`
                service_id=page.service_id,
                language=page.language,
                title=page.title,
                summary=page.summary,
                body="\n".join(self.text(page)),
                url=page.address_own,
                date=self.date(page),
            )

    @sees_everything
    def all_pks(self) -> Iterator[str]:
        """See `Kind.all_pks`."""
        for model in self.models:
            live = model.objects.filter(live=True, scope__isnull=False).order_by("pk")
            yield from (str(pk) for pk in live.values_list("pk", flat=True).iterator())

    def visible(self, person: User, pks: Sequence[str]) -> dict[str, Hit]:
        """See `Kind.visible`; one query for each model."""
        return {
            str(page.pk): Hit(
                url=page.address,
                title=page.title,
                icon=self.icon,
                context=page.service.name if page.service else "",
                detail=self.detail(page),
                dated=self.dated,
                by_day=self.by_day,
            )
            for model in self.models
            for page in model.objects.visible_to(person)
            .filter(pk__in=pks)
            .select_related("service", "locale")
            .defer_streamfields()
        }

    def _published(self, pks: Sequence[str]) -> Iterator[BasePage]:
        for model in self.models:
            pages: QuerySet[BasePage] = model.objects.filter(
                pk__in=pks, live=True, scope__isnull=False
            )
            yield from pages.select_related("locale")

    def text(self, page: BasePage) -> Iterator[str]:
        """Yield the texts of the page beside its title and summary."""
        yield from page.body.stream_block.get_searchable_content(page.body)
        yield getattr(page, "contact", "")

    def date(self, page: BasePage) -> datetime:
        """Return the moment that the page is dated by."""
        return page.last_published_at or page.latest_revision_created_at or timezone.now()

    def detail(self, page: BasePage) -> str:
        """Return the line of facts under a hit."""
        return ""


class Notes(PageKind):
    """Notes."""

    name: ClassVar[str] = "note"
    label = _("Notes")
    one = _("Note")
    models: ClassVar[tuple[type[BasePage], ...]] = (NotePage,)
    icon: ClassVar[str] = "newspaper"
    by_day: ClassVar[bool] = True

    def text(self, page: BasePage) -> Iterator[str]:
        """See `PageKind.text`."""
        yield from super().text(page)
        yield page.reference
        yield page.author

    def date(self, page: BasePage) -> datetime:
        """Return the beginning of the day that the note carries."""
        return timezone.make_aware(datetime.combine(page.date, time.min))


class Events(PageKind):
    """Events."""

    name: ClassVar[str] = "event"
    label = _("Events")
    one = _("Event")
    models: ClassVar[tuple[type[BasePage], ...]] = (EventPage,)
    icon: ClassVar[str] = "calendar"
    dated: ClassVar[bool] = False  # its line of facts says when it is, to the minute

    def text(self, page: BasePage) -> Iterator[str]:
        """See `PageKind.text`."""
        yield from super().text(page)
        yield page.place_name

    def date(self, page: BasePage) -> datetime:
        """Return when the event begins."""
        start: datetime = page.start
        return start

    def detail(self, page: BasePage) -> str:
        """See `PageKind.detail`."""
        when = dates.written(timezone.localtime(page.start), "DATETIME_FORMAT")
        return " · ".join(filter(None, (when, page.place_name)))


class Pages(PageKind):
    """Sections of services and their information pages."""

    name: ClassVar[str] = "page"
    label = _("Pages")
    one = _("Page")
    models: ClassVar[tuple[type[BasePage], ...]] = (SectionPage, PlainPage)
    icon: ClassVar[str] = "book-open"


def register() -> None:
    """Make the kinds known to the search."""
    for kind in (Notes(), Events(), Pages()):
        registry.register(kind)
