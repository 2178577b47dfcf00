"""Numbers and dates of a workbook as a sheet shows them in French (ECMA-376 18.8.30 and 18.8.31).

A cell holds 45852 and says "14 juillet 2025"; it is what it says that people look for.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from .fractions import shown_as_fraction_or_power

# Whatever else such a format says, the computer's own is shown.
_SYSTEM: Final = {"[$-F800]": "dddd d mmmm yyyy", "[$-F400]": "hh:mm:ss"}
_LONGEST = 255  # of a format; Excel takes no more
_MOST_DECIMALS = 10
_LARGEST = 1e15  # above, a sheet shows powers of ten
_LAST_DAY = 2_958_466  # 31 December 9999

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[(?P<bracket>[^\]]*)\]|(?P<half>AM/PM|A/P)'
    r"|(?P<date>y+|m+|d+|h+|s+)|(?P<digit>[0#?])|(?P<other>.)",
    re.I | re.S,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)")
_ELAPSED = re.compile("h+|m+|s+", re.I)
_ENGLISH: Final = 9  # the language in a Windows locale, by its lower ten bits

# By the letter of the code, whether in English, and whether in short.
_NAMES: Final = {
    ("m", False, False): "janvier février mars avril mai juin juillet août septembre octobre "
    "novembre décembre",
    ("m", False, True): "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    ("m", True, False): "January February March April May June July August September October "
    "November December",
    ("m", True, True): "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    ("d", False, False): "lundi mardi mercredi jeudi vendredi samedi dimanche",
    ("d", False, True): "lun. mar. mer. jeu. ven. sam. dim.",
    ("d", True, False): "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    ("d", True, True): "Mon Tue Wed Thu Fri Sat Sun",
}


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the tokens of a section for numbers lie: its digits before and after the point.

    `scale` is by how many places the point moves: two for percents, -3 for each of thousands.
    """

    whole: list[int]
    part: list[int]
    point: int | None
    commas: list[int]
    grouped: bool
    scale: int
    unit: Decimal


@dataclass(frozen=True, slots=True)
class _Section:
    """One of the up to four parts of a format: pairs of a kind and what it holds."""

    tokens: tuple[tuple[str, str], ...]
    condition: tuple[str, float] | None
    english: bool
    is_date: bool
    places: _Places | None
    """None where the section shows a number in a way that is not known."""

    @property
    def code(self) -> str:
        """What it is made of, less what has no place of its own."""
        return "".join(held for _, held in self.tokens)

    def takes(self, value: float) -> bool:
        if self.condition is None:
            return True
        sign, bound = self.condition
        return {
            "<": value < bound,
            "<=": value <= bound,
            ">": value > bound,
            ">=": value >= bound,
            "=": value == bound,
            "<>": value != bound,
        }[sign]


@lru_cache(maxsize=1000)
def _sections(code: str) -> tuple[_Section, ...]:
    """The parts of a format that are of numbers; the fourth is of texts."""
    for mark, own in _SYSTEM.items():
        code = own if mark in code else code
    found: list[_Section] = []
    tokens: list[tuple[str, str]] = []
    condition: tuple[str, float] | None = None
    english = False
    for match in _TOKEN.finditer(code[:_LONGEST]):
        kind = match.lastgroup or ""
        held = match[kind] if kind else ""
        if kind == "other" and held == ";":
            found.append(_section(tokens, condition, english))
            tokens, condition, english = [], None, False
        elif kind == "bracket":
            if said := _CONDITION.fullmatch(held):
                condition = said[1], float(said[2])
            elif _ELAPSED.fullmatch(held):
                tokens.append(("elapsed", held.lower()))
            elif held.startswith("$"):
                sign, _, locale = held[1:].partition("-")
                tokens.append(("text", sign))
                if re.fullmatch("[0-9A-Fa-f]{1,8}", locale):
                    english = int(locale, 16) & 0x3FF == _ENGLISH
        elif kind in {"quoted", "escaped"}:
            tokens.append(("text", held))
        elif kind:
            tokens.append((kind, held.lower() if kind == "date" else held))
    return (*found, _section(tokens, condition, english))[:3]


def _section(
    tokens: list[tuple[str, str]], condition: tuple[str, float] | None, english: bool
) -> _Section:
    is_date = any(kind in {"date", "elapsed"} for kind, _ in tokens)
    return _Section(tuple(tokens), condition, english, is_date, _places(tokens))


def _places(tokens: list[tuple[str, str]]) -> _Places | None:
    digits = [at for at, (kind, _) in enumerate(tokens) if kind == "digit"]
    others = [held for kind, held in tokens if kind == "other"]
    if not digits or {"/", "E", "e"} & {*others}:
        return None
    point = next((at for at, each in enumerate(tokens) if each == ("other", ".")), None)
    whole = [at for at in digits if point is None or at < point]
    part = [at for at in digits if point is not None and at > point]
    if len(part) > _MOST_DECIMALS or others.count("%") > 1:
        return None
    commas = [at for at, each in enumerate(tokens) if each == ("other", ",")]
    return _Places(
        whole=whole,
        part=part,
        point=point,
        commas=commas,
        grouped=any(whole[0] < at < whole[-1] for at in commas) if whole else False,
        scale=2 * others.count("%") - 3 * sum(1 for at in commas if at > digits[-1]),
        unit=Decimal(1).scaleb(-len(part)),
    )


