"""What the journal's actions are called for those who read it.

Names of actions are for programs and stay as they are; an app registers the words of its
own when it is ready. An action without words, of an older release say, is shown by its name.
What apps put into their details may tell of content and is kept back, but for the codes that
they register words for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from directory.phrases import about

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_words: dict[str, str | _StrPromise] = {
    "grant.changed": _("Access changed"),
    "grant.given": _("Access given"),
    "grant.kept": _("Access kept by somebody other than its giver"),
    "grant.revoked": _("Access removed"),
    "journal.exported": _("Journal exported"),
    "membership.added": _("Added to a group"),
    "membership.removed": _("Removed from a group"),
    "person.deactivated": _("Account closed"),
    "person.imported": _("Person imported from the directory"),
    "person.reactivated": _("Account reopened"),
    "person.updated": _("Person updated from the directory"),
    "rule.added": _("Rule added"),
    "rule.changed": _("Rule changed"),
    "rule.removed": _("Rule removed"),
    "scope.created": _("Place created"),
    "scope.inheritance_changed": _("Inheritance changed"),
    "scope.moved": _("Place moved"),
    "scope.renamed": _("Place renamed"),
    "service.created": _("Service created"),
    "service.renamed": _("Service renamed"),
    "session.all_ended": _("Sessions ended"),
    "session.refused": _("Sign-in refused"),
    "session.released": _("Sign-in allowed again"),
    "session.signed_in": _("Signed in"),
    "session.signed_out": _("Signed out"),
    "sync.applied": _("Directory read"),
    "sync.approved": _("Reading of the directory approved"),
    "sync.faults": _("Entries of the directory that cannot be used"),
    "sync.held": _("Reading of the directory held"),
}


@dataclass(frozen=True, slots=True)
class Codes:
    """A detail of an app's action that is one of a few codes, and tells nothing of content."""

    key: str
    """That of the payload under which the code stands."""
    name: str | _StrPromise
    words: Mapping[str, str | _StrPromise]


_codes: dict[str, Codes] = {}


def register(
    words: Mapping[str, str | _StrPromise], codes: Mapping[str, Codes] | None = None
) -> None:
    """Make known what actions are called, and the codes of those that have some, by their names."""
    _words.update(words)
    _codes.update(codes or {})


def code_for(action: str, payload: Mapping[str, Any]) -> str:
    """Return the code in the details of an app's `action`, in words.

    Empty where there is none, or one of another release: it could be anything.
    """
    codes = _codes.get(action)
    value = payload.get(codes.key) if codes is not None else None
    if codes is None or not isinstance(value, str) or value not in codes.words:
        return ""
    return about(str(codes.name), str(codes.words[value]))


def words_for(action: str) -> str:
    """Return what `action` is called in the reader's language; its name where nobody says."""
    return str(_words.get(action, action))
