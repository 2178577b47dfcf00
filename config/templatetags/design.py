"""What the components are drawn with; loaded in every template."""

from __future__ import annotations

import itertools
import re
import secrets
import zlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path

from django import template
from django.core.paginator import Page
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.http import QueryDict
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import get_language, gettext, pgettext_lazy

from config.files_look import FOLDER, Look, look_of
from directory import dates

register = template.Library()

_MONTHS = (
    "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|"
    "January|February|March|April|May|June|July|August|September|October|November|December"
)
_LANGUAGES = {
    "fr": pgettext_lazy("in a sentence", "French"),
    "en": pgettext_lazy("in a sentence", "English"),
}
_LOOSE = re.compile(
    r"(?<=\S) (?=[:;?!»–—-](?:\s|$))|(?<=«) |(?<=\d) (?=[%€](?:\W|$)|\d{3}\b)"
    rf"|(?:(?<=\d)|(?<=\b1er)) (?=(?:{_MONTHS})\b)"
)
_SPRITE = "design/icons.svg"
_AVATAR_TONES = 5
_prefix = secrets.token_hex(3)
_numbers: Iterator[int] = itertools.count(1)


@cache
def icon_names() -> frozenset[str]:
    """Return the names of the icons in the sprite."""
    listed = Path(__file__).resolve().parent.parent / "design" / "icons.txt"
    return frozenset(listed.read_text().split())


@cache  # asked for each icon: a tenth of the cost of a listing
def _sprite() -> str:
    """Return the address of the sprite; static files do not change while Marigot runs."""
    return static(_SPRITE)


@receiver(setting_changed)
def _forget_sprite(setting: str, **_kwargs: object) -> None:
    """Look again where a test has put static files elsewhere."""
    if setting in {"STORAGES", "STATIC_URL", "STATIC_ROOT"}:
        _sprite.cache_clear()


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """Draw the icon `name`; `size` is "", "small" or "large".

    With `label` it is an image that is read out; without, it is decoration.
    Raises ValueError where the sprite has no such icon.
    """
    if name not in icon_names():
        raise ValueError(f"No icon named {name!r}; see config/design/icons.txt")
    if not label:
        return _decoration(_sprite(), name, size)
    return format_html(
        '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>',
        _icon_classes(size),
        label,
        f"{_sprite()}#{name}",
    )


@lru_cache(maxsize=1024)  # a page has thirty of them, a long listing hundreds
def _decoration(sprite: str, name: str, size: str) -> SafeString:
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>',
        _icon_classes(size),
        f"{sprite}#{name}",
    )


def _icon_classes(size: str) -> str:
    return f"icon icon-{size}" if size else "icon"


@register.simple_tag
def file_icon(name: str, mime: str = "", folder: bool = False) -> SafeString:
    """Draw the sheet that stands for a kind of file; its name is in the tooltip alone."""
    return _sheet(get_language(), _sprite(), FOLDER if folder else look_of(name, mime))


@lru_cache(maxsize=256)
def _sheet(_language: str | None, sprite: str, look: Look) -> SafeString:
    drawing = _decoration(sprite, look.icon, "")
    return format_html(
        '<span class="kind kind-{}" title="{}">{}</span>', look.kind, look.label, drawing
    )


@register.filter
def file_label(name: str, mime: str = "") -> str:
    """Say what kind of file `name` is: "PDF", "Spreadsheet" …"""
    return str(look_of(name, mime).label)


@register.simple_tag
def uid(prefix: str = "u") -> str:
    """Return an id that no other element of any page has."""
    return f"{prefix}-{_prefix}{next(_numbers)}"


@register.filter
def language_within(code: str) -> str:
    """Name a language of the site as it stands within a sentence: "French", « français »."""
    return str(_LANGUAGES.get(code, code))


@register.filter
def initials(name: object) -> str:
    """Return the first letters of the first and the last word of a name."""
    words = [word for word in str(name or "").replace("-", " ").split() if word[0].isalnum()]
    return ((words[0][0] + (words[-1][0] if len(words) > 1 else "")) if words else "?").upper()


