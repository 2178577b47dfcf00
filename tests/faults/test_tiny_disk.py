"""A disk of a few hundred kilobytes, filled until the system itself says that there is no room.

Every door that stores says so, leaves nothing half written, and takes the same thing again once
there is room.
"""

from __future__ import annotations

import errno
import io
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
import tantivy
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation
from PIL import Image as Picture

from directory import trouble
from directory.models import JournalEntry
from documents import blobs
from documents.actions import create_folder
from documents.models import Blob, Node
from intranet.models import SiteImage
from intranet.pictures.completing import complete
from intranet.pictures.preparing import SPECS
from search.engines.tantivy import documents
from tests.documents.conftest import make_world
from tests.documents.factories import content_of
from tests.documents.imports import paths
from tests.documents.test_full_disk import signed_in, signed_out, until_there_is_no_room
from tests.html import value_of
from tests.intranet.factories import make_section
from tests.servers.base import unavailable

KILOBYTE = 1024
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def no_room() -> Iterator[None]:
    """Goes on once the system says that there is no room, and on nothing else."""
    with pytest.raises(OSError) as told:
        yield
    assert told.value.errno == errno.ENOSPC


class TinyDisk:
    """A file system of its own, in memory, of `size` bytes and `names` files and folders."""

    def __init__(self, folder: Path, *, size: int, names: int = 200) -> None:
        folder.mkdir()
        self.folder = folder
        options = f"size={size},nr_inodes={names},mode=700"
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)],
            capture_output=True,
            text=True,
        )
        if made.returncode != 0:
            unavailable(f"no disk of its own may be mounted here: {made.stderr}")
        self._fill = folder / "fill"
        self._fill.mkdir()

    def fill_bytes(self, *, but: int = 0) -> None:
        """Write until no byte fits, then take `but` bytes of it away."""
        with (self._fill / "bytes").open("wb", buffering=0) as file, no_room():
            while True:
                file.write(bytes(4096))
        if but:
            os.truncate(self._fill / "bytes", (self._fill / "bytes").stat().st_size - but)

    def fill_names(self, *, but: int = 0) -> None:
        """Make files until none can be made, then take `but` of them away."""
        with no_room():
            for number in range(10**6):
                (self._fill / str(number)).touch()
        for name in list(self._fill.iterdir())[:but]:
            name.unlink()

    def make_room(self) -> None:
        for path in self._fill.iterdir():
            path.unlink()

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path, settings) -> Iterator[TinyDisk]:
    """A disk of 2 MB for documents and pictures, which they may fill to the brim."""
    made = TinyDisk(tmp_path / "disk", size=2048 * KILOBYTE)
    settings.BLOB_FOLDER = made.folder / "blobs"
    settings.MEDIA_ROOT = str(made.folder / "media")
    settings.DISK_RESERVE_BYTES = 0
    yield made
    made.close()


@pytest.fixture
def world(db):
    return make_world()


def kept(disk: TinyDisk) -> set[str]:
    """What lies on the disk beside its filling and the lock of the store."""
    return {
        str(path.relative_to(disk.folder))
        for path in disk.folder.rglob("*")
        if path.is_file() and path.parent.name != "fill" and path.name != "lock"
    }


def fill(disk: TinyDisk, how: str) -> None:
    {
        "no bytes": disk.fill_bytes,
        "bytes for a part": lambda: disk.fill_bytes(but=80 * KILOBYTE),
        "no names": disk.fill_names,
        "a name for the file alone": lambda: disk.fill_names(but=1),
    }[how]()


FILLINGS = ["no bytes", "bytes for a part", "no names", "a name for the file alone"]
CONTENT = random.Random(1).randbytes(200 * KILOBYTE)
"""Always the same: bytes of one time in 256 lie in a folder that a used store has already."""


def form(client: Client, world) -> str:
    """Send a file by the form; return what is said on the next page."""
    sent = {"file": SimpleUploadedFile("a.bin", CONTENT)}
    answer = client.post(reverse("documents:upload", args=[world.space.root_id]), sent)
    assert answer.status_code == 302
    return client.get(answer["Location"]).content.decode()


