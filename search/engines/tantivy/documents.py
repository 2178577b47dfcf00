"""The schema as tantivy holds it, and a document as it is put in.

tantivy's own BM25 weighs by the whole index, hidden documents included. So the weight of
each word in a document is worked out here (see `search.schema`) and kept as a whole number
in binary: the word stands in field `impact0` where bit 0 is set, in `impact1` for bit 1 …
A query adds the bits up with constant scores, and so comes to exactly the number wanted.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import tantivy

from search import text
from search.schema import (
    EXACT_SHARE,
    FIELDS,
    IMPACT_BITS,
    STEM_SHARE,
    STEPS,
    TEXT_FIELDS,
    FieldType,
    SearchDocument,
    language_of,
    saturation,
    texts_of,
)
from search.terms import STEM_MARKS, Terms, marked_stem, starts_of, terms_of

IMPACTS: Final = tuple(f"impact{bit}" for bit in range(IMPACT_BITS))
SHARES: Final = {"=": EXACT_SHARE, "f": STEM_SHARE, "e": STEM_SHARE}
# Stands between the rows of words in `exact`, so that no phrase goes from one into the next.
_BREAK: Final = " · "
_SPACES: Final = "whitespace"


@lru_cache(maxsize=1)
def schema() -> tantivy.Schema:
    """Return the schema.

    Beside the fields of `search.schema`: `has`, the marked stems of a document; `exact`, its
    words in order; `starts`, the beginnings of the words of its title; and the impacts.
    """
    builder = tantivy.SchemaBuilder()
    for each in FIELDS:
        match each.type:
            case FieldType.KEYWORD if each.filtered:
                builder.add_text_field(
                    each.name, stored=each.shown, fast=each.name != "key", tokenizer_name="raw",
                    index_option="basic",
                )  # fmt: skip
            case FieldType.KEYWORD | FieldType.TEXT:
                builder.add_bytes_field(each.name, stored=True)
            case FieldType.INTEGER | FieldType.DATE:
                builder.add_integer_field(
                    each.name, stored=each.shown, indexed=each.filtered, fast=True
                )
    builder.add_text_field("has", tokenizer_name=_SPACES, index_option="basic")
    builder.add_text_field("exact", tokenizer_name=_SPACES, index_option="position")
    builder.add_text_field("starts", tokenizer_name=_SPACES, index_option="basic")
    for name in IMPACTS:
        builder.add_text_field(name, tokenizer_name=_SPACES, index_option="basic")
    return builder.build()


def build(document: SearchDocument, version: int) -> tantivy.Document:
    """Return `document` as it is put into the index."""
    language, texts = language_of(document), texts_of(document)
    out = tantivy.Document()
    out.add_text("key", document.key)
    out.add_text("kind", document.kind)
    out.add_text("language", language)
    out.add_integer("scope_id", document.scope_id)
    if document.service_id is not None:
        out.add_integer("service_id", document.service_id)
    out.add_integer("date", int(document.date.timestamp()))
    out.add_integer("order", document.order)
    out.add_integer("version", version)
    for name in ("pk", "file_type", "url"):
        out.add_bytes(name, text.clean(getattr(document, name)).encode())
    for name, content in texts.items():
        out.add_bytes(name, content.encode())

    found = terms_of(document)
    impacts = _impacts(found, language)
    mark = STEM_MARKS[language]
    out.add_text(
        "has", " ".join(word for words in impacts.values() for word in words if word[0] == mark)
    )
    rows = (row for terms in found.values() for row in terms.rows)
    out.add_text("exact", _BREAK.join(" ".join(row) for row in rows))
    out.add_text("starts", " ".join(sorted(starts_of(found["title"]))))
    for bit, name in enumerate(IMPACTS):
        marked = [word for impact, words in impacts.items() if impact >> bit & 1 for word in words]
        if marked:
            out.add_text(name, " ".join(marked))
    return out


def tombstone(key: str, version: int) -> tantivy.Document:
    """Return what stands for a deleted document: its version, in no scope."""
    out = tantivy.Document()
    out.add_text("key", key)
    out.add_integer("version", version)
    out.add_integer("deleted_at", int(datetime.now(UTC).timestamp()))
    return out


def _impacts(terms: dict[str, Terms], language: text.Language) -> dict[int, list[str]]:
    """Return the marked words of a document by their weight, in whole steps."""
    sums: dict[str, float] = {}
    for each in TEXT_FIELDS:
        found = terms[each.name]
        length = len(found.words)  # what is spelt otherwise beside makes a text no longer
        exact: dict[str, int] = {}
        stems: dict[str, int] = {}
        for word, times in Counter(found.every).items():
            stemmed = marked_stem(word, language)
            exact["=" + word] = times
            stems[stemmed] = stems.get(stemmed, 0) + times
        # Most words of a text stand in it once or twice: each weight is worked out once.
        weights = {
            times: each.weight * saturation(times, length, each)
            for times in {*exact.values(), *stems.values()}
        }
        for counts in (exact, stems):
            for marked, times in counts.items():
                sums[marked] = sums.get(marked, 0.0) + weights[times]
    steps = {value: max(1, round(STEPS * value)) for value in set(sums.values())}
    by_impact: dict[int, list[str]] = {}
    for marked, value in sums.items():
        by_impact.setdefault(steps[value], []).append(marked)
    return by_impact
