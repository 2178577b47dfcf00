"""How well and how fast the search finds, with each engine, on French administrative texts.

Quality: nDCG@10 over the judged queries, as they are, without accents, and with a slip in
the longest word. Speed: a person who sees 1,000 of 2,000 scopes and eleven services, asking as
a request does; everything that a page of results takes (scopes, planning, query, counts, facets,
marking, the check in the database, names) against the engine's own plainest query for the same
words.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import Permission
from django.http import QueryDict

from directory import access
from directory.access.memory import remembering
from directory.models import (
    AccessScope,
    JournalEntry,
    ScopeKind,
    User,
)
from directory.models.grants import GroupGrant, ScopeInheritance
from search import parameters, registry, searching, text
from search.batching import batches
from search.engines import Engine, engine
from search.engines.base import Write
from search.engines.elasticsearch import ElasticsearchEngine
from search.planning import plan
from search.query import Word, parse
from search.schema import SearchDocument
from tests.directory.factories import make_group, make_person, make_service
from tests.servers.base import ServerMissing
from tests.servers.elasticsearch import Elasticsearch

from . import corpus
from .report import Report

SCOPES, SEEN, SERVICES = 2_000, 1_000, 11
Topics = list[dict[str, Any]]


class Texts(registry.Kind):
    """The texts, as if they were rows: the check of a hit asks the database for its scope."""

    name: ClassVar[str] = "text"
    label = "Texts"
    object_types: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, documents: Sequence[SearchDocument]) -> None:
        self.by_pk = {each.pk: each for each in documents}

    def keys_for(self, entry: JournalEntry) -> list[str]:
        return []

    def documents(self, pks: Sequence[str]) -> Iterator[SearchDocument]:
        yield from (self.by_pk[pk] for pk in pks)

    def all_pks(self) -> Iterator[str]:
        yield from self.by_pk

    def visible(self, person: User, pks: Sequence[str]) -> dict[str, registry.Hit]:
        found = [self.by_pk[pk] for pk in pks]
        asked = AccessScope.objects.filter(pk__in={d.scope_id for d in found})
        mine = asked.filter(pk__in=access.scopes_for(person))
        seen = set(mine.values_list("pk", flat=True))
        return {d.pk: registry.Hit(d.url, d.title) for d in found if d.scope_id in seen}


def run(report: Report) -> None:
    """Print the figures of both engines."""
    place = corpus.folder()
    if place is None:
        report.note("The judged texts are not at hand (MARIGOT_FR_ADMIN): nothing is measured.")
        return
    person, scopes = _person_and_scopes()
    services = [make_service(f"bench{number}").pk for number in range(SERVICES)]
    documents = corpus.documents(place, scopes, services, 300 if report.small else None)
    topics = corpus.topics(place)[: report.size(1_000, small=4)]
    registry.register(Texts(documents))
    report.section("tantivy")
    _measure(report, person, scopes, documents, topics)
    with _elasticsearch(report) as there:
        if there:
            report.section("Elasticsearch")
            _measure(report, person, scopes, documents, topics)


def _person_and_scopes() -> tuple[User, list[int]]:
    """Make the scopes, and a person who sees every other one of them."""
    made = AccessScope.objects.bulk_create(
        AccessScope(kind=ScopeKind.CUSTOM, label=f"scope {n}", inherits=False)
        for n in range(SCOPES)
    )
    ScopeInheritance.objects.bulk_create(
        ScopeInheritance(ancestor=each, descendant=each, distance=0) for each in made
    )
    person = make_person("bench.reader")
    group = make_group("bench", person).group
    read = Permission.objects.get(content_type__app_label="directory", codename="read")
    GroupGrant.objects.bulk_create(
        GroupGrant(group=group, permission=read, content_object=each)
        for each in made[:: SCOPES // SEEN]
    )
    return person, [each.pk for each in made]


@contextmanager
def _elasticsearch(report: Report) -> Iterator[bool]:
    url = os.environ.get("MARIGOT_TEST_ELASTICSEARCH_URL")
    server = None
    if url is None and not report.small:
        try:
            server = Elasticsearch(measured=True)
            server.start()
        except ServerMissing as error:
            report.note(f"Elasticsearch is not measured: {error}")
        else:
            url = server.url
    if url is None:
        yield False
        return
    before = settings.SEARCH, settings.SEARCH_PREFIX
    settings.SEARCH, settings.SEARCH_PREFIX = url, f"bench-{os.getpid()}"
    try:
        yield True
    finally:
        for name in engine().names():
            engine().drop(name)
        settings.SEARCH, settings.SEARCH_PREFIX = before
        if server is not None:
            server.stop()


def _measure(
    report: Report,
    person: User,
    scopes: list[int],
    documents: list[SearchDocument],
    topics: Topics,
) -> None:
    at_work = engine()
    if isinstance(at_work, ElasticsearchEngine):
        at_work.patience = 60.0  # what is slow shows in the figures, and stops none of them
    name = at_work.ensure()
    began = time.perf_counter()
    for batch in batches(Write(each.key, 1, each) for each in documents):
        at_work.write(name, batch)
    at_work.optimise(name)
    report.line("indexing", len(documents) / (time.perf_counter() - began), "texts/s")
    report.held("texts in the index", at_work.stats(name).documents, len(documents))

    report.line("nDCG@10", _quality(at_work, scopes, topics, str), "", more="goal .37")
    few = [topic | {"variants": topic["variants"][:6]} for topic in topics]
    report.line("nDCG@10, 6 queries a topic", _quality(at_work, scopes, few, str))
    report.line("the same without accents", _quality(at_work, scopes, few, _unaccented))
    slip = _Slips()
    report.line("the same with a slip", _quality(at_work, scopes, few, slip), more="goal .345")

    chance = random.Random(3)
    asked = [variant for topic in topics for variant in topic["variants"]]
    asked = chance.sample(asked, min(len(asked), report.size(300, small=10)))
    full, raw = _times(person, at_work, asked)
    for label, rank in (("p50", 0.5), ("p95", 0.95)):
        least, whole = _quantile(raw, rank), _quantile(full, rank)
        report.line(
            f"a page of results, {label}",
            whole,
            "ms",
            floor=least,
            more=f"{whole - least:.1f} ms more than the engine's own {least:.1f}",
        )
    typed = [" ".join(each.split()[:2])[:12] for each in asked]
    suggesting = _each(typed, lambda each: _suggested(person, each))
    report.line("results while typing, p50", _quantile(suggesting, 0.5), "ms")
    report.line("results while typing, p95", _quantile(suggesting, 0.95), "ms")
    seen = set(access.visible_scopes(person))
    hits = [hit for each in asked[:100] for hit in _page(person, each).found.hits]
    kind = registry.get("text")
    assert isinstance(kind, Texts)
    report.held(
        "hits in scopes that the person sees",
        sum(kind.by_pk[hit.pk].scope_id in seen for hit in hits),
        len(hits),
    )


def _quality(
    at_work: Engine, scopes: list[int], topics: Topics, change: Callable[[str], str]
) -> float:
    """Return nDCG@10, macro over the queries of a topic and then over topics."""

    def found(raw: str) -> list[str]:
        made = plan(at_work, parse(raw), scopes=scopes, today=searching.today(), limit=10)
        return [hit.pk for hit in at_work.search(made.search).hits]

    return statistics.fmean(
        statistics.fmean(
            corpus.ndcg(found(change(variant)), topic["rel"]) for variant in topic["variants"]
        )
        for topic in topics
    )


def _unaccented(raw: str) -> str:
    return " ".join(text.fold(word) for word in text.words(raw))


class _Slips:
    """Makes one slip of the finger in the longest word of a query, always the same."""

    def __init__(self) -> None:
        self._chance = random.Random(7)

    def __call__(self, raw: str) -> str:
        words = raw.split()
        if not words or max(map(len, words)) < 5:
            return raw
        at = max(range(len(words)), key=lambda number: len(words[number]))
        word = words[at]
        place = self._chance.randrange(1, len(word) - 1)
        letter = self._chance.choice("abcdefghijklmnopqrstuvwxyz")
        words[at] = self._chance.choice(
            [
                word[:place] + word[place + 1 :],
                word[:place] + word[place + 1] + word[place] + word[place + 2 :],
                word[:place] + letter + word[place:],
                word[:place] + letter + word[place + 1 :],
            ]
        )
        return " ".join(words)


def _times(person: User, at_work: Engine, asked: Sequence[str]) -> tuple[list[float], list[float]]:
    """Return the milliseconds of a whole page and of the engine alone, in turns."""
    plain = _plain(at_work)
    for each in asked:  # a virtual machine needs some hundred calls of either before it is warm
        _page(person, each)
        plain(parse(each).words)
    full, raw = [], []
    for each in asked:
        full += _each([each], lambda raw: _page(person, raw))
        raw += _each([parse(each).words], plain)
    return full, raw


def _page(person: User, raw: str) -> searching.Results:
    data = QueryDict(mutable=True)
    data["q"] = raw
    with remembering(person.pk):
        return searching.search(person, parameters.read(data))


def _suggested(person: User, raw: str) -> object:
    with remembering(person.pk):
        return searching.suggest(person, raw)


def _plain(at_work: Engine) -> Callable[[Sequence[Word]], object]:
    """Return the engine's own plainest query: some words, 20 titles, no scope, no count."""
    if at_work.name == "tantivy":
        from search.engines.tantivy import TantivyEngine, queries

        assert isinstance(at_work, TantivyEngine)

        def ask(words: Sequence[Word]) -> object:
            searcher = at_work._index().searcher()
            query = queries.any_of(queries.has(word) for word in words)
            found = searcher.search(query, 20, count=False)
            return [searcher.doc(address).get_first("title") for _, address in found.hits]

        return ask
    from search.engines.elasticsearch import ElasticsearchEngine

    assert isinstance(at_work, ElasticsearchEngine)

    def ask_server(words: Sequence[Word]) -> object:
        return at_work.client.search(
            index=at_work._alias("live"),
            query={
                "multi_match": {
                    "query": " ".join(word.exact for word in words),
                    "fields": ["title_words", "summary_words", "body_words"],
                    "type": "most_fields",
                }
            },
            size=20,
            source=["title"],
            track_total_hits=False,
        )

    return ask_server


def _each(asked: Sequence[Any], call: Callable[[Any], object]) -> list[float]:
    taken = []
    for each in asked:
        began = time.perf_counter()
        call(each)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _quantile(figures: Sequence[float], rank: float) -> float:
    return sorted(figures)[min(len(figures) - 1, int(len(figures) * rank))]
