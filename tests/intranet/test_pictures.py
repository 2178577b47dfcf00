"""Pictures are decoded by a confined child, before the transaction, within a limit."""

from __future__ import annotations

import io
import re
import threading
from pathlib import Path

import pytest
import wagtail.admin
import wagtail.images
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from PIL import Image as Pillow
from wagtail.images.models import Filter, SourceImageIOError
from wagtail.models import UploadedFile

import intranet
from directory import journal
from directory.models import JournalEntry
from intranet.models import SiteImage
from intranet.pictures import looking
from intranet.pictures.completing import complete
from intranet.pictures.preparing import SPECS, prepared
from tests.directory.factories import event

from .factories import make_image, make_note, png

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

TAG = re.compile(r"{%\s*(?:image|picture|srcset_image) (.*?)%}")
ATTRIBUTE = re.compile(r"""[\w-]+=("[^"]*"|\S+)""")
SIDEWAYS = Pillow.Exif()
SIDEWAYS[0x0112] = 6


@pytest.fixture(autouse=True)
def _nothing_is_decoded_here():
    """Have Pillow refuse every picture in this process; the child has its own Pillow."""
    usual, Pillow.MAX_IMAGE_PIXELS = Pillow.MAX_IMAGE_PIXELS, 1
    yield
    Pillow.MAX_IMAGE_PIXELS = usual


def picture(kind: str, size=(60, 40), mode="RGB", **options) -> bytes:
    buffer = io.BytesIO()
    color = {"P": 3, "I;16": 30_000, "1": 1}.get(mode, "teal")
    Pillow.new(mode, size, color).save(buffer, kind, **options)
    return buffer.getvalue()


def send(client, scope, content: bytes, name: str = "plan.png", door="wagtailimages:add"):
    prefix = "image-chooser-upload-" if "chooser" in door else ""
    data = {"title": "plan", "scope": scope.pk, "file": SimpleUploadedFile(name, content)}
    return client.post(reverse(door), {f"{prefix}{key}": value for key, value in data.items()})


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [
        ("a.png", picture("PNG", mode="RGBA"), (30, 20)),
        ("a.jpg", picture("JPEG"), (30, 20)),
        ("turned.jpg", picture("JPEG", exif=SIDEWAYS), (30, 45)),
        ("a.gif", picture("GIF", mode="P"), (30, 20)),
        ("a.webp", picture("WEBP"), (30, 20)),
        ("a.avif", picture("AVIF"), (30, 20)),
        ("scan.png", picture("PNG", mode="I;16"), (30, 20)),
        ("fax.png", picture("PNG", mode="1", transparency=1), (30, 20)),
    ],
)
def test_every_format_is_taken_and_rendered_without_decoding_here(
    sign_in, finance, head, name, content, shown
):
    client = sign_in(head)
    assert send(client, finance.scope, content, name).status_code == 302
    image = SiteImage.objects.get()
    assert (image.width, image.height) == (60, 40)
    for spec, kind in [("width-30|format-webp", "webp"), ("width-30|format-jpeg", "jpeg")]:
        rendition = image.get_rendition(spec)
        assert (rendition.width, rendition.height) == shown
        sent = b"".join(client.get(rendition.url).streaming_content)
        assert looking.look_at(sent).format == kind


def test_a_large_scan_of_sixteen_bits_is_shown(sign_in, finance, head):
    sent = picture("PNG", (2000, 1500), "I;16")
    assert send(sign_in(head), finance.scope, sent, "plan.png").status_code == 302
    assert SiteImage.objects.get().renditions.count() == len(SPECS)


def test_the_choosers_upload_and_a_page_show_it(sign_in, finance, head):
    client = sign_in(head)
    answer = send(client, finance.scope, png(), door="wagtailimages_chooser:create")
    assert answer.json()["result"]["preview"]["width"] == 60
    value = {"image": SiteImage.objects.get().pk, "alt_text": "A plan", "decorative": False}
    note = make_note(finance, "note", body=[{"type": "image", "value": value}])
    shown = client.get(note.address_own).content.decode()
    assert "/images/images/" in shown


