"""What the details of an entry are called for those who read the journal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, pgettext_lazy

from directory.access import Level
from directory.phrases import about

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# By the keys of the directory's own payloads; a test holds that none is missing.
_KEYS: dict[str, _StrPromise] = {
    "access_group": pgettext_lazy("journal", "access group no."),
    "access_groups": pgettext_lazy("journal", "access groups no."),
    "active": pgettext_lazy("journal", "account open"),
    "basis_group": pgettext_lazy("journal", "ends with the access of a group no."),
    "basis_user": pgettext_lazy("journal", "ends with the access of a person no."),
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
    "reason": pgettext_lazy("journal", "reason"),
    "slug": pgettext_lazy("journal", "address"),
    "source": pgettext_lazy("journal", "directory"),
    "to": pgettext_lazy("journal", "after"),
    "unknown": pgettext_lazy("journal", "mark of the unknown login"),
    "user": pgettext_lazy("journal", "account no."),
    "via": pgettext_lazy("journal", "password checked by"),
    "why": pgettext_lazy("journal", "cause"),
}


def named_key(key: str) -> str:
    """Return what the detail `key` is called in the reader's language; itself where unknown."""
    return str(_KEYS.get(key, key))


def in_words(payload: dict[str, Any]) -> str:
    """Return a payload as it is shown: each detail with its name, but for those left empty."""
    shown = ((key, value) for key, value in payload.items() if value not in (None, ""))
    return ", ".join(about(named_key(key), _value(key, value)) for key, value in shown)


def _value(key: str, value: Any) -> str:
    if key == "level":
        return str({level.codename: level.label for level in Level}.get(value, value))
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
