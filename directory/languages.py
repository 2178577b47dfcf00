"""The language that something is shown in, and the same page in another one."""

from __future__ import annotations

from django.conf import settings
from django.urls import translate_url
from django.utils.translation import (
    get_language,
    get_language_from_path,
    get_supported_language_variant,
    override,
)


def translated_path(path: str, language: str) -> str:
    """Return where `path` is in `language`."""
    # Django resolves an address in the active language alone; this may be one of the other.
    with override(get_language_from_path(path) or get_language()):
        return translate_url(path, language)


def in_english() -> bool:
    """Tell whether the active language is English; whatever else it is, French is shown."""
    return (get_language() or "").startswith("en")


def language_to_write_in(chosen: str) -> str:
    """Return the code of the language for what is sent to somebody who has `chosen` one.

    The site's own for those who have chosen none, or none that the site has.
    """
    try:
        return get_supported_language_variant(chosen)
    except LookupError:
        return settings.LANGUAGE_CODE