def put(client: Client, world) -> str:
    """Send a file as a script does; return what it is told."""
    address = reverse("documents:files", args=[world.space.root_id])
    answer = client.put(f"{address}?name=a.bin", CONTENT, content_type="application/octet-stream")
    assert answer["Content-Type"] == "application/json"
    assert answer.status_code == (507 if "storage_full" in answer.content.decode() else 201)
    return answer.json().get("message", "")


@pytest.mark.parametrize("used", [False, True], ids=["new store", "used store"])
@pytest.mark.parametrize("how", FILLINGS)
@pytest.mark.parametrize("door", [form, put])
def test_a_file_that_does_not_fit_leaves_nothing_and_is_taken_later(disk, world, door, how, used):
    client = signed_in(world.contributor)
    if used:
        blobs.place(blobs.stage([b"there before"]))
    before = kept(disk)
    fill(disk, how)
    for language, words in (("fr", "plus de place"), ("en", "no room left")):
        client.cookies["marigot_language"] = language
        assert words in door(client, world)
        assert kept(disk) == before
        assert not Node.objects.filter(name="a.bin").exists()
        assert not Blob.objects.exists()
    disk.make_room()
    assert "no room left" not in door(client, world)
    assert content_of(Node.objects.get(name="a.bin")) == CONTENT
    assert len(kept(disk) - before) == 1


@pytest.mark.parametrize("how", FILLINGS)
def test_an_import_says_so_and_takes_the_rest_later(disk, world, tmp_path, how):
    share = tmp_path / "share"
    share.mkdir()
    for name in ("a.bin", "b.bin"):
        (share / name).write_bytes(name.encode() + CONTENT[:150_000])
    fill(disk, how)
    with translation.override("en"):
        with pytest.raises(CommandError, match=r"no room left.*What was imported stays"):
            call_command("import_tree", share, space="budgets", stdout=StringIO())
        assert not list((disk.folder / "blobs" / "tmp").glob("*"))
        disk.make_room()
        call_command("import_tree", share, space="budgets", stdout=StringIO())
    assert paths(world.space) == {"/a.bin", "/b.bin"}
    for name in ("a.bin", "b.bin"):
        assert content_of(Node.objects.get(name=name)) == (share / name).read_bytes()
    assert len(kept(disk)) == 2


def noise() -> bytes:
    """A picture that no format makes small: some 120 kB."""
    buffer = io.BytesIO()
    Picture.frombytes("RGB", (200, 200), os.urandom(120_000)).save(buffer, "PNG")
    return buffer.getvalue()


PICTURE = noise()
PICTURE_FILLINGS = {
    "no bytes": lambda disk: disk.fill_bytes(),
    "bytes for a part": lambda disk: disk.fill_bytes(but=80 * KILOBYTE),
    "bytes without what is shown": lambda disk: disk.fill_bytes(but=136 * KILOBYTE),
    "no names": lambda disk: disk.fill_names(),
    "names for the folder alone": lambda disk: disk.fill_names(but=2),
    "names without what is shown": lambda disk: disk.fill_names(but=4),
}


@pytest.mark.parametrize("apart", [False, True], ids=["one disk", "pictures apart"])
@pytest.mark.parametrize("how", PICTURE_FILLINGS)
def test_a_picture_that_does_not_fit_leaves_nothing_and_is_taken_later(
    disk, world, settings, tmp_path, apart, how
):
    if apart:
        settings.BLOB_FOLDER = tmp_path / "blobs"
    make_section(world.finance)
    client = signed_in(world.head)
    address = reverse("wagtailimages:add")

    def send():
        file = SimpleUploadedFile("plan.png", PICTURE)
        fields = {"title": "plan", "scope": world.finance.scope_id, "file": file}
        return client.post(address, fields)

    PICTURE_FILLINGS[how](disk)
    if "without what is shown" in how:
        assert send().status_code == 302
        assert client.get(reverse("wagtailimages:index")).status_code == 200
        assert f"media/{SiteImage.objects.get().file.name}" in kept(disk)
        assert SiteImage.objects.get().renditions.count() < len(SPECS)
        disk.make_room()
        assert complete(set()) == 1
    else:
        answer = send()
        assert answer.status_code == 507
        assert "plus de place" in answer.content.decode()
        assert kept(disk) == set()
        assert not SiteImage.objects.exists()
        assert not JournalEntry.objects.filter(action="image.added").exists()
        disk.make_room()
        assert send().status_code == 302
    image = SiteImage.objects.get()
    assert Path(image.file.path).read_bytes() == PICTURE
    assert client.get(reverse("wagtailimages:index")).status_code == 200
    assert image.renditions.count() == len(SPECS)


