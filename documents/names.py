"""The names of folders and documents: what is allowed, what counts as the same, how they sort."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from directory import text
from directory.incoming import what_was_lost

MAX_LENGTH = 255
"""Longest name, in characters and in UTF-8 bytes: what file systems and WebDAV clients take."""

# Names that Windows keeps for devices, whatever the extension: a synchronised folder that
# holds one can neither be opened nor deleted there.
_DEVICES = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?", re.IGNORECASE
)
# What Windows, and whoever synchronises with it, takes in no name, and what stands for it here.
_ELSEWHERE_REFUSED = str.maketrans(
    {":": "-", "|": "-", '"': "'", "<": "(", ">": ")", "?": "_", "*": "_"}
)
# Ends of lines of their own, and numbers that Unicode keeps from being characters.
_NO_CHARACTER = re.compile("[\u2028\u2029\ufffe\uffff]")
# What stands for bytes that are no text, in names of file systems and in fields of a request.
_NO_UTF_8 = re.compile("[\ud800-\udfff]")
# Marks that make text run backwards: "fdp.exe" would be shown as "exe.pdf".
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def is_mended(typed: str, kept: str) -> bool:
    """Tell whether `kept` is another name than `typed`.

    Blanks around and the encoding of accents, which nobody sees, make no difference.
    """
    return text.cleaned(typed).strip() != kept


def clean(name: str) -> str:
    """Return `name` as it is kept: NFC, without what nobody sees, and mended where it must be.

    What file systems elsewhere refuse is replaced where something near can stand for it: see
    `mended`. Raises ValidationError, in the language of the reader, on a name that cannot be kept.
    """
    if _NO_UTF_8.search(name):
        raise _of_encoding()
    given, name = text.cleaned(name).strip(), mended(name)
    if not given:
        raise ValidationError(_("Give a name."), code="empty")
    if not name:  # of dots and blanks alone
        raise ValidationError(
            _("“%(name)s” cannot be a name: choose another.") % {"name": given}, code="reserved"
        )
    if _NO_CHARACTER.search(name) or any(unicodedata.category(c) == "Cc" for c in name):
        raise _of_control_characters()
    if _DIRECTION.search(name):
        raise ValidationError(
            _(
                "The name contains invisible marks that reverse the direction of writing: "
                "type it again without pasting it."
            ),
            code="control",
        )
    if "/" in name or "\\" in name:
        raise ValidationError(_("A name cannot contain “/” or “\\”."), code="separator")
    if _DEVICES.fullmatch(name):
        raise ValidationError(
            _("“%(name)s” is a name that Windows reserves for itself: choose another.")
            % {"name": name},
            code="reserved",
        )
    if len(name) > MAX_LENGTH or len(name.encode()) > MAX_LENGTH:
        raise ValidationError(
            _("The name is too long: at most %(limit)s characters, fewer with accents.")
            % {"limit": MAX_LENGTH},
            code="too_long",
        )
    return name


def require_whole(fields: Mapping[str, object], *asked: str) -> None:
    """Raise ValidationError where one of the fields `asked`, of a request, lost a part of a name.

    Control characters, and bytes that are no UTF-8, are taken out of all fields before any view:
    the name would be kept without them, and nobody told.
    """
    lost = "".join(what_was_lost(fields, field) for field in asked)
    if _NO_UTF_8.search(lost):
        raise _of_encoding()
    if lost:
        raise _of_control_characters()


def _of_encoding() -> ValidationError:
    return ValidationError(
        _("The name is not valid text (UTF-8): choose another."), code="encoding"
    )


def _of_control_characters() -> ValidationError:
    return ValidationError(
        _("The name contains control characters: type it again without pasting it."),
        code="control",
    )


def mended(name: str) -> str:
    """Return `name` cleaned, so that other systems take it: "fin." is "fin", "a:b" is "a-b".

    Windows takes none of : | " < > ? * in a name, and drops dots and spaces at its end.
    """
    return text.cleaned(name).translate(_ELSEWHERE_REFUSED).strip().rstrip(". ").rstrip()


def key(name: str) -> str:
    """Return what two names have in common when they are the same to a reader.

    See `directory.text.key`: case, the encoding of accents, apostrophes and spaces do not count.
    """
    return text.key(name)


def sort_key(name: str) -> str:
    """Return what is kept of a name to sort by; see `directory.text.sort_key`."""
    return text.sort_key(name)[:MAX_LENGTH]


def split(name: str) -> tuple[str, str]:
    """Return stem and extension: ("bilan", ".pdf"). A leading dot begins no extension."""
    stem, dot, extension = name.rpartition(".")
    if not stem or not dot or len(extension) > 10 or " " in extension:
        return name, ""
    return stem, dot + extension


def numbered(name: str, number: int) -> str:
    """Return `name` with a number before its extension: "bilan (2).pdf"."""
    stem, extension = split(name)
    suffix = f" ({number}){extension}"
    while len(stem) > 1 and (
        len(stem + suffix) > MAX_LENGTH or len((stem + suffix).encode()) > MAX_LENGTH
    ):
        stem = stem[:-1]
    return stem.rstrip() + suffix
