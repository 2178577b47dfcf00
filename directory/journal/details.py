"""What the details of an entry are called for those who read the journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, localtime
from django.utils.translation import gettext, pgettext, pgettext_lazy

from directory import dates
from directory.access import Level
from directory.models import JournalEntry, Membership, ScopeKind
from directory.phrases import about
from directory.reading_words import FAULTS, FIELDS, KINDS

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# By the keys of the directory's own payloads; a test holds that none is missing.
_KEYS: dict[str, _StrPromise] = {
    "access_group": pgettext_lazy("journal", "access group no."),
    "access_groups": pgettext_lazy("journal", "access groups"),
    "active": pgettext_lazy("journal", "account open"),
    "basis_group": pgettext_lazy("journal", "depends on group access no."),
    "basis_user": pgettext_lazy("journal", "depends on personal access no."),
    "counts": pgettext_lazy("journal", "counted"),
    "dir_group": pgettext_lazy("journal", "group of the directory"),
    "entries": pgettext_lazy("journal", "entries"),
    "expires_at": pgettext_lazy("journal", "until"),
    "fields": pgettext_lazy("journal", "what changed"),
    "filters": pgettext_lazy("journal", "filters"),
    "from": pgettext_lazy("journal", "before"),
    "group": pgettext_lazy("journal", "group no."),
    "inherits": pgettext_lazy("journal", "inherits"),
    "kind": pgettext_lazy("journal", "kind"),
    "level": pgettext_lazy("journal", "level"),
    "login": pgettext_lazy("journal", "login"),
    "mark": pgettext_lazy("journal", "mark of the attempt"),
    "nested": pgettext_lazy("journal", "with nested groups"),
    "number": pgettext_lazy("journal", "how many"),
    "origin": pgettext_lazy("journal", "origin"),
    "parent": pgettext_lazy("journal", "within place no."),
    "place": pgettext_lazy("journal", "mark of the address"),
    "reason": pgettext_lazy("journal", "reason"),
    "several": pgettext_lazy("journal", "several more logins"),
    "slug": pgettext_lazy("journal", "address"),
    "source": pgettext_lazy("journal", "directory"),
    "to": pgettext_lazy("journal", "after"),
    "unknown": pgettext_lazy("journal", "mark of the unknown login"),
    "user": pgettext_lazy("journal", "account no."),
    "via": pgettext_lazy("journal", "password checked by"),
    "why": pgettext_lazy("journal", "cause"),
}


# The same where the number has a name.
_NAMED: dict[str, _StrPromise] = {
    "access_group": pgettext_lazy("journal", "access group"),
    "group": pgettext_lazy("journal", "group"),
    "parent": pgettext_lazy("journal", "within"),
    "user": pgettext_lazy("journal", "account"),
}
_NO_NAMES: Mapping[str, Mapping[int, str]] = {}

# What was and what is now: that one of them was nothing is said.
_PAIR = {"from", "to"}
# Codes in words, by the key that they stand under.
_CODES: dict[str, Mapping[str, object]] = {
    "fields": FIELDS,
    "kind": {kind.value: kind.label for kind in ScopeKind},
    "level": {level.codename: level.label for level in Level},
    "origin": {origin.value: origin.label for origin in Membership.Origin},
    "outcome": {outcome.value: outcome.label for outcome in JournalEntry.Outcome},
    "via": {
        "directory": pgettext_lazy("journal: password checked by", "the directory"),
        "local": "Marigot",
    },
    "why": {
        "absent": pgettext_lazy("journal: cause", "no longer in the directory"),
        "credentials": pgettext_lazy("journal: cause", "wrong login or password"),
        "disabled": pgettext_lazy("journal: cause", "account disabled"),
        "expired": pgettext_lazy("journal: cause", "account expired"),
        "it": pgettext_lazy("journal: cause", "decision of an IT administrator"),
        "locked": pgettext_lazy("journal: cause", "account locked by the directory"),
        "must_change": pgettext_lazy("journal: cause", "new password to be chosen"),
        "not_here": pgettext_lazy("journal: cause", "not allowed at this time or from here"),
        "password": pgettext_lazy("journal: cause", "password changed"),
        "password_expired": pgettext_lazy("journal: cause", "password expired"),
        "password_refused": pgettext_lazy("journal: cause", "new password refused"),
        "self": pgettext_lazy("journal: cause", "the person ended them"),
        "throttled": pgettext_lazy("journal: cause", "too many attempts"),
        "unavailable": pgettext_lazy("journal: cause", "the directory did not answer"),
    },
}
_FILTERS: dict[str, _StrPromise] = {
    "service": pgettext_lazy("journal: filter", "service"),
    "person": pgettext_lazy("journal: filter", "person"),
    "action": pgettext_lazy("journal: filter", "action"),
    "outcome": pgettext_lazy("journal: filter", "outcome"),
    "since": pgettext_lazy("journal: filter", "from"),
    "until": pgettext_lazy("journal: filter", "to"),
}


def named_key(key: str) -> str:
    """Return what the detail `key` is called in the reader's language; itself where unknown."""
    return str(_KEYS.get(key, key))