@pytest.fixture
def database(transactional_db, tmp_path) -> Iterator[TinyDisk]:
    """A disk of 24 MB with a copy of the database, which is the one in use."""
    if connection.vendor != "sqlite":
        pytest.skip("the disk of PostgreSQL is that of its server")
    disk = TinyDisk(tmp_path / "database", size=24 * KILOBYTE**2)
    usual = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(disk.folder / "copy.sqlite3")])
    connection.close()
    connection.settings_dict["NAME"] = str(disk.folder / "copy.sqlite3")
    yield disk
    connection.close()
    connection.settings_dict["NAME"] = usual
    disk.close()


def brim(disk: TinyDisk, write: Callable[[], object]) -> None:
    """Fill the disk, and the pages that the database has, until there is no room for `write`."""
    disk.fill_bytes()
    until_there_is_no_room(write)


def test_a_folder_is_made_later_and_what_was_entered_is_kept(database):
    world = make_world()
    client = signed_in(world.contributor)
    address = reverse("documents:new_folder", args=[world.space.root_id])
    brim(database, lambda: create_folder(actor=None, parent=world.space.root, name=uuid4().hex))
    nodes, entries = Node.objects.count(), JournalEntry.objects.count()
    for language, words in (("fr", "plus de place"), ("en", "no room left")):
        client.cookies["marigot_language"] = language
        answer = client.post(address, {"name": "Bilans"})
        assert answer.status_code == 507
        assert words in answer.content.decode()
        assert value_of(answer, "name") == "Bilans"
    assert client.get("/spaces/").status_code == 200
    assert (Node.objects.count(), JournalEntry.objects.count()) == (nodes, entries)
    database.make_room()
    assert client.post(address, {"name": "Bilans"}).status_code == 302
    assert Node.objects.filter(name="Bilans").count() == 1
    assert JournalEntry.objects.count() == entries + 1


def test_signing_out_holds_in_the_browser_and_on_the_server_once_there_is_room(database):
    world = make_world()
    client, other = signed_in(world.contributor), signed_in(world.contributor)
    brim(database, lambda: signed_out(world.contributor))
    entries = JournalEntry.objects.count()
    answer = client.post(reverse("directory:sign_out"))
    assert answer.status_code == 507
    assert "fermée dans ce navigateur" in answer.content.decode()
    assert client.get("/spaces/").status_code == 302
    assert JournalEntry.objects.count() == entries
    database.make_room()
    assert other.get("/spaces/").status_code == 200
    assert other.post(reverse("directory:sign_out")).status_code == 302
    assert JournalEntry.objects.filter(action="session.signed_out").count() > 0
    assert other.get("/spaces/").status_code == 302


def test_a_command_says_so_in_a_line(tmp_path):
    made = TinyDisk(tmp_path / "data", size=128 * KILOBYTE)
    try:
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "migrate"],
            env=os.environ | {"MARIGOT_DATA": str(made.folder), "MARIGOT_DATABASE_URL": ""},
            capture_output=True,
            text=True,
        )
    finally:
        made.close()
    assert done.returncode == 1
    assert "there is no room left" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_index_has_its_own_way_to_say_so(tmp_path):
    made = TinyDisk(tmp_path / "data", size=16 * KILOBYTE)
    try:
        made.fill_bytes()
        (made.folder / "index").mkdir()
        with pytest.raises(ValueError) as told:
            tantivy.Index(documents.schema(), path=str(made.folder / "index"))
    finally:
        made.close()
    assert trouble.is_full(told.value)
