"""What a search engine does for Marigot: one interface, two engines behind it."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from search.query import Word
from search.schema import SearchDocument

log = logging.getLogger(__name__)

MANY_SCOPES: Final = 5_000
TOO_MANY_SCOPES: Final = 60_000  # Elasticsearch refuses 65,536 terms; nothing is cut off silently
DEEPEST: Final = 1_000  # how many results can be paged through


class SearchError(Exception):
    """Something is wrong with the search."""


class SearchUnavailable(SearchError):
    """The engine does not answer, now. What does not need it goes on."""


class IndexMissing(SearchUnavailable):
    """There is no index yet, or none that this version can read."""


class IndexDamaged(SearchUnavailable):
    """The index cannot be read; `manage.py rebuild_index` makes it anew from the database."""


class IndexBusy(SearchUnavailable):
    """Another process has been writing to the index for too long."""


class TooManyScopes(SearchUnavailable):
    """A person sees more scopes than a query can carry: nothing is shown rather than a part."""


class Facet(StrEnum):
    """What the results can be narrowed by. The values are the names of the parameters."""

    KIND = "kind"
    SERVICE = "service"
    LANGUAGE = "language"
    PERIOD = "period"


class Period(StrEnum):
    """When, by the date of a document; the first three contain one another."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    OLDER = "older"

    def bounds(self, today: datetime) -> tuple[int | None, int | None]:
        """Return the first second, and the second after the last, None where open."""
        if self is Period.OLDER:
            return None, int((today - timedelta(days=_DAYS[Period.YEAR])).timestamp())
        return int((today - timedelta(days=_DAYS[self])).timestamp()), None


_DAYS: Final = {Period.WEEK: 7, Period.MONTH: 31, Period.YEAR: 365}


class Sort(StrEnum):
    """The order of the results."""

    RELEVANCE = "relevance"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Selection:
    """What the results are narrowed to; values of one facet are alternatives."""

    kinds: tuple[str, ...] = ()
    services: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    period: Period | None = None

    def without(self, facet: Facet) -> Selection:
        """Return the selection as it is for the counts of `facet`: without its own."""
        return Selection(
            kinds=() if facet is Facet.KIND else self.kinds,
            services=() if facet is Facet.SERVICE else self.services,
            languages=() if facet is Facet.LANGUAGE else self.languages,
            period=None if facet is Facet.PERIOD else self.period,
        )

    def chosen(self) -> tuple[Facet, ...]:
        """Return the facets in which something is chosen."""
        values = (self.kinds, self.services, self.languages, self.period)
        return tuple(facet for facet, value in zip(Facet, values, strict=True) if value)


@dataclass(frozen=True, slots=True)
class Weighted:
    """A word with its rarity among what the person may see.

    `telling`: a reference or a number in one piece. A document that holds it as it was typed
    comes before any that holds its parts apart, however often and wherever.
    """

    word: Word
    weight: int
    telling: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """A query as an engine gets it.

    `groups`: each is a word with the forms of what it is a part of, or the known words in place
    of an unknown one; a document must hold a word of `required` of them. `spelt`: the forms that
    do for a phrase. `scopes`: the sorted ids in which a document may stand. `today`: the beginning
    of the day in the person's time zone, from which periods count.
    """

    scopes: Sequence[int]
    groups: tuple[tuple[Weighted, ...], ...]
    required: int
    today: datetime
    phrases: tuple[tuple[str, ...], ...] = ()
    without: tuple[tuple[str, ...], ...] = ()
    spelt: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    selection: Selection = field(default_factory=Selection)
    sort: Sort = Sort.RELEVANCE
    offset: int = 0
    limit: int = 20


# Text in pieces, each with whether it is a match: what is to be escaped is the page's affair.
Fragments = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class EngineHit:
    """A document that was found, with what the index says of it."""

    key: str
    kind: str
    pk: str
    service_id: int | None
    language: str
    file_type: str
    url: str
    date: datetime
    title: Fragments
    excerpt: Fragments


