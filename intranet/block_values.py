"""What the editor's script writes for a block, read so that nothing behind stumbles on it.

Nobody types it: a paragraph arrives as the JSON of Draft.js (its ContentState), a table as that
of Handsontable. Wagtail hands either on as it comes, and stores what a reader's page would fail
on. What is not in the form that the script writes is refused, with where it differs.
"""

from __future__ import annotations

import json
import logging
from typing import Final, NoReturn

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict, MultiValueDictKeyError
from django.utils.translation import gettext_lazy as _
from draftjs_exporter.error import ExporterException
from wagtail.blocks import Block

from directory.outside import LARGEST, LONGEST_ADDRESS, number_from_outside

log = logging.getLogger(__name__)

MOST_PARTS: Final = 10_000
"""Paragraphs of one block, and rows and columns of one table: the converter compares each."""

DEEPEST: Final = 20
"""How deep lists stand in lists; the editor makes five levels, the converter any number."""

# What converters and fields that expect the script's own writing raise on any other. An error
# of the database is none of them.
_STUMBLES: Final = (
    ArithmeticError,
    AttributeError,
    ExporterException,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class UnreadableError(ValidationError):
    """What was sent for a block is not in the form of its kind; `where` it differs."""

    def __init__(self, where: str) -> None:
        super().__init__(
            _(
                "The content of this block arrived damaged and was not taken (%(where)s). All "
                "other blocks and fields are as you left them. Write this block again, or open "
                "the page again to get back what was last saved."
            ),
            code="unreadable",
            params={"where": where},
        )


Table = dict[str, object]
"""A table as it is stored."""
Files = MultiValueDict[str, UploadedFile]


def read(block: Block, data: QueryDict, files: Files, prefix: str) -> object:
    """Return the value that a form brings for `block`, of whatever kind it is.

    Raises UnreadableError where it is none, MultiValueDictKeyError where the form is none.
    """
    try:
        return block.value_from_datadict(data, files, prefix)
    except (UnreadableError, MultiValueDictKeyError):
        raise
    except _STUMBLES as error:
        log.warning("a block of kind %s cannot be read", block.name, exc_info=True)
        raise UnreadableError(type(error).__name__) from error


def loads(text: object) -> object:
    """Return what the JSON `text` says. Raises UnreadableError where it is none."""
    try:
        return json.loads(text if isinstance(text, str) else "", parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"JSON {error.lineno}:{error.colno}") from error
    except (ValueError, RecursionError) as error:  # digits or brackets without end
        raise UnreadableError("JSON") from error


def _no_number(name: str) -> NoReturn:
    raise UnreadableError(name)  # which PostgreSQL keeps in no column of JSON


def require_content_state(state: object) -> None:
    """Raise UnreadableError unless `state` is a ContentState: blocks, and what they refer to.

    None stands for a text that is empty.
    """
    if state is None:
        return
    given = _dict(state, "JSON")
    entities = _dict(given.get("entityMap", {}), "entityMap")
    for name, entity in entities.items():
        _require_entity(entity, f"entityMap.{name[:20]}")
    for number, each in enumerate(_list(given.get("blocks"), "blocks")):
        here = f"blocks[{number}]"
        block = _dict(each, here)
        text = _text(block.get("text"), f"{here}.text")
        _text(block.get("type"), f"{here}.type")
        _text(block.get("key"), f"{here}.key")
        _number(block.get("depth", 0), f"{here}.depth", DEEPEST)
        # The script counts in UTF-16.
        length = len(text.encode("utf-16-le", "surrogatepass")) // 2
        for name in ("inlineStyleRanges", "entityRanges"):
            for place, one in enumerate(_list(block.get(name, []), f"{here}.{name}")):
                there = f"{here}.{name}[{place}]"
                span = _dict(one, there)
                begin = _number(span.get("offset"), f"{there}.offset", length)
                _number(span.get("length"), f"{there}.length", length - begin)
                if name == "inlineStyleRanges":
                    _text(span.get("style"), f"{there}.style")
                elif str(span.get("key")) not in entities:
                    raise UnreadableError(f"{there}.key")


def _require_entity(entity: object, here: str) -> None:
    """Refuse a link that leads to neither a page nor an address."""
    given = _dict(entity, here)
    kind = _text(given.get("type"), f"{here}.type")
    data = _dict(given.get("data"), f"{here}.data")
    if kind != "LINK":
        return  # the converter leaves out what it does not know
    if data.get("id") is not None:
        _number(data["id"], f"{here}.data.id")
    elif len(_text(data.get("url"), f"{here}.data.url")) > LONGEST_ADDRESS:
        raise UnreadableError(f"{here}.data.url")


def table(value: object) -> Table | None:
    """Return a table as it is stored: what the script says of it, and nothing else.

    Its cells are texts or empty (None). Raises UnreadableError where `value` is none.
    """
    if not value and (value is None or isinstance(value, dict)):
        return None
    given = _dict(value, "JSON")
    rows = [
        [_cell(cell, f"data[{y}][{x}]") for x, cell in enumerate(_list(row, f"data[{y}]"))]
        for y, row in enumerate(_list(given.get("data"), "data"))
    ]
    return {
        "data": rows,
        "cell": [
            _place(each, f"cell[{number}]") | _look(each, f"cell[{number}]")
            for number, each in enumerate(_list(given.get("cell") or [], "cell"))
        ],
        "mergeCells": [
            _place(each, f"mergeCells[{number}]", "rowspan", "colspan")
            for number, each in enumerate(_list(given.get("mergeCells") or [], "mergeCells"))
        ],
        "table_header_choice": _text(given.get("table_header_choice") or "", "table_header_choice"),
        "first_row_is_table_header": bool(given.get("first_row_is_table_header")),
        "first_col_is_header": bool(given.get("first_col_is_header")),
        "table_caption": _text(given.get("table_caption") or "", "table_caption"),
    }


def _cell(value: object, here: str) -> str | None:
    if isinstance(value, int | float):
        return str(value)
    return None if value is None else _text(value, here)


def _place(of: object, here: str, *more: str) -> dict[str, object]:
    names = ("row", "col", *more)
    return {
        name: _number(_dict(of, here).get(name), f"{here}.{name}", MOST_PARTS) for name in names
    }


def _look(of: object, here: str) -> dict[str, object]:
    """Return how a cell looks, as far as something is said of it."""
    given, look = _dict(of, here), dict[str, object]()
    if given.get("className") is not None:
        look["className"] = _text(given["className"], f"{here}.className")
    if given.get("hidden") is not None:
        look["hidden"] = bool(given["hidden"])
    return look


def _dict(value: object, here: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise UnreadableError(here)
    return value


def _list(value: object, here: str) -> list[object]:
    if not isinstance(value, list) or len(value) > MOST_PARTS:
        raise UnreadableError(here)
    return value


def _text(value: object, here: str) -> str:
    if not isinstance(value, str):
        raise UnreadableError(here)
    return value


def _number(value: object, here: str, most: int = LARGEST) -> int:
    found = number_from_outside(value, most=most)
    if found is None:
        raise UnreadableError(here)
    return found
