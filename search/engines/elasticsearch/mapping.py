"""The schema as Elasticsearch holds it, and a document as it is put in.

Elasticsearch analyses no text: it gets the terms of `search.terms`, which both engines share, and
splits them at spaces. Beside each text field stand its words (`title_words`) and their stems with
the mark of their language (`title_stems`). They are left out of the stored source, which holds
the text as it is shown.
A scripted similarity takes the place of BM25, whose rarity and average length would count
documents that the person may not see: it gives the saturation in whole steps, times the boost,
in which the query brings the rarity (see `search.schema`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from elasticsearch.dsl import Mapping

from search import schema, text
from search.engines.highlight import WINDOW
from search.schema import FIELDS, TEXT_FIELDS, Field, FieldType, SearchDocument
from search.terms import starts_of, stems_of, terms_of

_SPACES: Final = "whitespace"


def words_of(field: str) -> str:
    """Return the name of the field with the words of the text field `field`."""
    return f"{field}_words"


def stems_in(field: str) -> str:
    """Return the name of the field with the stems of the text field `field`."""
    return f"{field}_stems"


def _similarity(of: Field) -> dict[str, Any]:
    k, b = schema.SATURATION, schema.LENGTH
    return {
        "type": "scripted",
        "script": {
            "source": (
                f"double norm = {k} * ({1 - b} + {b} * doc.length / {float(of.usual_length)});"
                f"double steps = {schema.STEPS} * doc.freq * {k + 1} / (doc.freq + norm);"
                "return query.boost * Math.max(1, Math.round(steps));"
            )
        },
    }


def settings() -> dict[str, Any]:
    """Return the settings of an index, but for how it is analysed and mapped."""
    return {
        "index": {
            "similarity": {f"steps_{each.name}": _similarity(each) for each in TEXT_FIELDS},
            "highlight": {"max_analyzed_offset": 2 * schema.LONGEST_BODY},
            "max_result_window": 10_000,
            "auto_expand_replicas": "0-1",
        }
    }


def mapping() -> Mapping:
    """Return the mapping, with the schema's fingerprint in its `_meta`."""
    out = Mapping()
    out.meta("dynamic", "strict")
    out.meta("_meta", {"schema": schema.fingerprint()})
    names = [each.name for each in TEXT_FIELDS]
    out.meta(
        "_source",
        {"excludes": ["has", "starts", *map(words_of, names), *map(stems_in, names)]},
    )
    for each in FIELDS:
        match each.type:
            case FieldType.KEYWORD:
                if each.filtered:
                    out.field(each.name, "keyword")
                else:
                    out.field(each.name, "keyword", index=False, doc_values=False)
            case FieldType.INTEGER | FieldType.DATE:
                out.field(each.name, "long", index=each.filtered)
            case FieldType.TEXT:
                _map_text(out, each)
    out.field("rest", "text", index=False, norms=False)
    out.field("long", "boolean", index=False, doc_values=False)
    for name in ("has", "starts"):
        out.field(name, "text", analyzer=_SPACES, norms=False, index_options="docs")
    return out


def _map_text(out: Mapping, each: Field) -> None:
    similarity = f"steps_{each.name}"
    out.field(each.name, "text", index=False, norms=False)
    # Kept beside the source: words like an unknown one are read off what is marked in it.
    out.field(
        words_of(each.name),
        "text",
        analyzer=_SPACES,
        similarity=similarity,
        index_options="offsets",
        store=True,
    )
    out.field(
        stems_in(each.name), "text", analyzer=_SPACES, similarity=similarity, index_options="freqs"
    )


def build(document: SearchDocument) -> dict[str, Any]:
    """Return the source of `document`."""
    language = schema.language_of(document)
    source: dict[str, Any] = {
        "key": document.key,
        "kind": document.kind,
        "pk": document.pk,
        "scope_id": document.scope_id,
        "language": language,
        "file_type": text.clean(document.file_type),
        "url": text.clean(document.url),
        "date": int(document.date.timestamp()),
        "order": document.order,
    }
    if document.service_id is not None:
        source["service_id"] = document.service_id
    source |= {name: content for name, content in schema.texts_of(document).items() if content}
    if len(source.get("body", "")) > WINDOW:
        # Rarely looked at, and then apart: see `search.engines.highlight.excerpt`.
        source["body"], source["rest"] = source["body"][:WINDOW], source["body"][WINDOW:]
        source["long"] = True
    found = terms_of(document)
    stems = {name: stems_of(terms, document) for name, terms in found.items()}
    for name, terms in found.items():
        source[words_of(name)] = [" ".join(row) for row in terms.rows if row]
        source[stems_in(name)] = " ".join(stems[name])
    source["has"] = " ".join(sorted({stem for each in stems.values() for stem in each}))
    source["starts"] = " ".join(sorted(starts_of(found["title"])))
    return source


def tombstone(key: str) -> dict[str, Any]:
    """Return what stands for a deleted document: no scope, hence nobody's."""
    return {"key": key, "deleted_at": int(datetime.now(UTC).timestamp())}
