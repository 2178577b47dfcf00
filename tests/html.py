"""What a page holds, asked of its tree: the order of attributes and the breaks of lines are free.

    assert has(answer, "a.chip[href='?mine=yes']", "All years")
    assert texts(answer, "h1") == ["Finances"]

A page is an answer, its text, or an element found before. Text is compared as it is seen: spaces
and breaks of lines count as one space, hard spaces stay.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bs4 import BeautifulSoup, Tag
from django.http import HttpResponse

Page = HttpResponse | str | bytes | Tag

_SPACES = re.compile(r"[ \t\n\r\f]+")


@lru_cache(maxsize=4)
def _parsed(source: str) -> BeautifulSoup:
    return BeautifulSoup(source, "html.parser")


def tree(page: Page) -> Tag:
    """Return the tree of a page, which is read once for all that is asked of it."""
    if isinstance(page, Tag):
        return page
    source = getattr(page, "content", page)
    return _parsed(source.decode() if isinstance(source, bytes) else str(source))


def read_in(page: Page) -> str:
    """Return what is read in a page or an element."""
    return _SPACES.sub(" ", tree(page).get_text()).strip()


def elements(page: Page, selector: str, words: str | None = None) -> list[Tag]:
    """Return the elements of a CSS selector, of these with `words` those that say just that."""
    found = tree(page).select(selector)
    return [each for each in found if words is None or read_in(each) == words]


def element(page: Page, selector: str, words: str | None = None) -> Tag:
    """Return the one element of a selector; the test fails where there is none, or another."""
    found = elements(page, selector, words)
    assert len(found) == 1, f"{len(found)} of {selector!r}: {found}"
    return found[0]


def has(page: Page, selector: str, words: str | None = None) -> bool:
    """Tell whether an element of a selector is there."""
    return bool(elements(page, selector, words))


def texts(page: Page, selector: str) -> list[str]:
    """Return what each element of a selector says."""
    return [read_in(each) for each in elements(page, selector)]


def values(page: Page, selector: str, attribute: str) -> list[str]:
    """Return an attribute of each element of a selector that has it."""
    found = [each[attribute] for each in elements(page, f"{selector}[{attribute}]")]
    return [value if isinstance(value, str) else " ".join(value) for value in found]


def value_of(page: Page, name: str) -> str:
    """Return what the one form field called `name` holds."""
    found = element(page, f"[name='{name}']")
    if found.name == "textarea":
        return found.get_text().removeprefix("\n")  # as a browser does
    return str(found.get("value", ""))