@dataclass(frozen=True, slots=True)
class Bucket:
    """A value of a facet and how many documents it would give."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a `Search`. `with_all`: how many of `total` hold all the words."""

    hits: tuple[EngineHit, ...] = ()
    total: int = 0
    with_all: int = 0
    facets: dict[Facet, tuple[Bucket, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How many documents of the given scopes there are, and how many hold each word."""

    total: int
    by_word: dict[Word, int]


@dataclass(frozen=True, slots=True)
class Write:
    """One document as it is at `version` (a journal sequence); `document` None: it is gone."""

    key: str
    version: int
    document: SearchDocument | None


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch: `late` are those that a newer write had overtaken."""

    written: int
    late: int


@dataclass(frozen=True, slots=True)
class Stats:
    """What `manage.py index_status` tells of one index."""

    name: str
    documents: int
    tombstones: int
    bytes: int
    schema_matches: bool


def checked_scopes(scopes: Sequence[int]) -> list[int]:
    """Return `scopes` as a list. Raises TooManyScopes; warns of many."""
    if len(scopes) > TOO_MANY_SCOPES:
        log.error("A person sees %s scopes, more than a query can carry.", len(scopes))
        raise TooManyScopes(str(len(scopes)))
    if len(scopes) > MANY_SCOPES:
        log.warning("A query carries %s scopes: grant on wider scopes.", len(scopes))
    return list(scopes)


class Engine(ABC):
    """An engine with its indexes.

    Two names point at indexes: `live` is the one that is searched; `building` is one that
    a rebuild fills. Whoever writes, writes to both (see `search.indexer`).
    Everything that reads is narrowed to scopes inside the engine, and all that is counted
    comes from the narrowed query. Every method may raise SearchUnavailable.
    """

    name: ClassVar[str]

    # Indexes

    @abstractmethod
    def create(self) -> str:
        """Make a new, empty index and return its name."""

    @abstractmethod
    def live(self) -> str | None:
        """Return the name of the index that is searched, None where there is none yet."""

    @abstractmethod
    def building(self) -> str | None:
        """Return the name of the index that a rebuild fills, None where none is under way."""

    @abstractmethod
    def set_building(self, name: str | None) -> None:
        """Say which index a rebuild fills."""

    @abstractmethod
    def promote(self, name: str) -> None:
        """Make `name` the index that is searched, in one step; it is no longer building."""

    @abstractmethod
    def names(self) -> list[str]:
        """Return the names of all indexes there are."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Remove an index; nothing happens where it is not there."""

    @abstractmethod
    def stats(self, name: str) -> Stats:
        """Return the figures of an index."""

    def ensure(self) -> str:
        """Return the live index, made now where there is none.

        Raises IndexMissing where it was made by another version of the schema.
        """
        name = self.live()
        if name is None:
            name = self.create()
            self.promote(name)
        return name

    # Writing

    @abstractmethod
    def write(self, name: str, writes: Sequence[Write]) -> Written:
        """Write a batch to an index; all of it lasts when this returns.

        A write never replaces one with a higher version, nor a deletion with one.
        """

    @abstractmethod
    def sweep(self, name: str, before: datetime) -> int:
        """Forget the deletions noted before `before`; return how many."""

    @abstractmethod
    def refresh(self, name: str) -> None:
        """Make what was written findable."""

    @abstractmethod
    def optimise(self, name: str) -> None:
        """Make a freshly filled index quick to search."""

    # Reading

    @abstractmethod
    def frequencies(self, words: Sequence[Word], scopes: Sequence[int]) -> Frequencies:
        """Count the documents of `scopes`, and those of them that hold each word."""

    @abstractmethod
    def similar(self, word: Word, scopes: Sequence[int], distance: int) -> list[str]:
        """Return exact forms at most `distance` edits from `word` in documents of `scopes`.

        The nearest and then the most frequent come first.
        """

    @abstractmethod
    def search(self, search: Search) -> Found:
        """Answer a query."""

    @abstractmethod
    def suggest(
        self, words: Sequence[Word], unfinished: Word | None, scopes: Sequence[int], limit: int
    ) -> tuple[EngineHit, ...]:
        """Return documents that hold `words` and a word that begins with `unfinished`."""

    @abstractmethod
    def holds(self, keys: Sequence[str]) -> dict[str, int]:
        """Return the version of each of `keys` that the live index holds, deletions included."""

    @abstractmethod
    def check(self) -> None:
        """Raise SearchUnavailable, with what is wrong, unless the engine can be searched."""
