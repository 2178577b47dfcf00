"""Logins by which groups list people, and which several have: nobody is listed by them.

A reading of everything sees who has which login. Where a part is compared, whoever gains, or
would gain, by what others have is left to such a reading.
"""

from __future__ import annotations

import uuid

from django.db.models import Count

from directory.batching import batched
from directory.ldap import changes as written
from directory.ldap import lookups
from directory.ldap.changes import Changes, TooMany
from directory.ldap.connection import Connection
from directory.ldap.snapshot import Snapshot
from directory.models import DirectorySource, Person

from .state import State


class Whole(Exception):
    """Everything has to be read. Says why."""


def logins_of_several(source: DirectorySource) -> frozenset[str]:
    """Return the logins (`names.login_key`) that several people of `source` have, or had."""
    having = Person.objects.filter(source=source).exclude(login_key="").values("login_key")
    several = having.annotate(number=Count("pk")).filter(number__gt=1)
    return frozenset(several.values_list("login_key", flat=True))


def require_one_each(
    connection: Connection,
    source: DirectorySource,
    changes: Changes,
    known: State,
    read: Snapshot,
) -> None:
    """Look at the logins of the people of `changes`, who are placed in the groups of `read`.

    Raises Whole where one is listed by a login that another has, or may have, or leaves; TooMany,
    DirectoryError.
    """
    if not connection.config.schema.listed_by:
        return
    having: dict[str, set[uuid.UUID]] = {}
    concerned = set().union(*changes.members.values())
    for key in (known.people.keys() | changes.people.keys()) - read.unknown:
        new = changes.people[key].login_key if key in changes.people else ""
        old = known.people[key].listed_by[1] if key in known.people else ""
        if new != old:
            concerned |= {new, old}
        having.setdefault(new, set()).add(key)
        having.setdefault(old, set()).add(key)
    concerned &= having.keys() - {""}
    for some in batched(sorted(concerned)):
        others = Person.objects.filter(source=source, login_key__in=some)
        for key, login in others.values_list("external_id", "login_key"):
            having[login].add(key)
    if any(len(having[login]) > 1 for login in concerned):
        raise Whole("groups may list somebody by a login that others have, too")
    _require_alone(connection, changes, known, read)


def _require_alone(connection: Connection, changes: Changes, known: State, read: Snapshot) -> None:
    """Ask the server whether an entry that is nobody here has the login of who gains by it."""
    people = changes.people
    gaining = {
        people[key].listed_as
        for group, entry in read.groups.items()
        for key in entry.people & people.keys()
        if key not in known.members.get(group, ())
        and people[key].dn_key not in changes.members.get(group, ())
    }
    if len(gaining) > written.MOST:
        raise TooMany(f"{len(gaining)} people are listed by their logins anew")
    for login in sorted(gaining):
        if not lookups.is_alone(connection, login):
            raise Whole("groups list a login that several entries have")
