"""How a date is written in words: the one place that formats one for a reader.

What Django and Wagtail write themselves follows, from `install` on.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from functools import lru_cache, wraps

from django.utils import dateformat, formats, timezone
from django.utils.translation import get_language

# The day of a format, where the month follows it as a word.
_DAY = re.compile(r"(?<!\\)j(?= [FMNbE])")


def install() -> None:
    """Have the first of a month written as the language writes it, whoever formats it; repeatable.

    Wagtail formats dates in templates, in lists and within sentences: all end in this function.
    """
    djangos = dateformat.format
    if hasattr(djangos, "__wrapped__"):
        return

    @wraps(djangos)
    def with_first(value: date | time, format_string: str) -> str:
        if getattr(value, "day", 0) == 1 and (get_language() or "").startswith("fr"):
            format_string = _DAY.sub(r"j\\e\\r", format_string)
        return str(djangos(value, format_string))

    dateformat.format = with_first


def written(value: date | datetime, style: str = "DATE_FORMAT") -> str:
    """Return the date, or the moment to the minute, in the active language.

    `value` is written as it stands: a moment of another zone is made local first. `style` is
    the name of a format of Django ("DATETIME_FORMAT", "SHORT_DATE_FORMAT" …), or a format.
    The first of a month is "1er" in French where the month is a word.
    """
    if isinstance(value, datetime):
        # Without its zone: equal moments of two zones are written differently.
        value = value.replace(second=0, microsecond=0, tzinfo=None, fold=0)
    return _written_in(get_language() or "", value, style)


def end_of(day: date) -> datetime:
    """Return the last moment of `day`, where the administration is."""
    return timezone.make_aware(datetime.combine(day, time.max))


def month(value: date | datetime) -> str:
    """Return the short name of its month, as on the leaf of a calendar: Nov, nov., mai."""
    # The French write a point where the name is cut, the English none, and a capital.
    return written(value, "N" if (get_language() or "").startswith("fr") else "M")


@lru_cache(maxsize=4096)  # the lists show the same days to everybody
def _written_in(language: str, value: date | datetime, style: str) -> str:
    return str(formats.date_format(value, style))
