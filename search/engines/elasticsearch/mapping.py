"""The schema as Elasticsearch holds it, and a document as it is put in.

Text stands in fields of its language (`title_fr`, `title_en` …), each with its exact form
beside (`title_fr.exact`). A scripted similarity takes the place of BM25, whose rarity and
average length would count documents that the person may not see: it gives the saturation
in whole steps, times the boost, in which the query brings the rarity (see `search.schema`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from elasticsearch.dsl import Mapping, analyzer, char_filter, token_filter, tokenizer

from search import schema, text
from search.schema import FIELDS, TEXT_FIELDS, Field, FieldType, SearchDocument

_STEMMERS: Final[dict[text.Language, str]] = {"fr": "french", "en": "english"}

# A letter or figure before, in Java's words: see text.ELISION_PATTERN.
_elision = char_filter(
    "elision",
    type="pattern_replace",
    pattern=r"(?i)(?<![\p{L}\p{N}])(?:" + "|".join(text.ELIDED) + r")['’ʼ＇]",
    replacement=" ",
)
_words = tokenizer(
    "words", type="char_group", tokenize_on_chars=["whitespace", "punctuation", "symbol"]
)
_short = token_filter("short", type="length", max=text.LONGEST_WORD)
_FOLDED: Final = ["lowercase", "asciifolding", _short]
_exact = analyzer("exact", char_filter=[_elision], tokenizer=_words, filter=_FOLDED)
_starts = analyzer(
    "starts",
    char_filter=[_elision],
    tokenizer=_words,
    filter=[
        *_FOLDED,
        token_filter("starts", type="edge_ngram", min_gram=1, max_gram=schema.LONGEST_PREFIX),
    ],
)
_stemmed = {
    language: analyzer(
        f"stemmed_{language}",
        char_filter=[_elision],
        tokenizer=_words,
        filter=[*_FOLDED, token_filter(f"stems_{language}", type="stemmer", language=name)],
    )
    for language, name in _STEMMERS.items()
}


def in_language(field: str, language: text.Language) -> str:
    """Return the name of the text field `field` for texts in `language`."""
    return f"{field}_{language}"


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
            "highlight": {"max_analyzed_offset": schema.LONGEST_BODY + 1},
            "max_result_window": 10_000,
            "auto_expand_replicas": "0-1",
        }
    }


def mapping() -> Mapping:
    """Return the mapping, with the schema's fingerprint in its `_meta`."""
    out = Mapping()
    out.meta("dynamic", "strict")
    out.meta("_meta", {"schema": schema.fingerprint()})
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
    return out


def _map_text(out: Mapping, each: Field) -> None:
    similarity = f"steps_{each.name}"
    for language in text.LANGUAGES:
        beside: dict[str, Any] = {
            "exact": {
                "type": "text",
                "analyzer": _exact,
                "similarity": similarity,
                "index_options": "offsets",
            }
        }
        if each.name == "title":
            beside["starts"] = {
                "type": "text",
                "analyzer": _starts,
                "search_analyzer": _exact,
                "similarity": "boolean",
                "norms": False,
            }
        out.field(
            in_language(each.name, language),
            "text",
            analyzer=_stemmed[language],
            similarity=similarity,
            index_options="offsets",
            fields=beside,
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
    for name, content in schema.texts_of(document).items():
        if content:
            source[in_language(name, language)] = content
    return source


def tombstone(key: str) -> dict[str, Any]:
    """Return what stands for a deleted document: no scope, hence nobody's."""
    return {"key": key, "deleted_at": int(datetime.now(UTC).timestamp())}
