"""A full disk: every door says so, keeps what was entered, and has done nothing by halves."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from directory import consumers, journal, trouble
from directory.consumers.runner import Runner, TryLater
from directory.models import JournalEntry, ParkedEntry
from documents import blobs
from documents.actions import create_folder
from documents.models import Node
from tests.directory.factories import event
from tests.html import element, value_of

from .factories import make_document


def signed_out(person) -> None:
    with journal.transaction():
        journal.append(event("session.signed_out"), obj=person, actor=person)


def signed_in(person) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person, backend="directory.backends.DirectoryBackend")
    return client


def until_there_is_no_room(write: Callable[[], object]) -> None:
    """Write until nothing fits: the pages there are may have room for a row in some place."""
    refused = 0
    while refused < 10:
        try:
            write()
            refused = 0
        except OperationalError as error:
            assert trouble.is_full(error)  # noqa: PT017
            assert "full" in str(error)  # noqa: PT017
            refused += 1


@pytest.fixture
def brim(transactional_db):
    """`brim(write)` fills the database until there is no room for what `write` writes."""
    if connection.vendor != "sqlite":
        pytest.skip("the room of PostgreSQL cannot be bounded from here")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filling (bytes BLOB)")

    def fill(write) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count={cursor.fetchone()[0]}")
            for size in (3000, 100):  # no page is left
                with pytest.raises(OperationalError, match="full"):
                    while True:
                        cursor.execute("INSERT INTO filling VALUES (zeroblob(%s))", [size])
        until_there_is_no_room(write)

    yield fill
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count=1073741823")
        cursor.execute("DROP TABLE filling")


def test_a_form_says_so_and_holds_what_was_entered(brim, world):
    client = signed_in(world.contributor)
    address = reverse("documents:new_folder", args=[world.space.root_id])
    brim(lambda: create_folder(actor=world.head, parent=world.space.root, name=uuid.uuid4().hex))
    nodes, entries = Node.objects.count(), JournalEntry.objects.count()
    answer = client.post(address, {"name": "Bilans de l’année"})
    assert answer.status_code == 507
    shown = answer.content.decode()
    assert "Le serveur n’a plus de place" in shown
    assert value_of(element(answer, f"form[action='{address}']"), "name") == "Bilans de l’année"
    assert (Node.objects.count(), JournalEntry.objects.count()) == (nodes, entries)
    client.cookies["marigot_language"] = "en"
    assert "no room left" in client.post(address, {"name": "a"}).content.decode()
    assert client.get("/spaces/").status_code == 200


def test_signing_out_works_in_the_browser_and_says_the_rest(brim, world):
    client = signed_in(world.contributor)
    brim(lambda: signed_out(world.contributor))
    answer = client.post(reverse("directory:sign_out"))
    assert answer.status_code == 507
    assert "fermée dans ce navigateur" in answer.content.decode()
    assert client.get("/spaces/").status_code == 302


def test_an_import_says_so_and_goes_on_later(brim, world, space, share):
    brim(lambda: signed_out(world.contributor))
    with pytest.raises(CommandError, match="no room left"):
        call_command("import_tree", share, space=space.slug, stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count=1073741823")
    call_command("import_tree", share, space=space.slug, stdout=StringIO())
    assert Node.objects.filter(name="primitif.txt").count() == 1


class Filling(consumers.Consumer):
    """Finds no room."""

    name = "test-filling"
    max_attempts = 1

    def wants(self, entry):
        return True

    def handle(self, entries):
        raise OSError(28, "No space left on device")


def test_a_worker_waits_for_room_and_parks_nothing(world):
    runner = Runner(Filling())
    with pytest.raises(TryLater):
        while True:
            runner.drain()
            make_document(world.space)
    assert not ParkedEntry.objects.exists()


def test_the_reserve_is_kept_at_every_door_for_files(world, settings, share):
    settings.DISK_RESERVE_BYTES = 1 << 60
    client = signed_in(world.contributor)
    sent = {"file": SimpleUploadedFile("a.txt", b"content")}
    client.post(reverse("documents:upload", args=[world.space.root_id]), sent)
    assert "plus de place" in client.get("/spaces/budgets/").content.decode()
    with pytest.raises(CommandError, match="place"):
        call_command("import_tree", share, space="budgets", stdout=StringIO())
    with pytest.raises(blobs.StorageFull) as told:
        blobs.stage([b"a"])
    assert trouble.is_full(told.value)
    assert not Node.objects.filter(name="a.txt").exists()
    client = signed_in(world.it_admin)
    assert "Le disque est plein" in client.get("/access/").content.decode()


def test_the_causes_of_an_error_tell_of_a_full_disk():
    gave_up = RuntimeError("a library gave up")
    gave_up.__cause__ = OSError(122, "Disk quota exceeded")
    assert trouble.is_full(gave_up)
    assert not trouble.is_full(OSError(5, "Input/output error"))
    assert not trouble.is_full(OperationalError("no such table"))
