"""A kind of document for the tests of the pipeline: two papers for each service.

One is in the service's closed scope, one in its public one; both are named after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from directory import access
from directory.models import JournalEntry, Service, User
from search.registry import Hit, Kind
from search.schema import SearchDocument

WHEN = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Papers(Kind):
    name: ClassVar[str] = "paper"
    label = "Papers"
    object_types: ClassVar[frozenset[str]] = frozenset({"directory.service"})

    def __init__(self) -> None:
        self.apart: dict[str, int] = {}  # papers with a scope of their own

    def keys_for(self, entry: JournalEntry) -> Iterable[str]:
        return [f"{entry.object_id}-closed", f"{entry.object_id}-public"]

    def documents(self, pks: Sequence[str]) -> Iterator[SearchDocument]:
        wanted = set(pks)
        for service in Service.objects.filter(pk__in={pk.partition("-")[0] for pk in pks}):
            for which, scope in (("closed", service.scope_id), ("public", service.public_scope_id)):
                if f"{service.pk}-{which}" in wanted:
                    yield SearchDocument(
                        kind=self.name,
                        pk=f"{service.pk}-{which}",
                        scope_id=self.apart.get(f"{service.pk}-{which}", scope),
                        service_id=service.pk,
                        language="fr",
                        title=f"{service.name_fr} {which}",
                        body=f"Papiers du service {service.name_fr}, en anglais {service.name_en}.",
                        url=f"/papers/{service.pk}/{which}/",
                        date=WHEN,
                    )

    def all_pks(self) -> Iterator[str]:
        for pk in Service.objects.order_by("pk").values_list("pk", flat=True):
            yield from (f"{pk}-closed", f"{pk}-public")

    def visible(self, person: User, pks: Sequence[str]) -> dict[str, Hit]:
        scopes = set(access.visible_scopes(person))
        return {
            each.pk: Hit(url=each.url, title=each.title, context="Archives")
            for each in self.documents(pks)
            if each.scope_id in scopes
        }
