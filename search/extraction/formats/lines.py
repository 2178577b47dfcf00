"""What typesetting does to words, undone: broken at the end of a line, accents set apart."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# PDFium puts this in the place of a hyphen at the end of a line.
_BROKEN = re.compile("([^\\W\\d_]+)\ufffe[ \t\r\n]*([^\\W\\d_]*)")

# The signs that old fonts of TeX print before a letter, and the marks of Unicode that follow it.
_MARKS: Final = {
    "`": "\u0300",
    "\u02cb": "\u0300",
    "\u00b4": "\u0301",
    "\u02c6": "\u0302",
    "\u02dc": "\u0303",
    "\u00a8": "\u0308",
    "\u02c7": "\u030c",
    "\u02da": "\u030a",
}
_APART = re.compile(f"([{''.join(_MARKS)}])([A-Za-z\u0131])")
_CEDILLA = re.compile("([Cc])\u00b8|\u00b8([Cc])")
_DOTLESS: Final = {"\u0131": "i"}


def join_broken(text: str) -> tuple[str, str]:
    """Return `text` with the words joined that PDFium marks as broken, and those with a hyphen.

    Nothing tells "procès-verbal" from "mar-ché" but a dictionary, so that both readings are kept:
    the joined one in its place, where phrases need it, the other one apart. Before a capital
    ("Saint-Martin") the hyphen was no break of the word.
    """
    otherwise: list[str] = []

    def joined(found: re.Match[str]) -> str:
        first, second = found.groups()
        if second[:1].isupper() and not first.isupper():
            return f"{first}-{second}"
        if second:
            otherwise.append(f"{first}-{second}")
        return first + second

    return _BROKEN.sub(joined, text).replace("\ufffe", ""), " ".join(otherwise)


def compose_accents(text: str) -> str:
    """Return `text` with accents that stand before their letters put onto them ("d´elib´er´e").

    Only where letters with accents are fewer than such signs: elsewhere they are apostrophes
    ("l´an") or quotes. Expects a page.
    """
    signs = len(_APART.findall(text))
    if not signs or signs <= sum(map(_is_accented, text)):
        return text
    composed = _APART.sub(_on_its_letter, text)
    return _CEDILLA.sub(lambda found: "ç" if (found[1] or found[2]) == "c" else "Ç", composed)


def _is_accented(letter: str) -> bool:
    return letter > "\xbf" and letter.isalpha() and bool(unicodedata.decomposition(letter))


def _on_its_letter(found: re.Match[str]) -> str:
    sign, letter = found.groups()
    whole = unicodedata.normalize("NFC", _DOTLESS.get(letter, letter) + _MARKS[sign])
    if len(whole) > 1 or (sign == "`" and not _is_grave(found)):
        return found.group()
    return whole


def _is_grave(found: re.Match[str]) -> bool:
    """Whether a back quote is an accent: within a word, or on a word of one letter ("à")."""
    before = found.string[: found.start()][-1:]
    after = found.string[found.end() :][:1]
    return before.isalpha() or before in ("'", "\u2019") or not after.isalpha()
