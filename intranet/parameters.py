"""The fields of Wagtail's addresses and forms that are numbers or days, judged in one place.

Its views hand them to `int` and to the database as they come. No page of the admin makes an
address or a form that is refused here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, QueryDict

from directory.outside import EARLIEST, LATEST, begins_as_address, is_text, number_from_outside
from search.query import MOST_WORDS

# Ids and positions.
_NUMBERS: Final = {
    "ancestor_of",
    "child_of",
    "childOf",
    "closeness",
    "collection",
    "collection_id",
    "descendant_of",
    "height",
    "id",
    "limit",
    "loaded_revision_id",
    "new_parent_page",
    "offset",
    "overwrite_revision_id",
    "parent_page_id",
    "position",
    "revision_id",
    "target_pages[]",
    "translation_of",
    "width",
}
# Words that stand for a number: all pages of a listing, the root of the tree.
_WORDS: Final = {"", "all", "root"}
# How many blocks or forms of a kind there are, and where each stands: Wagtail counts up to it.
_COUNTED: Final = re.compile(r"-(?:count|order|ORDER|TOTAL_FORMS|INITIAL_FORMS)$")
_MOST_COUNTED: Final = 10_000
# Blocks of a text are counted in their order: Wagtail makes a number of what is said for both.
_ALWAYS_COUNTED: Final = re.compile(r"-(?:count|order)$")
# Fields that a view takes for given.
_NEEDED: Final = {"wagtailadmin_choose_page_external_link": "external-link-chooser-url"}
# Views that take no word for the number of what was chosen.
_BY_NUMBER: Final = ":chosen_multiple"
# What somebody looks for, and what a link says, may look like a number and be none.
_FREE: Final = {"link_text", "link_url", "q", "search", "term"}
# More than lie between this judgement and the view that reads JSON.
_FRAMES: Final = 150
# Nothing here has tags: Wagtail would look for them in what cannot be narrowed by them.
_NEVER: Final = {"tag"}
_DAY: Final = re.compile(r"\s*(?:([0-9]{1,6})-[0-9]+-[0-9]+|[0-9]+[/.][0-9]+[/.]([0-9]{1,6}))")
# Where to go on; Wagtail takes what is no address for the name of a view.
_NEXT: Final = "next"
_PAGE_TYPE: Final = "page_type"
_WANTED: Final = "q"
_DAYS: Final = {"loaded_revision_created_at", "revision_created_at"}


def require_sense_of_address(request: HttpRequest, arguments: Mapping[str, object]) -> None:
    """Raise Http404 where Wagtail would stumble on what the address says.

    `arguments` are those of the address.
    """
    for name, value in arguments.items():
        if isinstance(value, str) and re.search(r"[0-9]{10}", value):
            raise Http404
        if name == "pk" and number_from_outside(str(value)) is None:
            raise Http404
    if not all(_sensible(key, values) for key, values in request.GET.lists()):
        raise Http404
    view = _view_of(request)
    if view.endswith(_BY_NUMBER) and None in map(number_from_outside, request.GET.getlist("id")):
        raise Http404


def require_sense_of_form(request: HttpRequest) -> None:
    """Raise BadRequest where Wagtail would stumble on what was sent."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.content_type == "application/json":
        body = request.body.decode(errors="replace")
        if rb"\u0000" in request.body or not is_text(body) or _is_nested_too_deep(body):
            raise BadRequest
        return
    fields: QueryDict = request.POST
    needed = _NEEDED.get(_view_of(request))
    if needed and needed not in fields:
        raise BadRequest
    if not all(
        _sensible(key, values)
        for key, values in fields.lists()
        if key in _NUMBERS or key in _DAYS or key == _NEXT or _COUNTED.search(key)
    ):
        raise BadRequest


def _view_of(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def of_this_site(asked: QueryDict) -> QueryDict:
    """Return `asked` with what Wagtail, on this site, would not get on with put right.

    The link of a rich text asks for `wagtailcore.page`, whatever WAGTAIL_PAGE_MODEL says; where
    that says another, there is no such model and the choice of a page would not be found.
    Its search on SQLite puts words between quotation marks, and stumbles on one among them. On
    either database it asks for one word within the other, as deep as there are words.
    """
    other = {}
    if asked.get(_PAGE_TYPE) == "wagtailcore.page":
        other[_PAGE_TYPE] = settings.WAGTAIL_PAGE_MODEL.lower()
    wanted = asked.get(_WANTED, "")
    words = wanted.replace('"', " ").split()
    if '"' in wanted or len(words) > MOST_WORDS:
        other[_WANTED] = " ".join(words[:MOST_WORDS])
    if not other:
        return asked
    meant = asked.copy()
    for name, value in other.items():
        meant[name] = value
    return meant


def _is_nested_too_deep(body: str) -> bool:
    """Tell whether a view, some frames further in, would not come to the end of `body`."""
    try:
        json.loads("[" * _FRAMES + body + "]" * _FRAMES)
    except RecursionError:
        return True
    except ValueError:
        return False  # which every reader of JSON expects
    return False


def _sensible(key: str, values: Sequence[object]) -> bool:
    if key in _FREE:
        return True
    if key in _NEVER:
        return not any(values)
    return all(isinstance(value, str) and _sensible_value(key, value) for value in values)


def _sensible_value(key: str, value: str) -> bool:
    if _COUNTED.search(key):
        left_open = value == "" and not _ALWAYS_COUNTED.search(key)
        return left_open or number_from_outside(value, most=_MOST_COUNTED) is not None
    if key == _NEXT:
        return value == "" or begins_as_address(value)
    if key in _NUMBERS:
        return value in _WORDS or number_from_outside(value) is not None
    if day := _DAY.match(value):
        return EARLIEST.year <= int(day[1] or day[2]) <= LATEST.year
    # A filter by something related, whose name is that of a column.
    looks_like_one = value.strip().lstrip("+-").isdigit()
    return not looks_like_one or number_from_outside(value) is not None
