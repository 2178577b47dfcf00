"""A site goes back to the version before and forward again, and keeps what that one knew."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from directory import consumers
from directory.access import Level
from directory.actions.grants import grant_access
from directory.models import ConsumerCursor, JournalEntry
from documents import rereading, turns
from documents.actions import rename, trash
from documents.importing import Importer
from documents.models import Node, PutOff, Version, VersionText
from intranet.notices.actions import mark_read
from tests.documents.conftest import make_world
from tests.documents.factories import make_document, make_folder, make_version
from tests.intranet.factories import make_note, make_section, paragraph
from tests.intranet.notices.factories import make_notice

# Where each application stood in the version before.
BEFORE = [
    ("directory", "0002_directory_sync"),
    ("documents", "0003_imported"),
    ("intranet", "0007_empty_paragraphs"),
    ("notices", "0002_causes"),
]
# What is kept for the machine alone, and made anew.
PASSING = {
    *("django_migrations", "django_session", "sqlite_sequence"),
    *("directory_consumerlease", "documents_readingtime"),
}

# What only this version keeps: the readers that read a file, and when somebody read last.
NEW = {"readers_version", "touched_at"}

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def migrate(targets: list[tuple[str, str]]) -> None:
    """Go to `targets`, with nothing remembered of the state before."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)


def latest() -> list[tuple[str, str]]:
    return MigrationExecutor(connection).loader.graph.leaf_nodes()


@pytest.fixture(autouse=True)
def blobs(tmp_path: Path, settings: Any) -> None:
    settings.BLOB_FOLDER = tmp_path / "blobs"


@pytest.fixture(autouse=True)
def back_again() -> Iterator[None]:
    """Leave the database as the tests after this one want it, whatever fails."""
    yield
    migrate(latest())


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in an order of its own."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table in PASSING:
                continue
            described = connection.introspection.get_table_description(cursor, table)
            columns = sorted({column.name for column in described} - NEW)
            named = ", ".join(connection.ops.quote_name(name) for name in columns)
            cursor.execute(f"SELECT {named} FROM {connection.ops.quote_name(table)}")  # noqa: S608
            found[table] = sorted(cursor.fetchall(), key=repr)
    return found


def test_back_and_forth_keeps_every_row():
    world = make_world()
    folder = make_folder(world.space, "L’été à venir")
    document = make_document(folder, "Élus.txt", "Les élus de Cayenne".encode())
    make_version(document, b"Les adjoints")
    trash(actor=world.head, node=make_document(world.space, "brouillon.txt"))
    grant_access(
        actor=world.head,
        scope=world.space.scope,
        to=world.stranger,
        level=Level.READ,
        expires_at=timezone.now() + timedelta(days=3),
    )
    make_section(world.finance)
    table = {"type": "table", "value": {"data": [["Ville", "Élus"], ["Cayenne", "45"]]}}
    make_note(world.finance, "Budget", body=[*paragraph("Voté."), table], notify=True)
    mark_read(actor=world.member, notice=make_notice())
    for consumer in consumers.registered():
        consumers.drain(consumer.name)
    before = rows()
    assert VersionText.objects.count() == Version.objects.count() == 3
    migrate(BEFORE)
    there = rows()
    assert there["documents_version"] == before["documents_version"]
    assert there["directory_journalentry"] == before["directory_journalentry"]
    migrate(latest())
    after = rows()
    assert set(after) == set(before)
    for table_name in sorted(before):
        assert after[table_name] == before[table_name], table_name


def test_what_waits_of_an_import_is_read_by_the_version_before_and_this_one(tmp_path):
    world = make_world()
    share = tmp_path / "share"
    share.mkdir()
    (share / "imported.txt").write_text("zibeline")
    Importer(share, world.space.root).run()
    make_document(world.space, "brought.txt", b"martre", actor=world.head)
    turns.spend({turns.IMPORTS: 20.0, world.head.pk: 20.0})
    consumers.drain("documents-extraction")
    assert PutOff.objects.count() == 2
    done = ConsumerCursor.objects.get(name="documents-extraction").sequence
    migrate([("documents", "0015_put_off")])
    state = MigrationExecutor(connection).loader.project_state(("documents", "0015_put_off"))
    Old = state.apps.get_model("documents", "PutOff")
    assert [row.person_id for row in Old.objects.all()] == [world.head.pk]
    assert ConsumerCursor.objects.get(name="documents-extraction").sequence < done
    migrate(latest())
    assert [row.asker for row in PutOff.objects.all()] == [world.head.pk]
    consumers.drain("documents-extraction")
    while rereading.read_again():
        pass
    assert VersionText.objects.count() == 2
    assert JournalEntry.objects.filter(action="version.extracted").count() == 2


def test_names_that_are_one_now_both_stay():
    """Two folders of the version before, whose names differ by an apostrophe, are two for ever."""
    world = make_world()
    kept = make_folder(world.space, "L’été")
    migrate([("documents", "0007_stays_behind")])
    state = MigrationExecutor(connection).loader.project_state(("documents", "0007_stays_behind"))
    Old = state.apps.get_model("documents", "Node")
    second = Old.objects.get(pk=kept.pk)
    assert second.name_key == "l’été"
    second.pk, second.name, second.name_key = uuid.uuid4(), "L'été", "l'été"
    second.save(force_insert=True)
    migrate(latest())
    nodes = Node.objects.filter(pk__in=[kept.pk, second.pk])
    assert sorted(node.name for node in nodes) == ["L'été", "L’été"]
    assert len({node.name_key for node in nodes}) == 2
    rename(actor=world.head, node=nodes.get(pk=second.pk), name="Autre")
    assert Node.objects.get(pk=second.pk).name_key == "autre"
