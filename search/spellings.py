"""What stands in a text as several words and is written as one elsewhere.

A telephone number in pairs or in one piece, with its country or without; an amount with spaces;
an acronym with full stops; a reference with a hyphen or a slash; a compound that one writer
joins and another does not. Each has one form, folded and without what separates its parts, which
is indexed beside the words, and asked for beside the words. Text and query come here alike, so
that two spellings meet in that form. No position of a word changes by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from . import text

_MOST_PARTS: Final = 4  # of a reference or a compound that are taken together
_LONGEST_RUN: Final = 12  # parts; an address or a path is no reference

_W: Final = text.LETTER
_HYPHENS: Final = "-\u2010\u2011"
# One sign between two words, or a word broken after a hyphen at the end of a line.
_JOINT = re.compile(rf"(?:[{_HYPHENS}][ \t]*\n[ \t]*|[{_HYPHENS}–./_])(?={_W})")

_SPACES: Final = " \u00a0\u2007\u2009\u202f"
_FIGURES = re.compile(rf"(?<!{_W})[0-9](?:[{_HYPHENS}{_SPACES}./()–]{{0,3}}[0-9])+(?!{_W})")
_GROUP = re.compile("[0-9]+")
# An amount as the English write it. A single comma without a sign of money or cents after it is
# the decimal one of the French (1,250 kg).
_COMMAS = re.compile(
    rf"(?<!{_W})(?<![0-9][.,])(?:[0-9]{{1,3}}(?:,[0-9]{{3}}){{2,4}}|(?:(?<=[$£€])|(?<=[$£€] ))"
    rf"[0-9]{{1,3}},[0-9]{{3}}|[0-9]{{1,3}},[0-9]{{3}}(?=\.[0-9]{{2}}(?!{_W})))(?!{_W}|,[0-9])"
)
# An acronym of three letters or more with a space after each full stop; two are initials.
_SPACED = re.compile(rf"(?<!{_W})(?:[^\W\d_]\.[{_SPACES}]){{2,11}}[^\W\d_](?!{_W})")
# Countries whose numbers are written with a 0 at home: France, and its parts overseas.
_WITH_ZERO: Final = ("33", "590", "594", "596", "262")
_NATIONAL: Final = 9  # figures after the 0 or the country
_LONGEST_NUMBER: Final = 15


_Parts = list[tuple[int, str, str]]  # where a word begins, the word, the sign after it
_Groups = list[tuple[int, str]]  # where some figures begin, and the figures


@dataclass(frozen=True, slots=True)
class Spelling:
    """A part of a text from `start` to `end`, and its one form; `whole`: its parts say nothing."""

    start: int
    end: int
    form: str
    whole: bool = False


def spellings(content: str) -> Iterator[Spelling]:
    """Yield the forms of `content` (cleaned) that are no words of it, in no special order."""
    for found in (*_joined(content), *_numbers(content)):
        if len(found.form) <= text.LONGEST_WORD:
            yield found


def _joined(content: str) -> Iterator[Spelling]:
    """Yield acronyms, references and compounds."""
    for spaced in _SPACED.finditer(content):
        letters = "".join(text.WORD.findall(spaced.group()))
        if letters.isupper():
            yield Spelling(*spaced.span(), text.fold(letters), whole=True)
    for parts in _runs(content):
        if len(parts) > _LONGEST_RUN:
            continue
        yield from _acronyms(parts)
        for first in range(len(parts)):
            for last in range(first + 1, min(first + _MOST_PARTS, len(parts))):
                taken = parts[first : last + 1]
                if _is_one(taken):
                    form = "".join(text.fold(word) for _, word, _ in taken)
                    start, end = taken[0][0], taken[-1][0] + len(taken[-1][1])
                    yield Spelling(start, end, text.without_number_sign(form))


def _runs(content: str) -> Iterator[_Parts]:
    """Yield the words that are joined by signs, as far as they go."""
    parts: _Parts = []
    end = -1
    for joint in _JOINT.finditer(content):
        if joint.start() != end or not parts:
            if parts:
                yield parts
            start = _word_before(content, joint.start())
            parts = []
            if start == joint.start():
                continue
            parts = [(start, content[start : joint.start()], joint.group())]
        else:
            at, word, _ = parts[-1]
            parts[-1] = (at, word, joint.group())
        following = text.WORD.match(content, joint.end())
        assert following is not None  # noqa: S101  (see _JOINT)
        parts.append((following.start(), following.group(), ""))
        end = following.end()
    if parts:
        yield parts


def _word_before(content: str, end: int) -> int:
    """Return where the word begins that ends at `end`."""
    start = end
    while start and end - start <= text.LONGEST_WORD and text.WORD.match(content, start - 1, start):
        start -= 1
    return start


def _is_one(parts: _Parts) -> bool:
    """Whether `parts` are one reference, or one compound: words of letters with hyphens."""
    if any(figure.isdigit() for _, word, _ in parts for figure in word):
        return True
    return all(sign.strip()[:1] in _HYPHENS for *_, sign in parts[:-1]) and any(
        len(word) > 1 for _, word, _ in parts
    )


def _acronyms(parts: _Parts) -> Iterator[Spelling]:
    first = 0
    for at, (_, word, sign) in enumerate(parts):
        single = len(word) == 1 and word.isalpha()
        if not single:
            first = at + 1
        elif sign != ".":
            if at > first:
                letters = parts[first : at + 1]
                form = "".join(text.fold(letter) for _, letter, _ in letters)
                yield Spelling(letters[0][0], letters[-1][0] + 1, form, whole=True)
            first = at + 1


def _numbers(content: str) -> Iterator[Spelling]:
    """Yield telephone numbers and amounts."""
    for amount in _COMMAS.finditer(content):
        yield Spelling(*amount.span(), amount.group().replace(",", ""))
    for run in _FIGURES.finditer(content):
        base = run.start()
        groups = [(base + g.start(), g.group()) for g in _GROUP.finditer(run.group())]
        plus = content[max(0, base - 2) : base].rstrip("(").endswith("+")
        others: _Groups = []
        yield from _telephones(groups, others, plus=plus)
        yield from _amounts(content, others)


def _span(groups: _Groups, form: str) -> Spelling:
    return Spelling(groups[0][0], groups[-1][0] + len(groups[-1][1]), form)


def _telephones(groups: _Groups, others: _Groups, *, plus: bool) -> Iterator[Spelling]:
    """Yield the numbers in `groups`; what is none of them is put into `others`."""
    at = 0
    while at < len(groups):
        abroad = (plus and at == 0) or groups[at][1].startswith("00")
        ahead = groups[at : at + _LONGEST_NUMBER]
        taken, forms = _abroad(ahead, plus=plus) if abroad else _at_home(ahead)
        for form in forms:
            yield _span(groups[at : at + taken], form)
        if not forms:
            others.append(groups[at])
        at += max(taken, 1) if forms else 1


def _at_home(groups: _Groups) -> tuple[int, list[str]]:
    """Return how many groups are a number without its country, and its forms."""
    figures = ""
    for taken, (_, group) in enumerate(groups, 1):
        figures += group
        if len(figures) == 1 + _NATIONAL and figures[0] == "0":
            return taken, [figures]
        if len(figures) > _NATIONAL:
            break
    sizes = [len(group) for _, group in groups[:4]]
    if sizes[:3] == [3, 3, 4]:  # North America and the Dutch side
        return 3, ["".join(group for _, group in groups[:3])]
    if sizes == [3, 2, 2, 2]:  # as many leave the 0 away
        return 4, ["0" + "".join(group for _, group in groups)]
    return 0, []


def _abroad(groups: _Groups, *, plus: bool) -> tuple[int, list[str]]:
    """Return how many groups are a number with its country, and its forms."""
    figures = ""
    for taken, (_, group) in enumerate(groups, 1):
        figures += group
        full = figures if plus else figures[2:]
        for country in _WITH_ZERO:
            own = full.removeprefix(country)
            if len(own) < len(full) and len(own.removeprefix("0")) == _NATIONAL:
                own = own.removeprefix("0")
                return taken, ["0" + own, country + own]
        if len(full) == 11 and full[0] == "1":
            return taken, [full, full[1:]]
        if len(full) > _LONGEST_NUMBER:
            return 0, []
    return len(groups), [full] if len(full) > _NATIONAL - 2 else []


def _amounts(content: str, groups: _Groups) -> Iterator[Spelling]:
    """Yield the amounts whose thousands are set apart by one space of any kind."""
    taken: _Groups = []
    for group in groups:
        at, figures = group
        follows = (
            taken
            and len(figures) == 3
            and at - (taken[-1][0] + len(taken[-1][1])) == 1
            and content[at - 1] in _SPACES
        )
        if not follows:
            if len(taken) > 1:
                yield _span(taken, "".join(each for _, each in taken))
            taken = []
            if len(figures) > 3 or figures[0] == "0":
                continue
        taken.append(group)
    if len(taken) > 1:
        yield _span(taken, "".join(each for _, each in taken))


def split(name: str) -> list[str]:
    """Return the words that are joined in one word of a name ("BudgetPrimitif2026").

    Empty where it is one word. A figure or two beside a letter or two are no words.
    """
    if len(name) < 4 or name.islower() or name.isupper() or name.isdigit():
        bounds = [0, *_figure_bounds(name), len(name)]
    else:
        bounds = [0, *sorted({*_case_bounds(name), *_figure_bounds(name)}), len(name)]
    parts = [name[one:other] for one, other in pairwise(bounds)]
    return parts if len(parts) > 1 and any(len(p) > 2 and p.isalpha() for p in parts) else []


def _case_bounds(name: str) -> Iterator[int]:
    for at, (one, other) in enumerate(pairwise(name), 1):
        if other.isupper() and (one.islower() or name[at + 1 : at + 2].islower()):
            yield at


def _figure_bounds(name: str) -> Iterator[int]:
    for at, (one, other) in enumerate(pairwise(name), 1):
        if one.isdigit() != other.isdigit():
            yield at