@pytest.mark.parametrize(
    "door", ["wagtailimages:add", "wagtailimages_chooser:create", "wagtailimages:add_multiple"]
)
@pytest.mark.parametrize(
    ("language", "content", "said"),
    [
        ("fr", picture("PNG", (11200, 11200), "L"), "125,4 mégapixels"),
        ("en", picture("PNG", (11200, 11200), "L"), "125.4 megapixels"),
        ("fr", png(size=(400, 400))[:300], "ne peut pas être lue"),
        ("en", b"no picture at all", "cannot be read"),
    ],
)
def test_what_is_too_large_or_broken_is_refused_in_words(
    sign_in, finance, head, door, language, content, said
):
    client = sign_in(head)
    client.cookies["marigot_language"] = language
    if door == "wagtailimages:add_multiple":
        answer = client.post(reverse(door), {"files[]": SimpleUploadedFile("a.png", content)})
        assert said in answer.json()["error_message"]
    else:
        answer = send(client, finance.scope, content, door=door)
        assert answer.status_code == 200
        assert said in (str(answer.json()) if "chooser" in door else answer.content.decode())
    assert not SiteImage.objects.exists()
    assert not JournalEntry.objects.filter(action="image.added").exists()


def costly(times: int) -> bytes:
    """A progressive JPEG of one megapixel, one of whose passes is there `times` times."""
    content = picture("JPEG", (1000, 1000), "L", progressive=True)
    parts, at = [], 2
    while content[at + 1] != 0xD9:
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4])
        if content[at + 1] == 0xDA:  # a pass goes on until the next marker
            while content[end] != 0xFF or content[end + 1] == 0:
                end += 1
        parts.append(content[at:end])
        at = end
    last = parts[-1]
    assert last[1] == 0xDA
    return content[:at] + last * times + content[at:]


@pytest.mark.parametrize(
    ("language", "said"), [("fr", "prend trop de temps"), ("en", "takes too long")]
)
def test_a_picture_that_takes_too_much_processor_time_is_refused_in_words(
    sign_in, finance, head, language, said
):
    client = sign_in(head)
    client.cookies["marigot_language"] = language
    answer = send(client, finance.scope, costly(60_000), "a.jpg")
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not SiteImage.objects.exists()


def test_what_pages_and_the_admin_show_is_there_when_a_picture_comes(sign_in, finance, head):
    """Also of a file that takes the place of another."""
    client = sign_in(head)
    send(client, finance.scope, png(size=(1200, 900)))
    image = SiteImage.objects.get()
    before = set(image.renditions.values_list("file", flat=True))
    assert set(image.renditions.values_list("filter_spec", flat=True)) == set(SPECS)
    data = {"title": "plan", "scope": finance.scope.pk, "description": ""}
    data["file"] = SimpleUploadedFile("b.png", png("red", size=(1000, 900)))
    assert client.post(reverse("wagtailimages:edit", args=[image.pk]), data).status_code == 302
    image = SiteImage.objects.get()
    assert image.width == 1000
    assert set(image.renditions.values_list("filter_spec", flat=True)) == set(SPECS)
    assert not before & set(image.renditions.values_list("file", flat=True))
    assert image.get_rendition("original").url == image.file.url


def test_several_pictures_at_once_come_with_what_is_shown_of_them(sign_in, finance, head):
    client = sign_in(head)
    client.post(
        reverse("wagtailimages:add_multiple"), {"files[]": SimpleUploadedFile("a.png", png())}
    )
    kept = UploadedFile.objects.get()
    sent = {"title": "plan", "description": "", "scope": finance.scope.pk}
    address = reverse("wagtailimages:create_multiple_from_uploaded_image", args=[kept.pk])
    client.post(address, {f"uploaded-image-{kept.pk}-{key}": value for key, value in sent.items()})
    assert SiteImage.objects.get().renditions.count() == len(SPECS)


