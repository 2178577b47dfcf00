"""Images: who sees them, who puts them where."""

from __future__ import annotations

import mimetypes
import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import UploadedFile

from directory.access import Level
from directory.models import JournalEntry, Role
from intranet.models import NotePage, SiteImage
from intranet.pictures.completing import complete
from tests.directory.factories import give, group_of, join, make_person
from tests.html import has
from tests.kept import kept

from .factories import make_image, make_note, make_section, png

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@kept
def finance(finance):
    make_section(finance)
    return finance


@kept
def schools(schools):
    make_section(schools)
    return schools


def upload(name="picture.png"):
    return SimpleUploadedFile(name, png(), content_type="image/png")


def test_an_image_and_its_renditions_have_one_door(sign_in, finance, head, other):
    image = make_image(finance.scope)
    rendition = image.get_rendition("width-20")
    for address in (image.file.url, rendition.url):
        answer = sign_in(head).get(address)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/png"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "no-store" in answer["Cache-Control"]
        assert b"".join(answer.streaming_content)
        assert sign_in(other).get(address).status_code == 404
        assert sign_in(other).head(address).status_code == 404


@pytest.mark.parametrize("ending", ["avif", "webp"])
def test_a_picture_is_shown_whatever_types_the_machine_knows(
    sign_in, finance, head, monkeypatch, ending
):
    """What Python itself knows of them differs, and Debian’s list of types need not be there."""
    monkeypatch.setattr(mimetypes, "guess_type", mimetypes.MimeTypes(filenames=()).guess_type)
    image = make_image(finance.scope)
    image.file.save(f"picture.{ending}", SimpleUploadedFile("x", png()))
    answer = sign_in(head).get(image.file.url)
    assert answer["Content-Type"] == f"image/{ending}"
    assert answer["Content-Disposition"].startswith("inline")


@pytest.mark.parametrize(
    "name", ["original_images/", "../test.sqlite3", "%2e%2e/test.sqlite3", "original_images/../x"]
)
def test_no_other_file_comes_out_of_that_door(sign_in, head, name):
    assert sign_in(head).get(f"/images/{name}").status_code == 404


def test_a_page_shows_an_image_as_far_as_its_reader_sees_it(sign_in, finance, schools, head, other):
    image = make_image(schools.scope)
    body = [
        {"type": "image", "value": {"image": image.pk, "alt_text": "A plan", "decorative": False}}
    ]
    note = make_note(finance, "note", audience="organisation", body=body)
    assert has(sign_in(other).get(note.address_own), "img[alt='A plan']")
    theirs = sign_in(head).get(note.address_own)
    assert theirs.status_code == 200
    assert "/images/" not in theirs.content.decode()


@pytest.mark.parametrize("address", ["wagtailimages:add", "wagtailimages_chooser:create"])
def test_an_image_goes_where_one_contributes(sign_in, finance, schools, head, address):
    prefix = "image-chooser-upload-" if "chooser" in address else ""
    client = sign_in(head)

    def post(scope):
        data = {"title": "plan", "scope": scope.pk, "description": "", "file": upload()}
        return client.post(
            reverse(address), {f"{prefix}{key}": value for key, value in data.items()}
        )

    for scope in (schools.scope, schools.public_scope):
        assert post(scope).status_code == 200
        assert not SiteImage.objects.exists()
    post(finance.scope)
    image = SiteImage.objects.get()
    assert image.scope == finance.scope
    entry = JournalEntry.objects.get(action="image.added")
    assert (entry.actor, entry.scope_id) == (head, finance.scope_id)


@pytest.mark.parametrize("hidden", [False, True], ids=["alone", "beside a hidden one"])
def test_the_address_of_an_image_tells_of_no_hidden_one(
    sign_in, finance, schools, head, other, hidden
):
    cache.clear()  # see `make_image`
    names = ["plan.png", f"{'a' * 90}.png"]

    def post(client, scope, name):
        data = {"title": "plan", "scope": scope.pk, "description": "", "file": upload(name)}
        assert client.post(reverse("wagtailimages:add"), data).status_code == 302
        return SiteImage.objects.latest("pk")

    for name in names:
        if hidden:
            post(sign_in(other), schools.scope, name)
        image = post(sign_in(head), finance.scope, name)
        assert re.fullmatch(f"original_images/{name[:4]}.*_[a-zA-Z0-9]{{7}}.png", image.file.name)
        rendition = image.get_rendition("width-20").file.name
        assert re.fullmatch(f"images/{name[:4]}.*width-20_[a-zA-Z0-9]{{7}}.png", rendition)