@register.filter
def tone(name: object) -> int:
    """Return a number from 0 to 4 that stays the same for a name, to give it a colour."""
    return zlib.crc32(str(name).encode()) % _AVATAR_TONES


@register.filter
def typo(text: object) -> object:
    """Keep French punctuation, units and dates on one line: « mot », mot : 75 % 24 novembre

    A dash stays with the word before it: no line begins with one.
    What was typed with an ordinary space gets one that does not break. Markup is kept.
    """
    return type(text)(_LOOSE.sub("\u00a0", text)) if isinstance(text, str) else text


@register.simple_tag
def when(value: date | datetime | None, style: str = "date") -> SafeString | str:
    """Write a moment as a <time> in the reader's language; nothing for None.

    `style`: "date" (12 March 2026), "short" (12/03/2026), "time" (date and hour) or
    "ago" (2 hours ago, for a week; then the date). The exact moment is in the tooltip.
    """
    if value is None:
        return ""
    is_moment = isinstance(value, datetime)
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
    full = dates.written(value, "DATETIME_FORMAT" if is_moment else "DATE_FORMAT")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat(),
        full,
        _words(value, style, full),
    )


def _words(value: date | datetime, style: str, full: str) -> str:
    if style == "time":
        return full
    if style == "short":
        return dates.written(value, "SHORT_DATE_FORMAT")
    if style == "ago" and isinstance(value, datetime):
        now = timezone.localtime() if timezone.is_aware(value) else datetime.now()
        if timedelta(0) <= now - value < timedelta(minutes=1):
            return gettext("just now")
        if timedelta(0) <= now - value < timedelta(days=7):
            return gettext("%(time)s ago") % {"time": timesince(value, now, depth=1)}
    return dates.written(value)


@register.simple_tag
def span(start: datetime, end: datetime | None = None, show: str = "date") -> SafeString:
    """Write from when to when something takes place, in the reader's language.

    `show`: "date" (Tuesday 24 November 2026, 09:00 to 12:00) or "hours", beside a date that
    is shown already (Tuesday, 09:00 to 12:00). What lasts more than a day has both dates.
    """
    first = timezone.localtime(start)
    last = timezone.localtime(end) if end else None
    hours = {"start": dates.written(first, "TIME_FORMAT")}
    if last is not None and last.date() != first.date():
        words = gettext("%(first)s to %(last)s") % {
            "first": dates.written(first, "DATETIME_FORMAT"),
            "last": dates.written(last, "DATETIME_FORMAT"),
        }
    else:
        day = dates.written(first, "l" if show == "hours" else "l j F Y")
        if last is None or last == first:
            words = gettext("%(day)s at %(start)s") % {"day": day, **hours}
        else:
            hours["end"] = dates.written(last, "TIME_FORMAT")
            words = gettext("%(day)s, %(start)s to %(end)s") % {"day": day, **hours}
    full = dates.written(first, "DATETIME_FORMAT")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        first.isoformat(timespec="seconds"),
        full,
        capfirst(words),
    )


@register.filter
def month(value: date | datetime) -> str:
    """Return the short name of the month of `value`, in the time of the site."""
    return dates.month(timezone.localtime(value) if isinstance(value, datetime) else value)


@register.filter
def page_numbers(page: Page[object]) -> list[int | str]:
    """Return the numbers that a pager shows, "…" where some are left out."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.simple_tag(takes_context=True)
def page_query(context: template.Context, number: int, parameter: str = "page") -> str:
    """Return the query of the page shown, asking for page `number` instead."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else QueryDict(mutable=True)
    query[parameter] = str(number)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def here(
    context: template.Context, address: str, exact: bool = False, also: str = ""
) -> SafeString:
    """Return `aria-current` where the page shown is at `address`, or (not `exact`) below it.

    `also` is another address whose pages belong there too.
    """
    request = context.get("request")
    path = getattr(request, "path", "")
    if not address or not path:
        return SafeString("")
    if path == address:
        return SafeString(' aria-current="page"')
    below = not exact and address != "/" and path.startswith(address)
    below = below or bool(also and path.startswith(also))
    return SafeString(' aria-current="true"' if below else "")