def in_words(payload: dict[str, object], names: Mapping[str, Mapping[int, str]] = _NO_NAMES) -> str:
    """Return a payload as it is shown: each detail with its name, but for those left empty.

    What was empty before or is so after a change is told. `names` are those of the numbers
    under each key; a number without one is shown itself.
    """
    return ", ".join(
        _named(key, value, names.get(key, {})) or about(_name(key, value), _value(key, value))
        for key, value in payload.items()
        if value not in (None, "", [], {}) or key in _PAIR
    )


def _named(key: str, value: object, names: Mapping[int, str]) -> str:
    """Return a detail by the names of its numbers; empty unless all of them have one."""
    numbers = value if isinstance(value, list) else [value]
    known = [names[each] for each in numbers if type(each) is int and each in names]
    if not known or len(known) < len(numbers):
        return ""
    key = _of_one(key, value)
    return about(_NAMED.get(key) or named_key(key), ", ".join(known))


def _name(key: str, value: object) -> str:
    one = _of_one(key, value)
    # Of a list each number says by itself that it is one.
    return named_key(key) if one == key else str(_NAMED[one])


def _of_one(key: str, value: object) -> str:
    one_of_many = key == "access_groups" and isinstance(value, list) and len(value) == 1
    return "access_group" if one_of_many else key


def _value(key: str, value: object) -> str:
    """Return a value in words; what cannot be told comes as it was written."""
    if value in (None, "", [], {}):
        return pgettext("journal: before or after", "none")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        apart = "; " if any(isinstance(each, dict) for each in value) else ", "
        return apart.join(_value(key, each) for each in value)
    if isinstance(value, dict):
        return _fault(value) if key == "entries" else _counts(value)
    if key == "access_groups" and type(value) is int:
        return gettext("no. %(number)s") % {"number": value}
    if not isinstance(value, str):
        return str(value)
    if key == "expires_at":
        return _time(value)
    if key == "filters":
        return _filters(value)
    return str(_CODES.get(key, {}).get(value, value))


def _counts(value: dict[str, object]) -> str:
    return ", ".join(f"{KINDS.get(kind, kind)} ({number})" for kind, number in value.items())


def _fault(value: dict[str, object]) -> str:
    why = str(value.get("why", ""))
    return f"{value.get('name', '')} ({FAULTS.get(why, why)})"


def _time(value: str) -> str:
    try:
        moment = parse_datetime(value)
    except ValueError:
        moment = None
    if moment is None or is_naive(moment):
        return value
    return dates.written(localtime(moment), "SHORT_DATETIME_FORMAT")


def _filters(value: str) -> str:
    return ", ".join(
        gettext("%(filter)s “%(value)s”")
        % {
            "filter": _FILTERS.get(name, name),
            "value": _CODES.get(name, {}).get(chosen, chosen),
        }
        for name, chosen in parse_qsl(value)
    )