def shown(value: float, code: str, *, since_1904: bool = False) -> str:
    """Return `value` as a cell with the format `code` shows it; empty where that is not known.

    Thousands are set apart by a plain space, a sign of percent by one too.
    """
    if not math.isfinite(value):
        return ""
    sections = _sections(code)
    sign = "-" if value < 0 else ""
    if any(section.condition for section in sections):
        taking = [section for section in sections if section.takes(value)]
        if not taking:
            return ""
        section = taking[0]
    else:
        place = 1 if value < 0 else 2 if value == 0 else 0
        section = sections[place if place < len(sections) else 0]
        sign = "" if section is not sections[0] else sign
    if section.is_date:
        return _date(value, section, since_1904=since_1904)
    number = _number(abs(value), section) or shown_as_fraction_or_power(abs(value), section.code)
    return (sign + number).strip() if number else ""


def _number(value: float, section: _Section) -> str:
    places = section.places
    if places is None or value >= _LARGEST:
        return ""
    rounded = Decimal(repr(value)).scaleb(places.scale).quantize(places.unit, ROUND_HALF_UP)
    before, _, after = f"{rounded:f}".partition(".")
    filled = _filled_whole(section, places.whole, before.lstrip("0"), grouped=places.grouped)
    filled |= _filled_part(section, places.part, after)
    out = ""
    for at, (kind, held) in enumerate(section.tokens):
        if kind == "digit":
            out += filled.get(at, "")
        elif at == places.point:
            out += "," if any(filled[each] for each in places.part) else ""
        elif held == "%":
            out += " %" if out[-1:].isdigit() else "%"
        elif at not in places.commas:
            out += held
    return out


def _filled_whole(
    section: _Section, places: list[int], digits: str, *, grouped: bool
) -> dict[int, str]:
    """What stands in the places before the point; the first takes all that is left."""
    filled: dict[int, str] = {}
    count = 0
    for at in reversed(places):
        taken = digits if at == places[0] else digits[-1:]
        digits = digits[: len(digits) - len(taken)]
        empty = {"0": "0", "?": " "}.get(section.tokens[at][1], "")
        text = ""
        for digit in reversed(taken or empty):
            text = digit + (" " if grouped and count and count % 3 == 0 else "") + text
            count += 1
        filled[at] = text
    return filled


def _filled_part(section: _Section, places: list[int], digits: str) -> dict[int, str]:
    """What stands in the places after the point, less the zeros that need not be shown."""
    filled = dict(zip(places, digits, strict=True))
    for at in reversed(places):
        if filled[at] != "0" or section.tokens[at][1] == "0":
            break
        filled[at] = ""
    return filled


def _date(value: float, section: _Section, *, since_1904: bool) -> str:
    if not 0 <= value < _LAST_DAY:
        return ""
    seconds = round(value * 86_400)
    start = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
    moment = start + timedelta(seconds=seconds)
    of_date = [at for at, (kind, _) in enumerate(section.tokens) if kind in {"date", "elapsed"}]
    halves = any(kind == "half" for kind, _ in section.tokens)
    out = ""
    for at, (kind, held) in enumerate(section.tokens):
        if kind == "elapsed":
            unit = {"h": 3600, "m": 60, "s": 1}[held[0]]
            out += f"{seconds // unit:0{len(held)}d}"
        elif kind == "date":
            place = of_date.index(at)
            before = section.tokens[of_date[place - 1]][1] if place else ""
            after = section.tokens[of_date[place + 1]][1] if place + 1 < len(of_date) else ""
            if held[0] == "m" and (before[:1] == "h" or after[:1] == "s"):
                out += f"{moment.minute:0{min(len(held), 2)}d}"
            else:
                out += _of_date(moment, held, section, halves=halves)
        elif kind == "half":
            out += "PM" if moment.hour >= 12 else "AM"
        elif kind in {"text", "other"}:
            out += held
    return out.strip()


def _of_date(moment: datetime, code: str, section: _Section, *, halves: bool) -> str:
    length = len(code)
    if code[0] == "y":
        return f"{moment:%Y}" if length > 2 else f"{moment:%y}"
    if code[0] in "dm" and length > 2:
        names = _NAMES[code[0], section.english, length == 3].split()
        return names[moment.weekday() if code[0] == "d" else moment.month - 1]
    hour = (moment.hour % 12 or 12) if halves else moment.hour
    number = {"m": moment.month, "d": moment.day, "h": hour, "s": moment.second}[code[0]]
    return f"{number:0{min(length, 2)}d}"
