"""What the directory tells in the journal."""

from __future__ import annotations

from functools import partial
from typing import Final, NotRequired, TypedDict

from django.utils.translation import gettext_lazy as _

from directory.journal.events import Effect, Event

_RIGHTS = frozenset({Effect.RIGHTS})
_ACCOUNT = frozenset({Effect.ACCOUNT})
_SESSIONS = frozenset({Effect.SESSIONS})
_NAMES = frozenset({Effect.NAMES})

# The directory's details tell nothing of content.
_event = partial(Event, shows_details=True)


class Grant(TypedDict):
    """A grant as it is, or was when it was taken away; the end in ISO 8601."""

    level: str
    group: int | None
    user: int | None
    expires_at: str | None
    reason: str
    basis_group: int | None
    basis_user: int | None


GRANT_GIVEN = _event("grant.given", _("Access given"), Grant, _RIGHTS)
GRANT_CHANGED = _event("grant.changed", _("Access changed"), Grant, _RIGHTS)
GRANT_REVOKED = _event("grant.revoked", _("Access removed"), Grant, _RIGHTS)
GRANT_KEPT = _event("grant.kept", _("Access kept by somebody other than its giver"), Grant, _RIGHTS)


class Exported(TypedDict):
    """The filters as they stand in the address of the journal's page."""

    filters: str


JOURNAL_EXPORTED = _event("journal.exported", _("Journal exported"), Exported)


class Membership(TypedDict):
    """One group by hand; by the directory all of a person's at once."""

    access_group: NotRequired[int]
    access_groups: NotRequired[list[int]]
    origin: str


MEMBERSHIP_ADDED = _event("membership.added", _("Added to a group"), Membership, _RIGHTS)
MEMBERSHIP_REMOVED = _event("membership.removed", _("Removed from a group"), Membership, _RIGHTS)


class Imported(TypedDict):
    """From which directory, and whether the account is open."""

    source: str
    active: bool


# "from" is no name that a class can have.
Updated = TypedDict(
    "Updated", {"fields": list[str], "from": NotRequired[str], "to": NotRequired[str]}
)
"""What changed; of a login what it was and is."""


class Why(TypedDict):
    """The code of a cause."""

    why: str


PERSON_IMPORTED = _event(
    "person.imported", _("Person imported from the directory"), Imported, _NAMES
)
PERSON_UPDATED = _event("person.updated", _("Person updated from the directory"), Updated, _NAMES)
PERSON_DEACTIVATED = _event("person.deactivated", _("Account closed"), Why, _ACCOUNT)
PERSON_REACTIVATED = _event("person.reactivated", _("Account reopened"), affects=_ACCOUNT)
PERSON_RELEASED = _event("person.released", _("Account no longer closed by hand"))


class Rule(TypedDict):
    """Whom of the directory a rule puts into which group."""

    dir_group: str
    access_group: int
    nested: bool


# Whom a rule moves is told by their memberships.
RULE_ADDED = _event("rule.added", _("Rule added"), Rule)
RULE_CHANGED = _event("rule.changed", _("Rule changed"), Rule)
RULE_REMOVED = _event("rule.removed", _("Rule removed"), Rule)


class NewScope(TypedDict):
    """What the scope is of, and the one above it."""

    kind: str
    parent: int | None
    inherits: bool


class Inherits(TypedDict):
    """Whether the scope inherits from now on."""

    inherits: bool


ScopeMoved = TypedDict("ScopeMoved", {"from": int | None, "to": int | None})
"""The scope above, before and after."""

SCOPE_CREATED = _event("scope.created", _("Place created"), NewScope, _RIGHTS)
SCOPE_INHERITANCE_CHANGED = _event(
    "scope.inheritance_changed", _("Inheritance changed"), Inherits, _RIGHTS
)
SCOPE_MOVED = _event("scope.moved", _("Place moved"), ScopeMoved, _RIGHTS)
SCOPE_RENAMED = _event("scope.renamed", _("Place renamed"), affects=_NAMES)


class NewService(TypedDict):
    """Where its pages are."""

    slug: str


SERVICE_CREATED = _event("service.created", _("Service created"), NewService, _RIGHTS | _NAMES)
SERVICE_RENAMED = _event("service.renamed", _("Service renamed"), affects=_NAMES)


class SignedIn(TypedDict):
    """Who checked the password: "directory" or "local"."""

    via: str


class Refused(TypedDict):
    """See `actions.sessions.refuse`."""

    login: str
    why: str
    mark: str
    place: str
    unknown: NotRequired[str]
    several: NotRequired[bool]


SESSION_SIGNED_IN = _event("session.signed_in", _("Signed in"), SignedIn)
SESSION_SIGNED_OUT = _event("session.signed_out", _("Signed out"), affects=_SESSIONS)
SESSION_ALL_ENDED = _event("session.all_ended", _("Sessions ended"), Why, _SESSIONS)
SESSION_REFUSED = _event("session.refused", _("Sign-in refused"), Refused)
PASSWORD_CHOSEN = _event("password.chosen", _("New password chosen"))
SESSION_RELEASED = _event("session.released", _("Sign-in allowed again"))


class Counts(TypedDict):
    """How many changes of each kind."""

    counts: dict[str, int]


class Faults(TypedDict):
    """How many entries cannot be used; the first of them, with the code of why."""

    number: int
    entries: list[dict[str, str]]


# What a reading comes to is told for each person and group.
SYNC_APPLIED = _event("sync.applied", _("Directory read"), Counts)
SYNC_APPROVED = _event("sync.approved", _("Reading of the directory approved"), Counts)
SYNC_HELD = _event("sync.held", _("Reading of the directory held"), Counts)
SYNC_RELEASED = _event("sync.released", _("Reading of the directory no longer held"))
SYNC_FAULTS = _event("sync.faults", _("Entries of the directory that cannot be used"), Faults)

CHANGE_NOTHING: Final = frozenset(
    {SESSION_SIGNED_IN, SESSION_SIGNED_OUT, SESSION_REFUSED, JOURNAL_EXPORTED}
)
"""What is told every day and leaves people, groups and rights as they were."""
