"""A great many documents, quickly: copies of documents that the actions have made.

Each copy has its row, its version, its blob (without bytes), its entry in the journal and its
document in the index. The copying is done by SQLite, so that a column added later is copied too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F

from directory.batching import batched
from directory.models import ConsumerCursor, JournalEntry, JournalHead, Service
from directory.sqlite3 import statistics
from documents.models import Node, Space
from search.engines import engine
from search.engines.base import Write
from search.schema import SearchDocument
from tests.documents.factories import make_document, make_folder, make_space

IN_A_FOLDER = 200
_NUMBERS = (
    "WITH RECURSIVE numbers(n) AS (SELECT %s UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)"
)


class Filler:
    """Fills one space of each of `services`; the second half of them keeps its spaces closed.

    `readable` is a space that everybody reads, `folder` a full folder in it, `own` the closed
    space of the first service. The newest documents stand in closed spaces.
    """

    def __init__(self, services: Sequence[Service]) -> None:
        half = len(services) // 2
        self._patterns = [
            _Pattern(service, number, closed=number == 0 or number >= half)
            for number, service in enumerate(services)
        ]
        self.own: Space = self._patterns[0].space
        self.readable: Space = self._patterns[1].space
        self.folder: Node = self._patterns[1].folder
        self.documents = 0

    def grow_to(self, number: int) -> None:
        """Add documents until each space holds its part of `number`."""
        each = number // len(self._patterns)
        for pattern in self._patterns:
            pattern.grow_to(each)
        self.documents = each * len(self._patterns)
        statistics.refresh()


class _Pattern:
    """One space with the folder and the document that all others in it are copies of."""

    def __init__(self, service: Service, number: int, *, closed: bool) -> None:
        self.space = make_space(service, f"plein-{number}", shared=not closed)
        self.folder = make_folder(self.space, "Dossier 0")
        self._document = make_document(self.folder, "Pièce 0.txt", f"Pièce {number}".encode())
        self._mark = f"{number + 1:02x}"
        self._age = 0 if closed else 40  # days
        self._held = 0

    def grow_to(self, number: int) -> None:
        """Copy the document until there are `number`; folders hold 200 each."""
        first, last = self._held + 1, number
        folders = (max(self._held - 1, 0) // IN_A_FOLDER + 1, (number - 1) // IN_A_FOLDER)
        with transaction.atomic():
            if folders[1] >= folders[0]:
                self._copy_folders(*folders)
            self._copy_documents(first, last)
            self._copy_entries(first, last)
        self._index(first, last)
        self._held = number

    def _id(self, kind: str, number: str = "n") -> str:
        return f"'{kind}{self._mark}' || printf('%%028x', {number})"

    def _parent(self) -> str:
        folder = f"(n - 1) / {IN_A_FOLDER}"
        return (
            f"CASE WHEN {folder} = 0 THEN '{self.folder.pk.hex}' ELSE {self._id('f0', folder)} END"
        )

    def _copy_folders(self, first: int, last: int) -> None:
        name = "'Dossier ' || n"
        copy_row(
            *(self.folder, first, last),
            id=self._id("f0"),
            name=name,
            name_key=f"lower({name})",
            name_sort=f"lower({name})",
        )

    def _copy_documents(self, first: int, last: int) -> None:
        name = "'Pièce ' || n || '.txt'"
        version = self._document.current_version
        assert version is not None
        copy_row(version.blob, first, last, sha256=f"'b0{self._mark}' || printf('%%060x', n)")
        copy_row(
            *(self._document, first, last),
            id=self._id("d0"),
            parent_id=self._parent(),
            current_version_id=self._id("e0"),
            name=name,
            name_key=f"lower({name})",
            name_sort=f"lower({name})",
            modified_at=f"datetime('now', '-{self._age} days', '-' || (n * 7) || ' seconds')",
        )
        copy_row(
            *(version, first, last),
            id=self._id("e0"),
            node_id=self._id("d0"),
            blob_id=f"'b0{self._mark}' || printf('%%060x', n)",
        )

    def _copy_entries(self, first: int, last: int) -> None:
        entry = JournalEntry.objects.get(
            action="document.uploaded", object_id=str(self._document.pk)
        )
        head = JournalHead.objects.get(pk=1)
        copy_row(
            *(entry, first, last),
            sequence=f"{head.sequence} - {first} + 1 + n",
            object_id=self._id("d0"),
        )
        # Nobody is to handle again what is in the index already.
        added = last - first + 1
        JournalHead.objects.filter(pk=1).update(sequence=F("sequence") + added)
        ConsumerCursor.objects.update(sequence=head.sequence + added)

    def _index(self, first: int, last: int) -> None:
        at_work = engine()
        live = at_work.ensure()
        for writes in batched(self._writes(first, last), 5000):
            at_work.write(live, writes)
        at_work.refresh(live)

    def _writes(self, first: int, last: int) -> Iterator[Write]:
        date = datetime(2026, 1, 1, tzinfo=UTC)
        for number in range(first, last + 1):
            document = SearchDocument(
                kind="document",
                pk=f"d0{self._mark}{number:028x}",
                scope_id=self._document.scope_id,
                service_id=self.space.service_id,
                language="fr",
                title=f"Pièce {number}.txt",
                body=f"Pièce {number} du dossier {number // IN_A_FOLDER}",
                url="/",
                date=date,
            )
            yield Write(document.key, 1, document)


def copy_row(row: models.Model, first: int, last: int, **instead: str) -> None:
    """Copy `row` once for each number from `first` to `last`; `instead` gives SQL over n.

    Of a model that inherits, the row of its own table alone.
    """
    if last < first:
        return
    table: Any = row._meta
    columns = [field.column for field in table.local_concrete_fields]
    values = ", ".join(instead.get(column, f'pattern."{column}"') for column in columns)
    named = ", ".join(f'"{column}"' for column in columns)
    pk = table.pk.get_db_prep_value(row.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_NUMBERS} INSERT INTO {table.db_table} ({named}) "  # noqa: S608
            f"SELECT {values} FROM numbers CROSS JOIN {table.db_table} AS pattern "
            f"WHERE pattern.{table.pk.column} = %s",
            [first, last, pk],
        )
