"""The engine on Elasticsearch."""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from elastic_transport import ConnectionError as NoConnection
from elastic_transport import ConnectionTimeout, TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError, helpers
from elasticsearch.dsl import Index
from elasticsearch.dsl import Search as Request
from elasticsearch.dsl.query import Query

from search import schema, text
from search.distance import distance as edit_distance
from search.engines.base import (
    DEEPEST,
    Bucket,
    Engine,
    EngineHit,
    Facet,
    Found,
    Fragments,
    Frequencies,
    IndexMissing,
    Period,
    Search,
    SearchUnavailable,
    Sort,
    Stats,
    Weighted,
    Write,
    Written,
    checked_scopes,
)
from search.highlight import EXCERPT
from search.query import Word

from . import mapping, queries

# A line for each request is too much; what goes wrong is raised and told by whoever asked.
logging.getLogger("elastic_transport").setLevel(logging.WARNING)

_SECONDS: Final = 5.0  # for a question; a batch of writes gets longer
_WRITE_SECONDS: Final = 60.0
_MARKS: Final = ("\ue000", "\ue001")
_SAMPLE: Final = 30  # documents looked at for words like an unknown one
_SHOWN: Final[list[Any]] = [f.name for f in schema.FIELDS if f.shown and f.name != "title"]