def test_an_image_is_not_carried_into_another_scope(sign_in, finance, schools, head):
    image = make_image(finance.scope)
    client = sign_in(head)
    address = reverse("wagtailimages:edit", args=[image.pk])
    data = {"title": "plan", "description": ""}
    client.post(address, data | {"scope": schools.scope.pk})
    image.refresh_from_db()
    assert image.scope == finance.scope
    client.post(
        address, data | {"scope": finance.public_scope.pk, "title": "Le\u00a0 pl\u00adan\u200b"}
    )
    image.refresh_from_db()
    assert (image.scope, image.title) == (finance.public_scope, "Le plan")


def test_an_image_becomes_another_services_by_the_will_of_its_heads(
    sign_in, finance, schools, head
):
    image = make_image(finance.scope)
    address = reverse("wagtailimages:edit", args=[image.pk])
    data = {"title": "plan", "description": "", "scope": schools.scope.pk}
    both = make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)
    give(both, Level.MANAGE, finance.scope)
    for person in (both, head):
        join(person, group_of(schools, Role.CONTRIBUTOR))
    assert sign_in(both).post(address, data).status_code == 200
    image.refresh_from_db()
    assert image.scope == finance.scope
    sign_in(head).post(address, data)
    image.refresh_from_db()
    assert image.scope == schools.scope


@pytest.fixture(params=[False, True], ids=["shown nowhere", "on a hidden note"])
def shown(request, finance, head):
    """An image for everybody; a note of the service alone shows it, or nothing does."""
    image = make_image(finance.public_scope, "plan")
    if request.param:
        value = {"image": image.pk, "alt_text": "A plan", "decorative": False}
        body = [{"type": "image", "value": value}]
        make_note(finance, "Zqxvhk", by=head, audience="service", body=body)
    return image


def test_how_often_an_image_is_used_is_told_as_far_as_one_sees(sign_in, finance, schools, other):
    image = make_image(schools.scope, "plan")
    body = [{"type": "image", "value": {"image": image.pk, "alt_text": "A", "decorative": False}}]
    make_note(finance, "hidden", body=body)
    make_note(schools, "open", body=body)
    client = sign_in(other)
    index = reverse("wagtailimages:index")
    for ordering in ("-created_at", "usage_count", "-usage_count"):
        found = client.get(index, {"ordering": ordering, "layout": "list"}).context["page_obj"]
        assert [(each.pk, each.usage_count) for each in found] == [(image.pk, 1)]
    bulk = reverse("wagtail_bulk_action", args=["intranet", "siteimage", "delete"])
    (item,) = client.get(bulk, {"id": image.pk}).context["items"]
    assert (item["item"], item["usage_count"]) == (image, 1)
    assert (
        client.get(reverse("wagtailimages:edit", args=[image.pk])).context["usage_count_val"] == 1
    )


def test_who_does_not_manage_an_image_takes_it_from_no_page(sign_in, finance, schools, shown):
    """And is told the same whether a page out of sight shows it or none does."""
    guest = make_person("gus.guest", outsider=True)
    for scope in (finance.public_scope, schools.public_scope):
        give(guest, Level.CONTRIBUTE, scope)
    client = sign_in(guest)
    bulk = reverse("wagtail_bulk_action", args=["intranet", "siteimage", "delete"])
    for address in (
        reverse("wagtailimages:delete", args=[shown.pk]),
        reverse("wagtailimages:delete_multiple", args=[shown.pk]),
    ):
        assert client.get(address).status_code in (302, 405)
        answer = client.post(address)
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    client.post(f"{bulk}?id={shown.pk}&next=/admin/")
    edit = reverse("wagtailimages:edit", args=[shown.pk])
    assert not has(client.get(edit), "[name='file']")
    page = client.get(edit).content.decode()
    assert "Zqxvhk" not in page
    assert reverse("wagtailimages:delete", args=[shown.pk]) not in page
    other = SimpleUploadedFile("other.png", png("red"), content_type="image/png")
    there = schools.public_scope_id
    sent = {"title": "New title", "description": "", "scope": there, "file": other}
    assert client.post(edit, sent).status_code == 302
    kept = SiteImage.objects.get()
    assert (kept.title, kept.scope, kept.file, kept.file_hash) == (
        "New title",
        finance.public_scope,
        shown.file,
        shown.file_hash,
    )


