"""The people of the organisation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar
from urllib.parse import urlencode

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from directory import access, journal
from directory.models import AccessScope, JournalEntry, Membership, Person, Service, User
from directory.selectors import service_tree
from search.registry import Hit, Kind
from search.schema import SearchDocument

_FOUND_OTHERWISE = {journal.Effect.RIGHTS, journal.Effect.ACCOUNT, journal.Effect.NAMES}


class People(Kind):
    """People with an account that is in use: seen by whoever reads the site's scope."""

    name: ClassVar[str] = "person"
    label = _("People")
    one = _("Person")
    quotes: ClassVar[bool] = False
    object_types: ClassVar[frozenset[str]] = frozenset({"directory.user", "directory.service"})

    def keys_for(self, entry: JournalEntry) -> Iterable[str]:
        """See `Kind.keys_for`."""
        if not journal.effects_of(entry) & _FOUND_OTHERWISE:
            return []  # signing in and out changes nothing of a person
        people = Person.objects.order_by("pk")
        if entry.object_type == "directory.user":
            people = people.filter(user_id=entry.object_id)
        else:
            in_it = Membership.objects.filter(access_group__service_id=entry.object_id)
            people = people.filter(user__in=in_it.values("user_id"))
        return [str(pk) for pk in people.values_list("pk", flat=True)]

    def documents(self, pks: Sequence[str]) -> Iterator[SearchDocument]:
        """See `Kind.documents`."""
        scope = AccessScope.site().pk
        depths = {service.pk: depth for service, depth in service_tree()}
        for person in _people().filter(pk__in=pks):
            services = _services(person)
            # Where they work: who is in a service is often in its directorate, too.
            closest = max(services, key=lambda each: depths[each.pk], default=None)
            names = {name for each in services for name in (each.name_fr, each.name_en)}
            yield SearchDocument(
                kind=self.name,
                pk=str(person.pk),
                scope_id=scope,
                service_id=None if closest is None else closest.pk,
                language="fr",
                title=person.display_name,
                summary=person.title,
                body="\n".join([person.mail, person.phone, *sorted(names)]),
                url="",
                date=person.user.date_joined,
            )

    def all_pks(self) -> Iterator[str]:
        """See `Kind.all_pks`."""
        for pk in _in_use().values_list("pk", flat=True).iterator():
            yield str(pk)

    def visible(self, person: User, pks: Sequence[str]) -> dict[str, Hit]:
        """See `Kind.visible`; three queries."""
        site = AccessScope.objects.filter(kind="site", pk__in=access.scopes_for(person))
        if not site.exists():
            return {}
        return {
            str(each.pk): Hit(
                url=_reached_at(each),
                title=each.display_name,
                icon="user",
                context=" · ".join(service.name for service in _services(each)),
                detail=each.title,
                dated=False,
                links=_links(each),
            )
            for each in _people().filter(pk__in=pks)
        }


def _in_use() -> QuerySet[Person]:
    return Person.objects.filter(user__is_active=True, disabled_at__isnull=True).order_by("pk")


def _people() -> QuerySet[Person]:
    memberships = Membership.objects.select_related("access_group__service").order_by("pk")
    people = _in_use().select_related("user")
    return people.prefetch_related(Prefetch("user__memberships", queryset=memberships))


def _services(person: Person) -> list[Service]:
    """Return the services that a person is in, each once."""
    found = {
        membership.access_group.service_id: membership.access_group.service
        for membership in person.user.memberships.all()
        if membership.access_group.service is not None
    }
    return [service for service in found.values() if service is not None]


def _links(person: Person) -> tuple[tuple[str, str], ...]:
    """Return the ways to write to the person and to call them."""
    ways = (
        (person.telephone_address, person.telephone),
        (f"mailto:{person.mail}", person.mail),
    )
    return tuple(way for way in ways if way[1])


def _reached_at(person: Person) -> str:
    """Return the address by which a click reaches the person, or finds what there is of them."""
    if person.mail:
        return f"mailto:{person.mail}"
    if person.phone:
        return person.telephone_address
    return f"{reverse('search:search')}?{urlencode({'q': person.display_name})}"
