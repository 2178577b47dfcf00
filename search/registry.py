"""Where the apps above say what of theirs can be found, and how it is shown.

An app writes a `Kind` for each of its kinds of object in its `indexing.py` and registers
it when it is ready. The index follows the journal: an entry about one of a kind's
`object_types` makes the objects that the kind names be read again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .schema import SearchDocument, key_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from directory.models import JournalEntry, User

__all__ = ["Hit", "Kind", "SearchDocument", "get", "key_of", "kinds", "register", "wanting"]


@dataclass(frozen=True, slots=True)
class Hit:
    """How an object is presented among the results, as it stands in the database now.

    `url` and `title` are the current ones; `context` says where it lies ("Finance › Budgets"),
    `detail` a line of facts; `icon` names an icon of the design, `file_name` a file whose type
    gives the icon instead. `dated`: whether the date that it is sorted by says something,
    `by_day`: whether it has no hour. `links` are addresses with their words, drawn as links of
    their own ("mailto:…").
    """

    url: str
    title: str
    icon: str = "file-text"
    context: str = ""
    detail: str = ""
    file_name: str = ""
    dated: bool = True
    by_day: bool = False
    links: tuple[tuple[str, str], ...] = ()


class Kind(ABC):
    """A kind of object that can be found.

    `name` is in the index and in addresses and must not change. `label` is its plural, as
    the facet shows it, `one` its singular, as a hit shows it. `object_types`: those of the
    journal entries that concern it. `quotes`: whether what was found in its text reads as
    sentences, worth showing under a hit.
    """

    name: ClassVar[str]
    label: ClassVar[str | _StrPromise]
    one: ClassVar[str | _StrPromise] = ""
    object_types: ClassVar[frozenset[str]]
    quotes: ClassVar[bool] = True

    @abstractmethod
    def keys_for(self, entry: JournalEntry) -> Iterable[str]:
        """Return the primary keys of the objects to read again after `entry`.

        An object that is gone belongs among them: it is then taken out of the index.
        """

    @abstractmethod
    def documents(self, pks: Sequence[str]) -> Iterator[SearchDocument]:
        """Yield the objects as they are in the database now; what is not yielded is gone.

        Whatever nobody should find (drafts, what is in the trash) is not yielded.
        """

    @abstractmethod
    def all_pks(self) -> Iterator[str]:
        """Yield the primary keys of all objects that `documents` would yield."""

    @abstractmethod
    def visible(self, person: User, pks: Sequence[str]) -> dict[str, Hit]:
        """Return those of `pks` that `person` may see now, by the database, in few queries."""


_registered: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make `kind` known. Raises ValueError where its name is another's."""
    known = _registered.get(kind.name)
    if known is not None and type(known) is not type(kind):
        raise ValueError(f"Two kinds are called {kind.name}.")
    _registered[kind.name] = kind
    return kind


def get(name: str) -> Kind | None:
    """Return the kind of that name, None where no app registers it (any more)."""
    return _registered.get(name)


def kinds() -> list[Kind]:
    """Return every kind, by name."""
    return [_registered[name] for name in sorted(_registered)]


def wanting(entry: JournalEntry) -> list[Kind]:
    """Return the kinds that `entry` concerns."""
    return [kind for kind in kinds() if entry.object_type in kind.object_types]
