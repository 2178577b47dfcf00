"""Phrases that are put together in several places, as each language sets them."""

from __future__ import annotations

from django.utils.translation import gettext


def about(subject: object, words: object) -> str:
    """Return `words` said of `subject`: "Budget: no such folder", « Budget : … » in French."""
    return gettext("%(subject)s: %(words)s") % {"subject": subject, "words": words}
