"""Numbers that a sheet shows as fractions or by powers of ten (ECMA-376 18.8.31)."""

from __future__ import annotations

import re
from fractions import Fraction

_LARGEST = 1e15  # above, Excel shows no fractions
_FRACTION = re.compile(
    r"(?P<whole>[#0?]+ +)?[#0?]+/(?:(?P<places>[#0?]{1,3})|(?P<fixed>[1-9]\d{0,2}))"
)
_POWER = re.compile(
    r"0(?:\.(?P<decimals>0{1,10}))?E(?P<sign>[+-])(?P<places>0{1,3})", re.IGNORECASE
)


def shown_as_fraction_or_power(value: float, code: str) -> str:
    """Return `value`, 0 or more, as `code` shows it in French; empty for any other code.

    `code` is a section of a format without colours, conditions and room for signs.
    """
    if found := _FRACTION.fullmatch(code):
        return _fraction(value, found) if value < _LARGEST else ""
    if found := _POWER.fullmatch(code):
        mantissa, exponent = f"{value:.{len(found['decimals'] or '')}e}".split("e")
        power = int(exponent)
        sign = "-" if power < 0 else "+" if found["sign"] == "+" else ""
        return f"{mantissa.replace('.', ',')}E{sign}{abs(power):0{len(found['places'])}d}"
    return ""


def _fraction(value: float, code: re.Match[str]) -> str:
    """Return the nearest fraction with as many figures, or just that number, below the line."""
    exact = Fraction(repr(value))
    if code["fixed"]:
        under = int(code["fixed"])
        over = round(exact * under)
    else:
        over, under = exact.limit_denominator(10 ** len(code["places"]) - 1).as_integer_ratio()
    if not code["whole"]:
        return f"{over}/{under}"
    whole, over = divmod(over, under)
    return " ".join(
        ([str(whole)] if whole or not over else []) + ([f"{over}/{under}"] if over else [])
    )
