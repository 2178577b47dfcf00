"""The blob store: durable before it counts, each content once, nothing half."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from directory import consumers, periodic
from directory.models import JournalEntry
from documents import blobs, upkeep
from documents.actions import restore_version
from documents.blobs import staging
from documents.extraction import TextExtraction
from documents.importing import Importer
from documents.models import Blob, Damage, Extraction

from .factories import make_document, make_version

PNG = b"\x89PNG\r\n\x1a\n"


def files(folder):
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "lock")


def age(path, hours):
    old = time.time() - hours * 3600
    os.utime(path, (old, old))


def touch_after(path, moment):
    """Change the file's times until the file system's clock, a coarse one, is past `moment`."""
    while path.stat().st_ctime <= moment.timestamp():
        age(path, 30)


def test_bytes_lie_under_their_hash_and_nowhere_else(blob_folder):
    content = os.urandom(3_000_000)
    with blobs.stage([content[:10], content[10:]]) as staged:
        assert (staged.sha256, staged.size) == (hashlib.sha256(content).hexdigest(), len(content))
        blobs.place(staged)
    assert files(blob_folder) == [blobs.path_of(staged.sha256)]
    assert blobs.path_of(staged.sha256).read_bytes() == content
    assert blobs.path_of(staged.sha256).stat().st_mode & 0o777 == 0o440


def test_the_same_bytes_are_kept_once(blob_folder):
    for _ in range(2):
        with blobs.stage([b"same"]) as staged:
            blobs.place(staged)
    assert len(files(blob_folder)) == 1


def test_what_is_not_placed_leaves_nothing(blob_folder):
    with blobs.stage([b"thrown away"]):
        pass
    with pytest.raises(ZeroDivisionError):
        blobs.stage(b"x" * (1 // (3 - i)) for i in range(5))
    assert files(blob_folder) == []


def test_a_file_beyond_the_limit_is_refused_and_leaves_nothing(blob_folder, settings):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    with pytest.raises(blobs.TooLarge, match="1"):
        blobs.stage([b"x" * 600_000, b"x" * 600_000])
    assert files(blob_folder) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_is_told_and_leaves_nothing(blob_folder):
    staged = staging.Staged()
    staged._file.close()
    staged._file = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115
    with pytest.raises(blobs.StorageFull) as told:
        staged.write(b"x" * 100)
    assert told.value.__cause__.errno == errno.ENOSPC
    assert files(blob_folder) == []


def test_a_file_cut_short_by_the_disk_is_replaced_by_the_next_upload_of_it(blob_folder):
    with blobs.stage([b"whole content"]) as staged:
        blobs.place(staged)
    path = blobs.path_of(staged.sha256)
    path.chmod(0o640)
    path.write_bytes(b"who")
    with blobs.stage([b"whole content"]) as again:
        blobs.place(again)
    assert path.read_bytes() == b"whole content"


def test_many_are_placed_at_once(blob_folder):
    batch = [staging.Staged() for _ in range(40)]
    for number, staged in enumerate(batch):
        staged.write(str(number % 30).encode())
    blobs.place_all(batch)
    assert len(files(blob_folder)) == 30
    assert blobs.path_of(batch[39].sha256).read_bytes() == b"9"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63])
def test_only_a_hash_leads_to_a_path(name):
    with pytest.raises(ValueError):
        blobs.path_of(name)


@pytest.mark.django_db
def test_the_sweep_takes_old_garbage_and_nothing_else(blob_folder, world):
    node = make_document(world.space, content=b"kept")
    kept = blobs.path_of(node.current_version.blob_id)
    with blobs.stage([b"garbage"]) as garbage:
        blobs.place(garbage)
    with blobs.stage([b"young"]) as young:
        blobs.place(young)
    unfinished = staging.Staged()
    for path in (kept, blobs.path_of(garbage.sha256), unfinished.path):
        age(path, 30)
    assert blobs.sweep(dry_run=True).files == 2
    assert len(files(blob_folder)) == 4
    swept = blobs.sweep()
    assert (swept.files, swept.bytes, swept.young) == (2, len(b"garbage"), 1)
    assert files(blob_folder) == sorted([kept, blobs.path_of(young.sha256)])
    unfinished.discard()


def test_the_worker_sweeps_once_a_day(blob_folder, db, monkeypatch):
    with blobs.stage([b"garbage"]) as garbage:
        blobs.place(garbage)
    age(blobs.path_of(garbage.sha256), 30)
    sweep = periodic.get("documents.sweep")
    assert sweep.every == timedelta(days=1)
    assert not periodic.attempt(sweep).failures
    assert files(blob_folder) == []
    monkeypatch.setattr(upkeep, "swept", lambda: blobs.Swept(failed=2))
    assert periodic.attempt(sweep).failure == "NotAllSwept: 2 could not be swept."


def test_the_tables_of_sqlite_are_looked_at_once_a_day(db):
    look = periodic.get("directory.statistics")
    assert look.every == timedelta(days=1)
    assert periodic.attempt(look).due_at > timezone.now(), "no more is to be done today"
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'django_migrations'")
            assert cursor.fetchone()[0], "the tables were looked at"


def test_what_somebody_counts_on_again_is_young_again(blob_folder, db):
    for _ in range(2):
        with blobs.stage([b"found again"]) as staged:
            blobs.place(staged)
        if _ == 0:
            age(blobs.path_of(staged.sha256), 30)
    assert blobs.sweep(age=timedelta(hours=24)).files == 0


@pytest.mark.django_db
def test_the_scrub_tells_what_is_missing_or_changed(blob_folder, world):
    good, lost, bad = (make_document(world.space, f"{n}.txt", n.encode()) for n in "abc")
    blobs.path_of(lost.current_version.blob_id).unlink()
    path = blobs.path_of(bad.current_version.blob_id)
    path.chmod(0o640)
    path.write_bytes(b"d")
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="2"):
        call_command("verify_blobs", stdout=out, stderr=err)
    assert lost.current_version.blob_id in err.getvalue()
    assert bad.current_version.blob_id in err.getvalue()
    assert good.current_version.blob_id not in err.getvalue()
    assert Blob.objects.get(pk=good.current_version.blob_id).verified_at is not None
    assert Blob.objects.get(pk=bad.current_version.blob_id).verified_at is None


@pytest.mark.django_db
def test_the_commands_say_what_they_did(blob_folder, world):
    make_document(world.space)
    out = StringIO()
    call_command("verify_blobs", stdout=out)
    call_command("sweep_blobs", stdout=out)
    assert "1 " in out.getvalue()
    with pytest.raises(CommandError):
        call_command("sweep_blobs", "--hours", "0")


def spoil(sha256: str, content: bytes) -> None:
    """Write something else over a blob, as a fault or a program would."""
    path = blobs.path_of(sha256)
    path.chmod(0o640)
    path.write_bytes(content)


def test_as_many_other_bytes_are_not_shared_but_replaced(blob_folder):
    with blobs.stage([b"whole content"]) as staged:
        blobs.place(staged)
    spoil(staged.sha256, b"WHOLE CONTENT")
    for many in (False, True):
        with blobs.stage([b"whole content"]) as again:
            blobs.place_all([again]) if many else blobs.place(again)
        assert blobs.path_of(staged.sha256).read_bytes() == b"whole content"
        spoil(staged.sha256, b"WHOLE CONTENT")


@pytest.mark.parametrize("how", ["other bytes", "shorter", "missing"])
def test_damaged_bytes_are_not_sent_and_operators_are_told(world, client, settings, how):
    node = make_document(world.space, "bilan.txt", b"Bilan")
    sha256 = node.current_version.blob_id
    if how == "missing":
        blobs.path_of(sha256).unlink()
    else:
        spoil(sha256, b"Faux!" if how == "other bytes" else b"Bil")
    client.force_login(world.member, backend="directory.backends.DirectoryBackend")
    for accel in ("", "/protected"):
        settings.ACCEL_LOCATION = accel
        answer = client.get(f"/d/{node.pk}/download")
        assert answer.status_code == 500
        assert "X-Accel-Redirect" not in answer
        assert "endommagé" in answer.content.decode()
        assert b"Faux!" not in answer.content
    assert "endommagé" in client.get(f"/d/{node.pk}/").content.decode()
    client.force_login(world.it_admin, backend="directory.backends.DirectoryBackend")
    overview = client.get("/access/").content.decode()
    assert f"/d/{node.pk}/" in overview
    assert "bilan.txt" not in overview
    assert JournalEntry.objects.filter(action="blob.damaged").count() == 1


def test_a_damaged_image_is_not_shown(world, client):
    node = make_document(world.space, "plan.png", PNG + b"Bilan")
    client.force_login(world.member, backend="directory.backends.DirectoryBackend")
    address = f"/d/{node.pk}/v/1/preview"
    assert address in client.get(f"/d/{node.pk}/").content.decode()
    spoil(node.current_version.blob_id, PNG + b"Faux!")
    page = client.get(f"/d/{node.pk}/").content.decode()
    assert "endommagé" in page
    assert address not in page
    assert Damage.objects.exists()
    answer = client.get(address)
    assert answer.status_code == 500
    assert "endommagé" in answer.content.decode()


def test_the_text_of_damaged_bytes_is_not_kept(world, client, monkeypatch):
    node = make_document(world.space, "bilan.txt", b"Bilan")
    spoil(node.current_version.blob_id, b"Faux!")
    monkeypatch.setattr(TextExtraction, "max_attempts", 1)
    consumers.drain("documents-extraction")
    assert not Extraction.objects.exists()
    assert Damage.objects.get().blob_id == node.current_version.blob_id
    client.force_login(world.member, backend="directory.backends.DirectoryBackend")
    page = client.get(f"/d/{node.pk}/").content.decode()
    assert "endommagé" in page
    assert "Faux!" not in page


@pytest.mark.parametrize("how", ["upload", "version", "import", "backup"])
def test_good_bytes_heal_what_was_damaged(world, client, tmp_path, how):
    node = make_document(world.space, "bilan.txt", b"Bilan")
    sha256 = node.current_version.blob_id
    spoil(sha256, b"Faux!")
    client.force_login(world.member, backend="directory.backends.DirectoryBackend")
    assert client.get(f"/d/{node.pk}/download").status_code == 500
    if how == "upload":
        make_document(world.space, "copie.txt", b"Bilan")
    elif how == "version":
        make_version(node, b"Bilan")
    elif how == "import":
        (tmp_path / "share").mkdir()
        (tmp_path / "share" / "a.txt").write_bytes(b"Bilan")
        os.utime(tmp_path / "share" / "a.txt", (0, 1_000_000_000))
        Importer(tmp_path / "share", world.space.root).run()
    else:
        spoil(sha256, b"Bilan")
    answer = client.get(f"/d/{node.pk}/download")
    assert b"".join(answer.streaming_content) == b"Bilan"
    assert not Damage.objects.exists()
    assert JournalEntry.objects.filter(action="blob.healed").count() == 1


def in_place_of(path: Path, what: str, tmp_path: Path) -> None:
    """Put something else where the bytes of a blob lay, at some time before they came."""
    path.unlink()
    if what == "link":
        path.symlink_to(tmp_path / "older")
    elif what == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
        (path / "theirs").write_bytes(b"kept")


@pytest.mark.parametrize("what", ["link", "pipe", "folder"])
def test_what_is_no_file_is_never_sent_and_gives_way_to_good_bytes(world, client, tmp_path, what):
    older = tmp_path / "older"
    older.write_bytes(b"Faux!")
    node = make_document(world.space, "bilan.txt", b"Bilan")
    sha256 = node.current_version.blob_id
    Blob.objects.filter(pk=sha256).update(
        verified_at=datetime.fromtimestamp(older.stat().st_ctime + 1, UTC)
    )
    in_place_of(blobs.path_of(sha256), what, tmp_path)
    client.force_login(world.contributor, backend="directory.backends.DirectoryBackend")
    assert client.get(f"/d/{node.pk}/download").status_code == 500
    assert [problem and problem.what for problem in blobs.verify()] == ["no file of the store"]
    blobs.sweep(age=timedelta(0))
    address = reverse("documents:files", args=[world.space.root_id])
    sent = client.put(f"{address}?name=b.txt", b"Bilan", content_type="application/octet-stream")
    assert sent.status_code == 201
    answer = client.get(f"/d/{node.pk}/download")
    assert b"".join(answer.streaming_content) == b"Bilan"
    assert not Damage.objects.exists()
    # A folder is no garbage of ours: it lies beside.
    assert len(list(blobs.path_of(sha256).parent.glob("*/theirs"))) == (what == "folder")


def test_an_untouched_blob_is_not_read_before_it_is_sent(world, django_assert_num_queries):
    sha256 = make_document(world.space, "bilan.txt", b"Bilan").current_version.blob_id
    with django_assert_num_queries(1):
        blobs.require_intact(sha256)
    touch_after(blobs.path_of(sha256), Blob.objects.get(pk=sha256).created_at)
    blobs.require_intact(sha256)  # read once more, and that is noted
    assert Blob.objects.get(pk=sha256).verified_at is not None
    with django_assert_num_queries(1):
        blobs.require_intact(sha256)


def test_a_damaged_version_is_not_made_the_newest(world):
    node = make_document(world.space, "bilan.txt", b"Bilan")
    make_version(node, b"Autre")
    spoil(node.versions.get(number=1).blob_id, b"Faux!")
    with pytest.raises(blobs.Damaged):
        restore_version(actor=None, node=node, number=1)
    assert node.versions.count() == 2


def test_the_scrub_notes_what_it_finds_and_clears_what_is_whole_again(world):
    node = make_document(world.space, "bilan.txt", b"Bilan")
    sha256 = node.current_version.blob_id
    spoil(sha256, b"Faux!")
    assert [problem.sha256 for problem in blobs.verify()] == [sha256]
    assert Damage.objects.get().blob_id == sha256
    spoil(sha256, b"Bilan")
    assert list(blobs.verify()) == [None]
    assert not Damage.objects.exists()
