"""What a hostile client sends for the blocks of a page's text: each kind, each of its fields."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from wagtail.blocks import Block, StructBlock
from wagtail.images.blocks import ImageBlock

from intranet.blocks import BodyBlock, new_table

from .hostile import VALUES


def paragraph(text: str = "text", *, entities: Any = None, **changed: Any) -> dict[str, Any]:
    """A paragraph as the editor's script writes it, with something of it changed."""
    block = {
        "key": "a1b2c",
        "type": "unstyled",
        "text": text,
        "depth": 0,
        "inlineStyleRanges": [],
        "entityRanges": [],
        "data": {},
    }
    return {"blocks": [block | changed], "entityMap": {} if entities is None else entities}


def _linked(data: Any) -> dict[str, Any]:
    spans = [{"offset": 0, "length": 2, "key": 0}]
    link = {"type": "LINK", "mutability": "MUTABLE", "data": data}
    return paragraph(entities={"0": link}, entityRanges=spans)


def _table(**changed: Any) -> dict[str, Any]:
    return new_table() | changed


_SPAN = {"offset": 0, "length": 1}
_DAMAGED: list[Any] = [
    [],
    [1, 2],
    "text",
    5,
    {"blocks": None, "entityMap": None},
    {"blocks": [None], "entityMap": {}},
    {"blocks": [[]], "entityMap": []},
    paragraph(text=None),
    paragraph(depth="x"),
    paragraph(depth=10**9),
    paragraph(depth=-1),
    paragraph(type=[]),
    paragraph(type="unordered-list-item", depth=10**8),
    paragraph(key={}),
    paragraph(inlineStyleRanges=[None]),
    paragraph(inlineStyleRanges=[_SPAN | {"style": []}]),
    paragraph(inlineStyleRanges=[_SPAN | {"offset": 10**12, "style": "BOLD"}]),
    paragraph(entityRanges=[_SPAN | {"key": 7}]),
    paragraph(entityRanges=[_SPAN | {"key": 0, "offset": 10**12}], entities={"0": {}}),
    paragraph(entityRanges={}),
    *(_linked(data) for data in (None, {}, {"url": 5}, {"url": None}, {"id": "abc"})),
    *(_linked({"id": number}) for number in ("9" * 30, 10**30, True, [])),
    _linked({"url": "x" * 9000}),
    paragraph(
        entityRanges=[{"offset": 0, "length": 3, "key": 0}, {"offset": 1, "length": 3, "key": 1}],
        entities={key: {"type": "LINK", "data": {"url": "/"}} for key in ("0", "1")},
    ),
    {"data": None},
    {"data": [1]},
    _table(data=[[{}]]),
    _table(data={}),
    _table(cell=[{}]),
    _table(cell=[{"row": "x", "col": 0}]),
    _table(mergeCells=[{"row": 0, "col": 0}]),
    _table(mergeCells=[{"row": 0, "col": 0, "rowspan": 10**30, "colspan": 1}]),
    _table(table_caption=[]),
    _table(table_header_choice={}),
]
# No damage to a text, and none may come through: what no database keeps.
_UNFIT = ["a\x00b", "half \ud800 a pair", "\x1b[0m"]

VALUES_OF_BLOCKS: list[str] = [
    *VALUES.values(),
    *(json.dumps(each) for each in _DAMAGED),
    *(json.dumps(each) for text in _UNFIT for each in (paragraph(text), _table(data=[[text]]))),
    json.dumps(_linked({"url": "a\x00b\ud800"})),
    "{not json",
    "null",
    "{}",
    "NaN",
    '{"data": [[NaN, 1e999]]}',
    '{"blocks": ' * 3000,
    '{"data": [[' + "9" * 5000 + "]]}",
]
"""Texts for any field of any block."""

KINDS = list(BodyBlock().child_blocks)

_GOOD = {"paragraph": json.dumps(paragraph()), "table": json.dumps(_table())}


def fields_of(block: Block, name: str) -> Iterator[str]:
    """Yield the name of each field that the form has for `block`, which goes by `name`."""
    if isinstance(block, StructBlock | ImageBlock):
        for inner, child in block.child_blocks.items():
            yield from fields_of(child, f"{name}-{inner}")
    else:
        yield name


def sent(*kinds: str, prefix: str = "body") -> dict[str, str]:
    """The fields of a text with a block of each of `kinds`, as the editor sends them."""
    fields = {f"{prefix}-count": str(len(kinds))}
    for number, kind in enumerate(kinds):
        here = f"{prefix}-{number}"
        fields |= {f"{here}-deleted": "", f"{here}-order": str(number), f"{here}-id": ""}
        fields[f"{here}-type"] = kind
        block = BodyBlock().child_blocks[kind]
        fields |= {name: _GOOD.get(kind, "1") for name in fields_of(block, f"{here}-value")}
    return fields


def hostile_text(chance: Random) -> dict[str, str]:
    """The fields of a text of one block of each kind, some of their values hostile."""
    fields = sent(*KINDS)
    for name in fields:
        if "-value" in name and chance.random() < 0.4:
            fields[name] = chance.choice(VALUES_OF_BLOCKS)
        elif name.endswith("-order") and chance.random() < 0.3:
            fields[name] = "0"
    return fields
