"""A store in which something lies in the place of a folder: told, survived, and mended by hand."""

from __future__ import annotations

import shutil
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from config import room
from config.management.failing import told
from directory import consumers
from documents import blobs
from documents.models import Damage, Extraction, Node

from .factories import make_document

CONTENT = b"Bilan"


@pytest.fixture(autouse=True)
def _nothing_kept():
    room.store.forget()


def in_the_place_of(folder: Path) -> Path:
    """Put a plain file where a folder of the store belongs; return where that lies now."""
    aside = folder.with_name("aside")
    if folder.exists():
        folder.rename(aside)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_bytes(b"theirs")
    return aside


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person, backend="directory.backends.DirectoryBackend")
    return client


def put(client: Client, world, name: str = "b.txt"):
    address = reverse("documents:files", args=[world.space.root_id])
    return client.put(f"{address}?name={name}", CONTENT, content_type="application/octet-stream")


def folder_of(world, which: str) -> Path:
    """The folder that the bytes of the tests go through: theirs, that of unfinished ones, all."""
    with blobs.stage([CONTENT]) as staged:
        folder = blobs.path_of(staged.sha256).parent
    return {"bytes": folder, "unfinished": folder.parent / "tmp", "all": folder.parent}[which]


@pytest.mark.parametrize("which", ["bytes", "unfinished", "all"])
def test_who_uploads_is_told_and_nothing_is_lost_or_left(world, which):
    folder = folder_of(world, which)
    aside = in_the_place_of(folder)
    client = signed_in(world.contributor)
    client.cookies["marigot_language"] = "en"
    answer = put(client, world)
    assert answer.status_code == 507
    assert answer.json()["code"] == "storage_broken"
    assert "Nothing was saved" in answer.json()["message"]
    form = {"file": SimpleUploadedFile("a.txt", CONTENT)}
    address = reverse("documents:upload", args=[world.space.root_id])
    shown = client.post(address, form, follow=True)
    assert shown.status_code == 200
    assert "cannot store this file" in shown.content.decode()
    assert set(Node.objects.values_list("name", flat=True)) == {""}  # the roots of spaces
    assert folder.read_bytes() == b"theirs"
    if which == "bytes":
        assert list((folder.parent / "tmp").iterdir()) == []
    folder.unlink()
    if aside.exists():
        aside.rename(folder)
    assert put(client, world).status_code == 201


def test_those_who_run_the_site_are_told_where_and_what_to_do(world):
    admin = signed_in(world.it_admin)
    assert admin.get("/health/ready").json()["parts"]["store"] == "ok"
    assert "ne peuvent pas être enregistrés" not in admin.get("/access/").content.decode()
    folder = folder_of(world, "bytes")
    in_the_place_of(folder)
    room.store.forget()
    overview = admin.get("/access/").content.decode()
    assert "Certains fichiers ne peuvent pas être enregistrés" in overview
    assert f"{folder} n’est pas un dossier" in overview
    assert "MARIGOT_DATA" in overview
    health = Client().get("/health/ready")
    assert health.status_code == 200, "pages are served"
    assert health.json()["parts"]["store"] == "blocked"
    assert health.json()["status"] == "degraded"
    assert str(folder) not in health.content.decode()


def test_the_first_page_of_the_administration_is_there_without_a_store(world):
    in_the_place_of(folder_of(world, "all"))
    assert "n’est pas un dossier" in signed_in(world.it_admin).get("/access/").content.decode()


@pytest.mark.parametrize("accel", ["", "/protected"])
def test_what_lay_there_is_not_sent_and_not_looked_for_in_vain(world, settings, accel):
    settings.ACCEL_LOCATION = accel
    node = make_document(world.space, "bilan.txt", CONTENT)
    sha256 = node.current_version.blob_id
    folder = blobs.path_of(sha256).parent
    aside = in_the_place_of(folder)
    reader = signed_in(world.member)
    answer = reader.get(f"/d/{node.pk}/download")
    assert answer.status_code == 500
    assert "X-Accel-Redirect" not in answer
    assert "endommagé" in answer.content.decode()
    assert "endommagé" in reader.get(f"/d/{node.pk}/").content.decode()
    assert Damage.objects.get().blob_id == sha256
    consumers.drain("documents-extraction")
    assert not Extraction.objects.exists()
    swept = blobs.sweep(age=timedelta(0))
    assert (swept.files, swept.failed) == (0, 1)
    with pytest.raises(CommandError):
        call_command("verify_blobs", stdout=StringIO(), stderr=StringIO())
    folder.unlink()
    aside.rename(folder)
    assert list(blobs.verify()) == [None]
    assert reader.get(f"/d/{node.pk}/download").status_code == 200


def test_an_import_says_where_and_goes_on_later(world, space, share, caplog):
    store = folder_of(world, "all")
    shutil.rmtree(store)
    store.write_bytes(b"theirs")
    with pytest.raises(CommandError) as stopped:
        call_command("import_tree", share, space=space.slug, stdout=StringIO())
    cause = stopped.value.__cause__
    assert told(cause) in str(stopped.value)
    assert str(store) in told(cause)
    assert told(cause) in caplog.messages
    store.unlink()
    call_command("import_tree", share, space=space.slug, stdout=StringIO())
    assert Node.objects.filter(name="primitif.txt").count() == 1


def test_a_command_that_it_ends_names_the_setting(world):
    in_the_place_of(folder_of(world, "unfinished"))
    with pytest.raises(blobs.StorageBroken) as broken:
        blobs.stage([b"a"])
    assert "MARIGOT_DATA" in told(broken.value)
    assert "tmp" in told(broken.value)
