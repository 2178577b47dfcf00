"""Files whose names come as bytes that are no UTF-8: none of them is passed over."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from documents.models import Node

from .asking import signed_in, text_of
from .factories import content_of

pytestmark = pytest.mark.one_database
ENGLISH = {"accept-language": "en"}
NOT_TEXT = "The name is not valid text (UTF-8): choose another."


def form(*parts: tuple[bytes, bytes]) -> dict[str, Any]:
    """What is posted of a form, to the byte; each part by its `Content-Disposition`."""
    sent = [
        b"--b\r\nContent-Disposition: form-data; %s\r\nContent-Type: text/plain\r\n\r\n%s\r\n"
        % each
        for each in parts
    ]
    return {
        "data": b"".join(sent) + b"--b--\r\n",
        "content_type": "multipart/form-data; boundary=b",
        "headers": ENGLISH,
    }


def file(name: bytes, content: bytes = b"x", *, field: bytes = b"file") -> tuple[bytes, bytes]:
    return b'name="%s"; filename="%s"' % (field, name), content


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"Bilan \xe9t\xe9.txt", "Bilan \ufffdt\ufffd.txt"),
        (b"\xe9\xff", "\ufffd\ufffd"),
        (b"\xe9" * 250, "\ufffd" * 250),
        ("é\U0010fee9".encode() + b"\xe9", "é\ufffd\ufffd"),
    ],
)
def test_a_file_with_such_a_name_is_refused_and_the_others_are_kept(
    world, blob_folder, name, shown
):
    answer = signed_in(world.contributor).post(
        reverse("documents:upload", args=[world.space.root_id]),
        **form(file(b"a.txt", b"a"), file(name), file("é.txt".encode(), b"b")),
        follow=True,
    )
    assert said(answer) == [f"{shown}: {NOT_TEXT}", "2 files saved."]
    kept = {node.name: content_of(node) for node in Node.objects.filter(parent=world.space.root)}
    assert kept == {"a.txt": b"a", "é.txt": b"b"}
    assert list((blob_folder / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"utf-8''Bilan%20%E9t%E9.txt", "Bilan \ufffdt\ufffd.txt"),
        (b"UTF-8'fr'%C3%A9%FF", "é\ufffd"),
        (b"us-ascii''%E9.txt", "\ufffd.txt"),
        (b"utf-16''%00%00%41", "\ufffd"),
        (b"utf-7''+A.txt", "\ufffd"),
    ],
)
def test_a_name_with_bytes_that_are_none_of_its_encoding_is_refused(world, name, shown):
    answer = signed_in(world.contributor).post(
        reverse("documents:upload", args=[world.space.root_id]),
        **form(file(b"a.txt"), (b'name="file"; filename*=' + name, b"x")),
        follow=True,
    )
    first, second = said(answer)
    assert first.endswith(NOT_TEXT)
    assert shown in first
    assert second == "1 file saved."
    assert [node.name for node in Node.objects.filter(parent=world.space.root)] == ["a.txt"]


def test_a_name_that_is_of_its_encoding_is_kept(world):
    names = (b"utf-8''%C3%A9%EF%BF%BD.txt", b"iso-8859-1''%E9.txt")
    signed_in(world.contributor).post(
        reverse("documents:upload", args=[world.space.root_id]),
        **form(*((b'name="file"; filename*=' + name, b"x") for name in names)),
    )
    kept = Node.objects.filter(parent=world.space.root).values_list("name", flat=True)
    assert sorted(kept) == ["é.txt", "é\ufffd.txt"]


def test_a_file_of_a_field_with_such_a_name_is_kept(world):
    answer = signed_in(world.contributor).post(
        reverse("documents:upload", args=[world.space.root_id]),
        **form(file(b"a.txt", field=b"fil\xe9"), file(b"b.txt")),
        follow=True,
    )
    assert said(answer) == ["2 files saved."]


def test_a_head_that_tells_no_name_refuses_the_whole_form(world):
    answer = signed_in(world.contributor).post(
        reverse("documents:upload", args=[world.space.root_id]),
        **form(file(b"a.txt"), (b"name=file; filename*=nothing''b.txt", b"x")),
    )
    assert answer.status_code == 400
    assert not Node.objects.filter(parent=world.space.root).exists()


def test_a_version_is_kept_and_tells_under_which_name(full):
    address = f"/d/{full.document.pk}/upload/"
    client = signed_in(full.contributor)
    answer = client.post(address, **form(file(b"Bilan\xe9.txt", b"Trois")), follow=True)
    told = "Its name is not valid text: it is noted as “Bilan.txt”."
    assert f"Bilan\ufffd.txt: {told}" in said(answer)
    assert content_of(full.document) == b"Trois"
    assert full.document.current_version.original_name == "Bilan.txt"
    put = client.put(f"/d/{full.document.pk}/files?name=Bilan%E9.txt", b"4", headers=ENGLISH)
    assert put.json()["told"] == told


def test_a_version_of_whose_name_nothing_is_left_has_that_of_its_document(full):
    client = signed_in(full.contributor)
    told = "Its name is not valid text: it is noted as “Bilan 2026.txt”."
    answer = client.post(f"/d/{full.document.pk}/upload/", **form(file(b"\xe9", b"3")), follow=True)
    assert f"\ufffd: {told}" in said(answer)
    put = client.put(f"/d/{full.document.pk}/files?name=%E9", b"4", headers=ENGLISH)
    assert put.json()["told"] == told
    put = client.put(f"/d/{full.document.pk}/files", b"5", headers=ENGLISH)
    assert put.json()["told"] == ""


def test_of_several_files_none_becomes_the_version(full):
    address = f"/d/{full.document.pk}/upload/"
    answer = signed_in(full.contributor).post(address, **form(file(b"\xe9"), file(b"b.txt")))
    assert answer.status_code == 422
    assert "A version is one file. Nothing was saved: choose one." in text_of(answer)
    assert content_of(full.document) == b"Deux"


def test_where_no_file_is_taken_such_a_file_is_none_either(world):
    answer = signed_in(world.contributor).post("/d/move/", **form(file(b"\xe9.txt")))
    assert answer.status_code == 400