def test_no_template_shows_a_picture_otherwise():
    """What a template shows is rendered when the picture comes, or it would never be."""
    shown = set()
    for module in (wagtail.images, wagtail.admin, intranet):
        for template in Path(module.__file__).parent.rglob("templates/**/*.html"):
            for tag in TAG.findall(template.read_text()):
                _image, *specs = ATTRIBUTE.sub("", tag).partition(" as ")[0].split()
                shown |= set(Filter.expand_spec(specs))
    assert shown - {"original"} == set(SPECS)


def test_what_cannot_be_rendered_is_tried_once(finance, caplog):
    image, other = make_image(finance.scope), make_image(finance.scope)
    Path(image.file.path).write_bytes(b"spoilt")
    refused: set[str] = set()
    assert complete(refused) == 2
    assert refused == {image.file.name}
    assert other.renditions.count() == len(SPECS)
    assert complete(refused) == 0
    assert caplog.text.count("shown nowhere") == 1


def test_nothing_is_decoded_inside_a_transaction(finance):
    image = make_image(finance.scope)
    with journal.transaction():
        with pytest.raises(looking.NotInside):
            looking.look_at(picture("PNG", (70, 50)))
        with pytest.raises(SourceImageIOError):
            image.get_rendition("width-10")
    with prepared([png(size=(70, 50))]), journal.transaction():
        other = SiteImage(
            title="a", scope=finance.scope, file=ContentFile(png(size=(70, 50)), name="a.png")
        )
        other.save()
        assert other.get_rendition("max-165x165").width == 70
    assert image.get_rendition("width-10").width == 10


@pytest.mark.parametrize("door", ["wagtailimages:add", "wagtailimages_chooser:create"])
def test_a_form_with_more_pictures_than_forms_bring_is_refused(sign_in, finance, head, door):
    prefix = "image-chooser-upload-" if "chooser" in door else ""
    more = {f"x{number}": SimpleUploadedFile("x.txt", b"x") for number in range(4)}
    sent = {"title": "plan", "scope": finance.scope.pk, "file": SimpleUploadedFile("a.png", png())}
    data = more | {f"{prefix}{key}": value for key, value in sent.items()}
    assert sign_in(head).post(reverse(door), data).status_code == 400
    assert not SiteImage.objects.exists()


def test_the_limit_is_a_setting_and_counts_every_frame(settings):
    settings.PICTURE_MAX_PIXELS = 60 * 40 * 2
    frames = [Pillow.new("RGB", (60, 40), color) for color in ("teal", "red", "white")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(looking.TooManyPixels):
        looking.look_at(buffer.getvalue())
    assert looking.look_at(picture("GIF", mode="P")).frames == 1


@pytest.mark.django_db(transaction=True)
def test_others_write_while_a_picture_is_being_decoded(sign_in, finance, head):
    client = sign_in(head)
    answers = []

    def upload():
        try:
            answers.append(send(client, finance.scope, png()).status_code)
        finally:
            connection.close()

    # Every child is taken: the picture waits for its turn, as it would beside slow ones.
    for _ in range(looking.AT_ONCE):
        looking._children.acquire()
    thread = threading.Thread(target=upload)
    thread.start()
    try:
        for number in range(3):
            with journal.transaction():
                journal.append(event("test.written"), actor=None, payload={"number": number})
        assert not answers
    finally:
        for _ in range(looking.AT_ONCE):
            looking._children.release()
    thread.join()
    assert answers == [302]
    assert SiteImage.objects.count() == 1


def test_a_picture_that_can_no_longer_be_read_leaves_its_page_standing(finance, sign_in, head):
    image = make_image(finance.scope)
    Path(image.file.path).write_bytes(b"spoilt")
    value = {"image": image.pk, "alt_text": "A plan", "decorative": False}
    note = make_note(finance, "note", body=[{"type": "image", "value": value}])
    assert sign_in(head).get(note.address_own).status_code == 200
