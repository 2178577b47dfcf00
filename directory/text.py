"""What text has in common when people take it for the same, and what of it nobody sees.

Text that is pasted brings characters along that no reader sees and no keyboard types: soft
hyphens of web pages, zero-width spaces of office programs, byte order marks. `cleaned` takes
them away where text comes in. `key` and `folded` are for comparing, never for showing.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from typing import Final

# Soft hyphen, zero-width space, word joiner and byte order mark: no writing needs them. The
# joiners U+200C and U+200D stay, since Persian and emoji are written with them.
_NEVER_SEEN: Final = re.compile("[\u00ad\u200b\u2060\ufeff]")
# What is not seen by itself: besides those, joiners, marks of direction, variants of a sign, tags.
_NOT_SEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
_BLANKS: Final = re.compile(r"\s+")
# The hard spaces of French typography: before : ; ? !, in « », between figures.
_HARD: Final = frozenset("\u00a0\u202f")
_ALIKE: Final = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02bc\uff07", "'")  # apostrophes
    | dict.fromkeys("\u2010\u2011", "-")  # hyphens, that of Word which breaks no line
)
_LIGATURES: Final = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l", "ı": "i"}
)
_FIGURES: Final = re.compile("0*([0-9]+)")
_NUMBER: Final = 12
"""As many figures a number has where it is sorted by its value."""
CODE_LENGTH: Final = 6
"""Letters and digits of a code."""


def cleaned(text: str) -> str:
    """Return `text` composed (NFC), without the characters that nobody sees.

    Spaces stay as they are, the hard ones of French typography too, and so do control
    characters: what is to be done about those depends on the place.
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _NEVER_SEEN.sub("", text))


def one_line(text: str) -> str:
    """Return `text` cleaned, with one space for each run of blanks of any kind.

    It is a hard one where there was nothing else, so that no line breaks before a colon; pages
    of the web have hard spaces beside plain ones only to make room.
    """
    return _BLANKS.sub(_one_space, cleaned(text)).strip()


def _one_space(run: re.Match[str]) -> str:
    return run.group()[0] if _HARD.issuperset(run.group()) else " "


def key(text: str) -> str:
    """Return what two texts have in common when they are the same to a reader.

    Unicode's canonical caseless matching (The Unicode Standard, 3.13, D145): "É" typed on
    macOS as two code points is the "é" of Windows. Beyond it, apostrophes are one, and so are
    hyphens that look alike and blanks of any kind and number; what is not seen does not count.
    Accents count. `key(key(text)) == key(text)`.
    """
    if text.isascii():
        return _BLANKS.sub(" ", text.lower()).strip()
    seen = _NOT_SEEN.sub("", text)
    same = unicodedata.normalize("NFD", seen).casefold().translate(_ALIKE)
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", same)).strip()


def folded(text: str) -> str:
    """Return the key of `text` without accents and ligatures, as people type in a hurry."""
    same = key(text)
    if same.isascii():
        return same
    parts = unicodedata.normalize("NFKD", same.translate(_LIGATURES)).casefold()
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return _BLANKS.sub(" ", bare.translate(_ALIKE).translate(_LIGATURES)).strip()


def sort_key(text: str) -> str:
    """Return what `text` is sorted by, wherever there is a list by name.

    As a reader expects it: accents and case do not count, É stands beside E, and numbers sort
    by value, "Annexe 2" before "annexe 10". `directory.sorting.SortKey` is the same in a database.
    """
    return _FIGURES.sub(lambda number: number[1].rjust(_NUMBER, "0"), folded(text))


def code_of(bits: bytes) -> str:
    """Return what an address ends with to be nobody else's: letters for thirty of the `bits`.

    It is there always: one that were there only beside another would tell of that
    (docs/decisions/0006). Raises ValueError on fewer than four bytes.
    """
    if len(bits) < 4:
        raise ValueError("a code is made of four bytes or more")
    return base64.b32encode(bits).decode()[:CODE_LENGTH].lower()