def test_who_manages_an_image_replaces_and_deletes_it(sign_in, finance, head, shown):
    client = sign_in(head)
    edit = reverse("wagtailimages:edit", args=[shown.pk])
    other = SimpleUploadedFile("other.png", png("red"), content_type="image/png")
    sent = {"title": "plan", "description": "", "scope": finance.scope_id, "file": other}
    assert client.post(edit, sent).status_code == 302
    moved = SiteImage.objects.get()
    assert moved.scope == finance.scope
    assert moved.file_hash != shown.file_hash
    assert client.post(reverse("wagtailimages:delete", args=[shown.pk])).status_code == 302
    assert not SiteImage.objects.exists()


def test_the_file_of_before_stays_until_all_is_written(
    sign_in, finance, head, shown, django_capture_on_commit_callbacks
):
    edit = reverse("wagtailimages:edit", args=[shown.pk])
    other = SimpleUploadedFile("other.png", png("red"), content_type="image/png")
    sent = {"title": "plan", "description": "", "scope": finance.scope_id, "file": other}
    with django_capture_on_commit_callbacks() as last:
        assert sign_in(head).post(edit, sent).status_code == 302
    storage = shown.file.storage
    assert storage.exists(shown.file.name)
    for step in last:
        step()
    assert not storage.exists(shown.file.name)
    assert storage.exists(SiteImage.objects.get().file.name)


@pytest.mark.parametrize("name", [b"plan\xe9.png", b"\xe9.png", b"\xe9"])
def test_a_picture_whose_name_is_no_utf_8_is_not_passed_over(sign_in, head, name):
    head_of_part = b'Content-Disposition: form-data; name="files[]"; filename="%s"' % name
    answer = sign_in(head).post(
        reverse("wagtailimages:add_multiple"),
        b"--b\r\n" + head_of_part + b"\r\n\r\n" + png() + b"\r\n--b--\r\n",
        content_type="multipart/form-data; boundary=b",
    )
    assert answer.status_code == 200
    if name.endswith(b".png"):
        assert UploadedFile.objects.get().file.read() == png()
    else:  # as any file of no known kind
        assert "PNG" in answer.json()["error_message"]


def test_several_images_ask_who_may_see_them(sign_in, finance, head):
    client = sign_in(head)
    answer = client.post(
        reverse("wagtailimages:add_multiple"), {"files[]": upload(), "title": "plan"}
    )
    assert answer.status_code == 200
    assert not SiteImage.objects.exists()
    brought = UploadedFile.objects.get().pk
    prefix = f"uploaded-image-{brought}"
    address = reverse("wagtailimages:create_multiple_from_uploaded_image", args=[brought])
    client.post(
        address,
        {
            f"{prefix}-title": "plan",
            f"{prefix}-description": "",
            f"{prefix}-scope": finance.scope.pk,
        },
    )
    assert SiteImage.objects.get().scope == finance.scope


def test_an_image_that_the_audience_may_not_see_is_refused_on_publishing(sign_in, finance, head):
    from .test_admin_writing import form

    image = make_image(finance.scope, "plan")
    section = make_section(finance)["fr"]
    data = form("Bonjour", audience="organisation") | {
        "body-0-type": "image",
        "body-0-value-image": image.pk,
        "body-0-value-alt_text": "A plan",
        "action-publish": "x",
    }
    address = reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk])
    client = sign_in(head)
    answer = client.post(address, data)
    assert answer.status_code == 200
    assert "plan" in answer.content.decode()
    assert not NotePage.objects.exists()
    answer = client.post(address, data | {"audience": "service"})
    assert answer.status_code == 302, answer.context["form"].errors
    assert NotePage.objects.get().live


def test_a_program_dressed_as_an_image_is_refused(sign_in, finance, head):
    fake = SimpleUploadedFile("x.png", b"<html><script>alert(1)</script>", content_type="image/png")
    data = {"title": "x", "scope": finance.scope.pk, "description": "", "file": fake}
    assert sign_in(head).post(reverse("wagtailimages:add"), data).status_code == 200
    assert not SiteImage.objects.exists()


def test_a_page_is_shown_where_no_rendition_can_be_kept(
    sign_in, finance, head, settings, tmp_path, caplog
):
    settings.MEDIA_ROOT = tmp_path
    image = make_image(finance.scope)
    value = {"image": image.pk, "alt_text": "A plan", "decorative": False}
    note = make_note(finance, "Closing", body=[{"type": "image", "value": value}])
    (tmp_path / "images").write_text("in the way")
    assert complete(set()) == 0
    answer = sign_in(head).get(note.url)
    assert answer.status_code == 200
    assert "Closing" in answer.content.decode()
    assert "nothing can be written in the media folder" in caplog.text
