"""Files of pictures that no row names are cleared away, and no others."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import transaction
from wagtail.models import UploadedFile

from documents import upkeep
from documents.upkeep import AGE
from intranet.lock.viewing import looking_as
from intranet.pictures.sweeping import FOLDERS, sweep
from tests.directory.factories import make_person, make_service
from tests.racing import at_once

from .factories import make_image, make_section, png

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.BLOB_FOLDER = tmp_path / "blobs"
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def scope(db):
    """Where pictures stand: that of a service with a section."""
    service = make_service("finance")
    make_section(service)
    return service.scope


def files(media: Path) -> set[str]:
    return {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}


def grow_old(media: Path) -> None:
    old = time.time() - (AGE + timedelta(hours=1)).total_seconds()
    for path in media.rglob("*"):
        os.utime(path, (old, old))


def roll_back_a_picture(scope) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        make_image(scope).get_rendition("width-20")
        raise ZeroDivisionError


def test_the_file_of_a_picture_whose_transaction_was_rolled_back_goes(media, scope):
    kept = make_image(scope)
    rendition = kept.get_rendition("width-20")
    waiting = UploadedFile.objects.create(file=ContentFile(png(), name="waiting.png"))
    there = {kept.file.name, rendition.file.name, waiting.file.name}
    roll_back_a_picture(scope)
    left = files(media) - there
    assert {name.partition("/")[0] for name in left} == {"original_images", "images"}
    size = sum((media / name).stat().st_size for name in left)
    assert upkeep.swept().young == len(left), "those may be of a transaction under way"
    grow_old(media)
    (media / "images" / "theirs").mkdir()
    said = StringIO()
    call_command("sweep_blobs", "--dry-run", stdout=said)
    assert files(media) == there | left
    call_command("sweep_blobs", stdout=said)
    assert said.getvalue().count(f"2 files ({size} bytes)") == 2
    assert files(media) == there


def test_what_cannot_be_swept_is_told_and_stops_nothing(media, scope, settings, caplog):
    """A name of bytes that are no UTF-8, a folder whose files nobody may delete, a whole sweep."""
    roll_back_a_picture(scope)
    left = [path for path in media.rglob("*") if path.is_file()]
    odd = os.fsencode(media) + b"/original_images/a\nb-\xe9.png"
    Path(os.fsdecode(odd)).write_bytes(b"theirs")
    grow_old(media)
    (media / "wagtail_uploads").symlink_to("/proc/self/ns")
    settings.BLOB_FOLDER = "no\0path"
    swept = upkeep.swept(age=timedelta(hours=-1))  # those of /proc are of now
    assert not any(path.exists() for path in left)
    assert os.path.exists(odd)  # noqa: PTH110  (pathlib takes no bytes)
    assert swept.failed == 2 + len(list(Path("/proc/self/ns").iterdir()))
    assert "a\\nb-\\udce9.png" in caplog.text
    assert "A sweep of documents.blobs.sweeping failed" in caplog.text
    with pytest.raises(CommandError, match="could not be swept"):
        call_command("sweep_blobs", "--dry-run", stdout=StringIO())


def test_whoever_looks_takes_no_picture_from_others(media, scope):
    kept = make_image(scope)
    grow_old(media)
    with looking_as(make_person("sam.stranger")):
        assert sweep(age=AGE, dry_run=False).files == 0
    assert files(media) == {kept.file.name}


@pytest.mark.django_db(transaction=True)
def test_the_file_of_a_row_that_is_being_written_stays(media, scope):
    with transaction.atomic():
        image = make_image(scope)
        (found,) = at_once(lambda: sweep(age=AGE, dry_run=False))
    assert (found.files, found.young) == (0, 1)
    assert files(media) == {image.file.name}


def test_each_folder_is_that_of_its_field(scope):
    image = make_image(scope)
    waiting = UploadedFile.objects.create(file=ContentFile(png(), name="waiting.png"))
    for kept in (image, image.get_rendition("width-20"), waiting):
        assert FOLDERS[kept.file.name.partition("/")[0]] is type(kept)
