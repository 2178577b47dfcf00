"""What the entries of the journal tell of, by the names that it has today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst

from directory import events
from directory import journal as log
from directory.journal import details
from directory.labels import ScopeLabel, label_scopes
from directory.models import AccessGroup, AccessScope, JournalEntry, Service, User
from directory.outside import number_from_outside

Entry = JournalEntry | log.Unreadable

# Before and after of anything; of places where one was moved.
_PAIR = ("from", "to")


@dataclass(frozen=True, slots=True)
class Target:
    """Something that has a page: what it is called, and where that is."""

    text: str
    route: str
    key: int | str

    def __str__(self) -> str:
        return self.text

    @property
    def address(self) -> str:
        """Where its page is; made when asked for, as an export of many never does."""
        return reverse(self.route, args=[self.key])


@dataclass(frozen=True, slots=True)
class Named:
    """The names of what a list of entries tells of, by number; what is gone has none."""

    people: Mapping[int, User]
    services: Mapping[int, Service]
    places: Mapping[int, ScopeLabel]
    numbers: Mapping[str, Mapping[int, str]]
    """The names of the numbers in the details, by the key that they stand under."""

    @classmethod
    def of(cls, entries: Iterable[Entry], told: Iterable[Entry], viewer: User) -> Named:
        """Name what `entries` are about, and what is told in the details of those `told`.

        A place is named as far as `viewer` may know it. One query for each kind of thing among
        them, and those of `label_scopes`.
        """
        entries, told = list(entries), list(told)
        moves = [entry for entry in told if log.event_of(entry) is events.SCOPE_MOVED]
        scopes = {entry.scope_id for entry in entries if entry.scope_id is not None}
        scopes |= _about(entries, "directory.accessscope") | _told(told, ["parent"])
        scopes |= _told(moves, _PAIR)
        people = _about(entries, "directory.user") | _told(told, ["user"])
        services = _about(entries, "directory.service")
        groups = _told(told, ["group"])
        own = _told(told, ["access_group", "access_groups"])
        to_groups = Q(group__in=groups) | Q(pk__in=own)
        access_groups = AccessGroup.objects.filter(to_groups).select_related("group", "service")
        found = list(access_groups) if groups or own else []
        accounts = User.objects.in_bulk(people)
        places = label_scopes(AccessScope.objects.filter(pk__in=scopes), viewer=viewer)
        named_accounts = {pk: f"{who} ({who.username})" for pk, who in accounts.items()}
        named_own = {each.pk: str(each) for each in found}
        named_places = {pk: str(label) for pk, label in places.items()}
        numbers = {
            "user": named_accounts,
            "group": {each.group_id: str(each) for each in found},
            "access_group": named_own,
            "access_groups": named_own,
            "parent": named_places,
            "from": named_places,
            "to": named_places,
        }
        return cls(accounts, Service.objects.in_bulk(services), places, numbers)

    def target(self, entry: Entry) -> Target | None:
        """Return what `entry` is about, where it has a name and a page."""
        number = number_from_outside(entry.object_id)
        if number is None:
            return None
        if entry.object_type == "directory.user" and (person := self.people.get(number)):
            return Target(str(person), "directory:access_person", number)
        if entry.object_type == "directory.service" and (service := self.services.get(number)):
            return Target(str(service), "directory:access_service", service.slug)
        if entry.object_type == "directory.accessscope" and (place := self.places.get(number)):
            return Target(str(place), "directory:access_scope", number)
        return None

    def details(self, entry: Entry) -> str:
        """Return the details of `entry` in words, with the names of what they hold numbers of."""
        names = self.numbers
        if log.event_of(entry) is not events.SCOPE_MOVED:
            names = {key: of for key, of in names.items() if key not in _PAIR}
        return details.in_words(entry.payload, names)


def kind_of(entry: Entry) -> str:
    """Return what kind of thing `entry` is about, in words; as it was written where unknown."""
    try:
        model = apps.get_model(entry.object_type)
    except (LookupError, ValueError):
        return entry.object_type
    return capfirst(str(model._meta.verbose_name))


def _about(entries: Iterable[Entry], kind: str) -> set[int]:
    numbers = (number_from_outside(e.object_id) for e in entries if e.object_type == kind)
    return {number for number in numbers if number is not None}


def _told(entries: Iterable[Entry], keys: Iterable[str]) -> set[int]:
    """Return the numbers that stand under `keys` in the details."""
    found: set[int] = set()
    for entry in entries:
        for key in keys:
            value = entry.payload.get(key)
            for each in value if isinstance(value, list) else [value]:
                if (number := number_from_outside(each)) is not None:
                    found.add(number)
    return found