class ElasticsearchEngine(Engine):
    """Indexes named `<prefix>-<time>`, and two aliases: `<prefix>-live`, `<prefix>-building`."""

    name: ClassVar[str] = "elasticsearch"

    def __init__(self, url: str, prefix: str, *, api_key: str = "", ca_file: str = "") -> None:
        options: dict[str, Any] = {"request_timeout": _SECONDS, "retry_on_timeout": False}
        if api_key:
            options["api_key"] = api_key
        if ca_file:
            options["ca_certs"] = ca_file
        self.client = Elasticsearch(url, max_retries=1, **options)
        self.prefix = prefix

    def _alias(self, which: str) -> str:
        return f"{self.prefix}-{which}"

    # Indexes

    def create(self) -> str:
        """See `Engine.create`."""
        name = f"{self.prefix}-{time.strftime('%Y%m%d%H%M%S')}-{uuid.uuid4().hex[:6]}"
        index = Index(name, using=self.client)
        index.settings(**mapping.settings()["index"])
        index.mapping(mapping.mapping())
        with _told():
            index.create(wait_for_active_shards=1)
        return name

    def live(self) -> str | None:
        """See `Engine.live`."""
        return self._pointed("live")

    def building(self) -> str | None:
        """See `Engine.building`."""
        return self._pointed("building")

    def _pointed(self, which: str) -> str | None:
        with _told():
            try:
                return next(iter(self.client.indices.get_alias(name=self._alias(which)).body), None)
            except NotFoundError:
                return None

    def set_building(self, name: str | None) -> None:
        """See `Engine.set_building`."""
        self._point("building", name)

    def _point(self, which: str, name: str | None, *more: dict[str, Any]) -> None:
        alias = self._alias(which)
        actions: list[dict[str, Any]] = [
            {"remove": {"index": f"{self.prefix}-*", "alias": alias, "must_exist": False}}
        ]
        if name is not None:
            actions.append({"add": {"index": name, "alias": alias}})
        with _told():
            try:
                self.client.indices.update_aliases(actions=[*actions, *more])
            except NotFoundError:
                # No index at all is there to take the alias from.
                if name is not None:
                    raise

    def promote(self, name: str) -> None:
        """See `Engine.promote`."""
        more = []
        if self.building() == name:
            more.append({"remove": {"index": name, "alias": self._alias("building")}})
        self._point("live", name, *more)

    def names(self) -> list[str]:
        """See `Engine.names`."""
        with _told():
            found = self.client.indices.get(
                index=f"{self.prefix}-*", features="aliases", allow_no_indices=True
            )
        return sorted(found.body)

    def drop(self, name: str) -> None:
        """See `Engine.drop`."""
        with _told():
            self.client.indices.delete(index=name, ignore_unavailable=True)

    def stats(self, name: str) -> Stats:
        """See `Engine.stats`."""
        with _told():
            self.client.indices.refresh(index=name)
            everything = self.client.count(index=name)["count"]
            gone = self.client.count(index=name, query={"exists": {"field": "deleted_at"}})["count"]
            size = self.client.indices.stats(index=name, metric="store")
        return Stats(
            name=name,
            documents=everything - gone,
            tombstones=gone,
            bytes=size["_all"]["total"]["store"]["size_in_bytes"],
            schema_matches=self._schema_matches(name),
        )

    def _schema_matches(self, name: str) -> bool:
        with _told():
            found = self.client.indices.get_mapping(index=name).body
        note = found[name]["mappings"].get("_meta", {})
        return bool(note.get("schema") == schema.fingerprint())

    def ensure(self) -> str:
        """See `Engine.ensure`."""
        name = super().ensure()
        if not self._schema_matches(name):
            raise IndexMissing(
                f"The index {name} was made by another version of Marigot: "
                "run `manage.py rebuild_index`."
            )
        return name

    # Writing

    def write(self, name: str, writes: Sequence[Write]) -> Written:
        """See `Engine.write`."""
        actions = [
            {
                "_op_type": "index",
                "_index": name,
                "_id": write.key,
                "_version": write.version,
                "_version_type": "external_gte",
                "_source": {"version": write.version}
                | (
                    mapping.tombstone(write.key)
                    if write.document is None
                    else mapping.build(write.document)
                ),
            }
            for write in writes
        ]
        written = late = 0
        with _told():
            client = self.client.options(request_timeout=_WRITE_SECONDS)
            for ok, answer in helpers.streaming_bulk(
                client,
                actions,
                raise_on_error=False,
                max_retries=3,
                initial_backoff=0.5,
                require_alias=False,
            ):
                outcome = answer["index"]
                if ok:
                    written += 1
                elif outcome["status"] == 409:
                    late += 1
                elif outcome["status"] in (404, 429) or outcome["status"] >= 500:
                    raise SearchUnavailable(str(outcome.get("error")))
                else:
                    raise ValueError(f"{outcome['_id']}: {outcome.get('error')}")
        return Written(written, late)

    def sweep(self, name: str, before: datetime) -> int:
        """See `Engine.sweep`."""
        with _told():
            answer = self.client.options(request_timeout=_WRITE_SECONDS).delete_by_query(
                index=name,
                query={"range": {"deleted_at": {"lt": int(before.timestamp())}}},
                conflicts="proceed",
                refresh=True,
            )
        return int(answer["deleted"])

    def refresh(self, name: str) -> None:
        """See `Engine.refresh`."""
        with _told():
            self.client.indices.refresh(index=name)

    def optimise(self, name: str) -> None:
        """See `Engine.optimise`."""
        self.refresh(name)

    # Reading

    def _request(self, query: Query) -> Request:
        request: Request = Request(using=self.client, index=self._alias("live"))
        return request.query(query)

    def frequencies(self, words: Sequence[Word], scopes: Sequence[int]) -> Frequencies:
        """See `Engine.frequencies`."""
        if not scopes:
            return Frequencies(0, dict.fromkeys(words, 0))
        request = self._request(
            queries.Q("bool", filter=[queries.within(checked_scopes(scopes))])
        ).extra(size=0, track_total_hits=True)
        if words:
            filters = {str(number): queries.has(word) for number, word in enumerate(words)}
            request.aggs.bucket("words", "filters", filters=filters)
        with _told():
            answer: Any = request.execute()
        counts = answer.aggregations.words.buckets if words else {}
        return Frequencies(
            answer.hits.total.value,
            {word: counts[str(number)].doc_count for number, word in enumerate(words)},
        )

    def similar(self, word: Word, scopes: Sequence[int], distance: int) -> list[str]:
        """See `Engine.similar`."""
        if not scopes:
            return []
        request = (
            self._request(queries.similar(word, checked_scopes(scopes), distance))
            .extra(size=_SAMPLE, track_total_hits=False, _source=False)
            .sort("-order")
            .highlight_options(pre_tags=_MARKS[0], post_tags=_MARKS[1])
        )
        for name in queries.text_fields():
            request = request.highlight(f"{name}.exact", fragment_size=40, number_of_fragments=3)
        with _told():
            answer = request.execute()
        found: Counter[str] = Counter()
        for hit in answer:
            shown = [piece for field in hit.meta.highlight.to_dict().values() for piece in field]
            found.update(
                {text.fold(word) for piece in shown for word, is_it in _marked(piece) if is_it}
            )
        near = [
            (steps, -count, other)
            for other, count in found.items()
            if 0 < (steps := edit_distance(word.exact, other, distance)) <= distance
        ]
        return [other for *_, other in sorted(near)]

    def search(self, search: Search) -> Found:
        """See `Engine.search`."""
        if not search.scopes:
            return Found()
        checked_scopes(search.scopes)
        by_date = search.sort is Sort.DATE or not search.groups
        selected = queries.selecting(search, search.selection)
        limit = max(0, min(search.limit, DEEPEST - search.offset))
        request = (
            self._request(queries.matching(search, scores=not by_date))
            .extra(from_=search.offset if limit else 0, size=limit, track_total_hits=True)
            .source(_SHOWN)
            .sort(*(["-order"] if by_date else ["_score", "-order"]))
        )
        if selected:
            request = request.post_filter("bool", filter=selected)
        for facet in Facet:
            request.aggs.bucket(facet.value, queries.aggregation(facet, search))
        if search.required < len(search.groups):
            every = queries.matching(search, scores=False, every_word=True)
            request.aggs.bucket(
                "with_all", "filter", filter=queries.Q("bool", filter=[every, *selected])
            )
        with _told():
            answer: Any = _highlighted(request, search).execute()
        total = answer.hits.total.value
        counts = answer.aggregations
        return Found(
            hits=tuple(_hit(hit) for hit in answer),
            total=total,
            with_all=counts.with_all.doc_count if "with_all" in counts else total,
            facets={facet: _buckets(facet, counts[facet.value]["values"]) for facet in Facet},
        )

    def suggest(
        self, words: Sequence[Word], unfinished: Word | None, scopes: Sequence[int], limit: int
    ) -> tuple[EngineHit, ...]:
        """See `Engine.suggest`."""
        if not scopes or (not words and unfinished is None):
            return ()
        asked = [*words, unfinished] if unfinished is not None else list(words)
        search = Search(
            scopes=scopes,
            groups=tuple((Weighted(word, 1),) for word in asked),
            required=len(asked),
            today=datetime.now(UTC),
        )
        request = (
            self._request(queries.suggesting(words, unfinished, checked_scopes(scopes)))
            .extra(size=limit, track_total_hits=False)
            .source(_SHOWN)
            .sort("_score", "-order")
        )
        with _told():
            answer = _highlighted(request, search, body=False).execute()
        return tuple(_hit(hit) for hit in answer)

    def holds(self, keys: Sequence[str]) -> dict[str, int]:
        """See `Engine.holds`."""
        with _told():
            answer = self.client.mget(index=self._alias("live"), ids=list(keys), source=False)
        return {doc["_id"]: doc["_version"] for doc in answer["docs"] if doc.get("found")}

    def check(self) -> None:
        """See `Engine.check`."""
        with _told():
            self.client.options(request_timeout=2).search(
                index=self._alias("live"), size=0, track_total_hits=False
            )


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the client raises into what the interface promises."""
    try:
        yield
    except NotFoundError as error:
        raise IndexMissing("There is no index yet: it is made by `manage.py work`.") from error
    except ApiError as error:
        if error.status_code == 429 or error.status_code >= 500 or error.status_code in (401, 403):
            raise SearchUnavailable(f"Elasticsearch answers {error.status_code}.") from error
        raise
    except (NoConnection, ConnectionTimeout, TransportError) as error:
        raise SearchUnavailable("Elasticsearch does not answer.") from error


def _highlighted(request: Request, search: Search, *, body: bool = True) -> Request:
    """Ask for the marked title and, for a page of results, an excerpt."""
    request = request.highlight_options(
        pre_tags=_MARKS[0],
        post_tags=_MARKS[1],
        require_field_match=False,
        highlight_query=queries.marking(search).to_dict(),
    )
    for language in text.LANGUAGES:
        title = mapping.in_language("title", language)
        request = request.highlight(title, number_of_fragments=0, no_match_size=1000)
        if body:
            for name in ("summary", "body"):
                request = request.highlight(
                    mapping.in_language(name, language),
                    number_of_fragments=1,
                    fragment_size=EXCERPT,
                    order="score",
                    no_match_size=EXCERPT,
                )
    return request


def _hit(hit: Any) -> EngineHit:
    language: text.Language = "en" if hit.language == "en" else "fr"
    marked = hit.meta.highlight.to_dict() if "highlight" in hit.meta else {}

    def shown(name: str) -> Fragments:
        pieces = marked.get(mapping.in_language(name, language)) or [""]
        return _marked(pieces[0])

    title, body, summary = shown("title"), shown("body"), shown("summary")
    excerpt = body if any(is_match for _, is_match in body) or not summary else summary
    return EngineHit(
        key=hit.key,
        kind=hit.kind,
        pk=hit.pk,
        service_id=getattr(hit, "service_id", None),
        language=language,
        file_type=getattr(hit, "file_type", ""),
        url=getattr(hit, "url", ""),
        date=datetime.fromtimestamp(hit.date, UTC),
        title=title,
        excerpt=excerpt,
    )


def _marked(content: str) -> Fragments:
    """Return what Elasticsearch marked, in pieces."""
    pieces: list[tuple[str, bool]] = []
    for number, part in enumerate(content.split(_MARKS[0])):
        match, _, rest = part.partition(_MARKS[1]) if number else ("", "", part)
        if match:
            pieces.append((match, True))
        if rest:
            pieces.append((" ".join(rest.split("\n")), False))
    return tuple(pieces)


def _buckets(facet: Facet, answer: Any) -> tuple[Bucket, ...]:
    found = {str(bucket.key): int(bucket.doc_count) for bucket in answer.buckets}
    if facet is Facet.PERIOD:
        return tuple(Bucket(period.value, found.get(period.value, 0)) for period in Period)
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Bucket(value, count) for value, count in ranked if count)
