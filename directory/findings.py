"""What a look at the directory finds, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import ngettext

from directory.ldap.schemas import Attributes

Kind = Literal["success", "warning", "error"]
Cures = Mapping[str, str | Promise]
"""What mends one thing, by the kind of directory."""
Entries = list[tuple[str, Attributes]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `text` says what was found, `cure` what mends it."""

    kind: Kind
    title: str
    text: str
    cure: str = ""


def read_words(number: int, faults: list[str]) -> str:
    """Say how many entries were read, and of how many nothing can be made."""
    told = ngettext("%(count)s entry was read.", "%(count)s entries were read.", number) % {
        "count": number
    }
    if not faults:
        return told
    left = ngettext(
        "%(count)s cannot be used: %(first)s",
        "%(count)s cannot be used, for one: %(first)s",
        len(faults),
    ) % {"count": len(faults), "first": faults[0]}
    return f"{told} {left}"
