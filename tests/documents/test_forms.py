"""The forms of the pages: what they do, for whom, and what they say."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from directory.access import Level
from documents.actions import share, trash
from documents.models import Node

from .asking import page, signed_in, text_of
from .factories import content_of, make_document, make_folder

pytestmark = pytest.mark.one_database


def test_several_files_are_uploaded_by_a_plain_form(world, blob_folder):
    make_document(world.space, "taken.txt", b"old")
    response = signed_in(world.contributor).post(
        f"/d/{world.space.root_id}/upload/",
        {
            "file": [
                SimpleUploadedFile("a.txt", b"alpha"),
                SimpleUploadedFile("taken.txt", b"new"),
                SimpleUploadedFile("b.txt", b"beta"),
            ]
        },
        follow=True,
    )
    assert response.redirect_chain[-1][0] == "/spaces/budgets/"
    names = {n.name: n for n in Node.objects.filter(parent=world.space.root)}
    assert set(names) == {"a.txt", "b.txt", "taken.txt"}
    assert content_of(names["a.txt"]) == b"alpha"
    assert content_of(names["taken.txt"]) == b"old"
    assert "taken.txt" in str([str(m) for m in response.context["messages"]])
    assert list((blob_folder / "tmp").iterdir()) == []


def test_the_plain_form_asks_for_a_file_and_for_the_token(world):
    address = f"/d/{world.space.root_id}/upload/"
    assert signed_in(world.contributor).post(address, {}).status_code == 422
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.contributor, backend="directory.backends.DirectoryBackend")
    sent = {"file": SimpleUploadedFile("a.txt", b"x")}
    assert strict.post(address, sent).status_code == 403
    assert not Node.objects.filter(name="a.txt").exists()


def test_a_new_version_by_the_plain_form(full):
    signed_in(full.contributor).post(
        f"/d/{full.document.pk}/upload/",
        {"file": SimpleUploadedFile("autre nom.txt", b"Trois"), "comment": "Corrigé"},
    )
    assert content_of(full.document) == b"Trois"
    version = full.document.current_version
    assert (version.number, version.comment, version.original_name) == (
        3,
        "Corrigé",
        "autre nom.txt",
    )


def test_a_folder_is_made_renamed_and_moved_by_forms(world):
    client = signed_in(world.contributor)
    root = world.space.root_id
    client.post(f"/d/{root}/folder/", {"name": "Un"})
    client.post(f"/d/{root}/folder/", {"name": "Deux"})
    one, two = Node.objects.get(name="Un"), Node.objects.get(name="Deux")
    response = client.post(f"/d/{one.pk}/rename/", {"name": "deux"}, headers={"X-Sheet": "1"})
    assert response.status_code == 422
    assert "Deux" in text_of(response)
    done = client.post(f"/d/{one.pk}/rename/", {"name": "Trois"}, headers={"X-Sheet": "1"})
    assert done.json() == {"location": "/spaces/budgets/"}
    shown = client.get("/d/move/", {"node": [one.pk]})
    assert "Deux" in text_of(shown)
    client.post("/d/move/", {"node": [one.pk], "to": two.pk})
    one.refresh_from_db()
    assert (one.name, one.parent) == ("Trois", two)


@pytest.mark.parametrize(
    ("name", "told"),
    [("fin.", True), ("fin", True), ("fin.txt", False), ("fin.pdf", False)],
)
def test_a_rename_that_takes_the_extension_says_so(full, name, told):
    client = signed_in(full.contributor)
    address = f"/d/{full.document.pk}/rename/"
    answer = client.post(address, {"name": name}, follow=True, headers={"accept-language": "en"})
    said = " ".join(map(str, answer.context["messages"]))
    assert ("no longer has the extension “.txt”" in said) is told
    folder = client.post(
        f"/d/{full.folder.pk}/rename/",
        {"name": "Two"},
        follow=True,
        headers={"accept-language": "en"},
    )
    assert "extension" not in " ".join(map(str, folder.context["messages"]))


@pytest.mark.parametrize("several", [False, True])
def test_what_comes_back_under_another_name_says_why(full, several):
    client = signed_in(full.contributor)
    where, old = full.document.parent, full.document.name
    trash(actor=None, node=full.document)
    make_document(where, old)
    address, sent = (
        ("/d/untrash/", {"node": [full.document.pk]})
        if several
        else (f"/d/{full.document.pk}/restore/", {})
    )
    answer = client.post(address, sent, follow=True, headers={"accept-language": "en"})
    full.document.refresh_from_db()
    assert full.document.name == "Bilan 2026 (2).txt"
    said = " ".join(map(str, answer.context["messages"]))
    assert "“Bilan 2026.txt” has been restored as “Bilan 2026 (2).txt”: its name was taken." in said


def test_what_comes_back_under_a_name_for_every_system_says_so(full):
    trash(actor=None, node=full.document)
    Node.objects.filter(pk=full.document.pk).update(name="Bilan: 2026.txt")  # kept before
    answer = signed_in(full.contributor).post(
        f"/d/{full.document.pk}/restore/", follow=True, headers={"accept-language": "en"}
    )
    said = " ".join(map(str, answer.context["messages"]))
    assert "“Bilan: 2026.txt” has been restored as “Bilan- 2026.txt”, which every" in said


def test_the_trash_and_back_by_forms(full):
    client = signed_in(full.contributor)
    response = client.post("/d/trash/", {"node": [full.document.pk]}, follow=True)
    assert "/d/untrash/" in text_of(response)
    full.document.refresh_from_db()
    assert full.document.is_trashed
    assert "Bilan 2026.txt" in text_of(client.get("/spaces/budgets/trash/"))
    assert page(full.member, f"/d/{full.document.pk}/").status_code == 404
    assert page(full.member, f"/d/{full.document.pk}/download").status_code == 404
    assert client.get(f"/d/{full.document.pk}/").status_code == 200
    client.post("/d/untrash/", {"node": [full.document.pk]})
    full.document.refresh_from_db()
    assert not full.document.is_trashed
    trash(actor=None, node=full.document)
    client.post(f"/d/{full.document.pk}/restore/")
    full.document.refresh_from_db()
    assert not full.document.is_trashed


def test_an_old_version_is_brought_back_by_a_button(full):
    signed_in(full.contributor).post(f"/d/{full.document.pk}/v/1/restore/")
    assert content_of(full.document) == b"Un"


@pytest.mark.parametrize("who", ["member", "stranger", "it_admin"])
def test_forms_are_not_there_for_those_who_may_not(full, who):
    client = signed_in(getattr(full, who))
    pk, root = full.document.pk, full.space.root_id
    attempts = [
        (f"/d/{root}/upload/", {"file": SimpleUploadedFile("a.txt", b"x")}),
        (f"/d/{root}/folder/", {"name": "x"}),
        (f"/d/{pk}/rename/", {"name": "x"}),
        (f"/d/{pk}/upload/", {"file": SimpleUploadedFile("a.txt", b"x")}),
        (f"/d/{pk}/v/1/restore/", {}),
        (f"/d/{pk}/access/", {"do": "break"}),
        (f"/d/{pk}/restore/", {}),
        ("/d/move/", {"node": [pk], "to": root}),
        ("/d/trash/", {"node": [pk]}),
        ("/d/untrash/", {"node": [pk]}),
        ("/spaces/budgets/settings/", {"name_fr": "x"}),
        ("/spaces/new/", {"name_fr": "x", "service": full.finance.pk}),
    ]
    for address, data in attempts:
        assert client.post(address, data).status_code == 404, address
    assert content_of(full.document) == b"Deux"
    assert Node.objects.count() == 4


def test_a_move_to_a_place_that_one_only_reads_is_refused_with_words(full):
    share(actor=None, node=full.other.root, to=full.contributor, level=Level.READ)
    client = signed_in(full.contributor)
    response = client.post(
        "/d/move/", {"node": [full.document.pk], "to": full.other.root_id}, follow=True
    )
    assert [m.level_tag for m in response.context["messages"]] == ["error"]
    full.document.refresh_from_db()
    assert full.document.space_id == full.space.pk


def test_a_head_makes_and_renames_a_space(world):
    client = signed_in(world.head)
    made = client.post(
        "/spaces/new/", {"service": world.finance.pk, "name_fr": "Paie", "name_en": "Payroll"}
    )
    address = made["Location"]
    assert re.fullmatch("/spaces/finance-paie-[a-z2-7]{6}/", address)
    client.post(f"{address}settings/", {"name_fr": "Paies", "name_en": "Pay"})
    assert "Paies" in text_of(client.get(address))
    wrong = client.post("/spaces/new/", {"service": world.schools.pk, "name_fr": "x"})
    assert wrong.status_code == 422


def test_a_manager_sees_and_changes_who_has_access(full):
    client = signed_in(full.head)
    address = f"/d/{full.document.pk}/access/"
    shown = text_of(client.get(address))
    assert "sam.stranger" not in shown
    client.post(address, {"do": "share", "person": "SAM.stranger", "level": "read"})
    assert page(full.stranger, f"/d/{full.document.pk}/").status_code == 200
    shown = text_of(client.get(address))
    assert "Sam Stranger" in shown
    grant = full.document.__class__.objects.get(pk=full.document.pk).own_scope.user_grants.get()
    client.post(address, {"do": "take", "grant": f"user-{grant.pk}"})
    assert page(full.stranger, f"/d/{full.document.pk}/").status_code == 404
    client.post(address, {"do": "break"})
    assert page(full.member, f"/d/{full.document.pk}/").status_code == 404
    client.post(address, {"do": "restore"})
    assert page(full.member, f"/d/{full.document.pk}/").status_code == 200
    assert client.post(address, {"do": "share", "level": "read"}).status_code == 422
    assert client.post(address, {"do": "share", "person": "x", "level": "read"}).status_code == 422
    assert client.post(address, {"do": "take", "grant": "user-999"}).status_code == 404
    assert client.post(address, {"do": "nothing"}).status_code == 404


def test_a_way_back_leads_nowhere_else(full):
    client = signed_in(full.contributor)
    response = client.post(
        "/d/trash/", {"node": [full.document.pk], "next": "https://evil.example/"}
    )
    assert response["Location"] == f"/d/{full.folder.pk}/"


@pytest.mark.parametrize(("typed", "kept"), [("a:b.", "a-b"), ("Vide?", "Vide_")])
def test_a_mended_name_is_told(world, typed, kept):
    client = signed_in(world.contributor)
    root = world.space.root.pk
    said = f"Nom retenu\u00a0: «\u00a0{kept}\u00a0»."
    made = client.post(reverse("documents:new_folder", args=[root]), {"name": typed}, follow=True)
    assert said in text_of(made)
    node = make_folder(world.space, "Autre", actor=world.contributor)
    renamed = client.post(
        reverse("documents:rename", args=[node.pk]), {"name": f"{typed} 2?"}, follow=True
    )
    assert "Nom retenu" in text_of(renamed)
    sent = SimpleUploadedFile(f"{typed}.txt", b"x")
    address = reverse("documents:upload", args=[root])
    assert "Nom retenu" in text_of(client.post(address, {"file": sent}, follow=True))
    put = client.put(reverse("documents:files", args=[root]) + "?name=c%3Ad.txt", b"x")
    assert put.json()["told"] == "Nom retenu\u00a0: «\u00a0c-d.txt\u00a0»."


def test_a_name_kept_as_typed_is_not_told(world):
    client = signed_in(world.contributor)
    root = world.space.root.pk
    address = reverse("documents:new_folder", args=[root])
    assert "Nom retenu" not in text_of(client.post(address, {"name": " E\u0301té "}, follow=True))
    put = client.put(reverse("documents:files", args=[root]) + "?name=e.txt&path=Sous", b"x")
    assert put.json()["told"] == ""


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x85", "\u202e"])
def test_a_name_with_what_nobody_sees_is_refused_at_each_form(world, character):
    client = signed_in(world.contributor)
    root = world.space.root.pk
    node = make_folder(world.space, "Autre", actor=world.contributor)
    name = f"Bilan{character} 2026"
    why = "caractères de contrôle" if character != "\u202e" else "marques invisibles"
    for address in (
        reverse("documents:new_folder", args=[root]),
        reverse("documents:rename", args=[node.pk]),
    ):
        answer = client.post(address, {"name": name})
        assert answer.status_code == 422
        assert why in text_of(answer)
    address = reverse("documents:upload", args=[root])
    sent = [SimpleUploadedFile(name, b"x"), SimpleUploadedFile("b.txt", b"x")]
    answer = client.post(address, {"file": sent}, follow=True)
    assert why in text_of(answer)
    kept = Node.objects.filter(parent=root).values_list("name", flat=True)
    assert set(kept) == {"Autre", "b.txt"}


@pytest.mark.parametrize("with_files", [False, True])
def test_a_name_that_is_no_utf_8_is_refused_for_what_it_is(world, with_files):
    client = signed_in(world.contributor)
    root = world.space.root.pk
    node = make_folder(world.space, "Autre", actor=world.contributor)
    plain = {"data": "name=Bilan%E9", "content_type": "application/x-www-form-urlencoded"}
    part = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nBilan\xe9\r\n--b--\r\n'
    sent = (
        {"data": part, "content_type": "multipart/form-data; boundary=b"} if with_files else plain
    )
    for address in (
        reverse("documents:new_folder", args=[root]),
        reverse("documents:rename", args=[node.pk]),
    ):
        answer = client.post(address, **sent)
        assert answer.status_code == 422
        assert "texte valide (UTF-8)" in text_of(answer)
        assert "caractères de contrôle" not in text_of(answer)
    files = reverse("documents:files", args=[root])
    for query in ("name=a%E9.txt", "name=a.txt&path=%E9"):
        put = client.put(f"{files}?{query}", b"x")
        assert put.status_code == 422
        assert "texte valide (UTF-8)" in put.json()["message"]
    assert list(Node.objects.filter(parent=root).values_list("name", flat=True)) == ["Autre"]


@pytest.mark.parametrize("name", ["Compte\u00a0rendu\u202f!.txt", "R&amp;D.txt"])
def test_the_plain_form_keeps_a_name_as_it_was_sent(world, name):
    address = reverse("documents:upload", args=[world.space.root.pk])
    client = signed_in(world.contributor)
    answer = client.post(address, {"file": SimpleUploadedFile(name, b"x")}, follow=True)
    assert "Nom retenu" not in text_of(answer)
    assert Node.objects.get(parent=world.space.root).name == name


def test_a_version_notes_the_text_of_a_name(full):
    sent = SimpleUploadedFile("autre\x00nom.txt", b"Trois")
    signed_in(full.contributor).post(f"/d/{full.document.pk}/upload/", {"file": sent})
    assert content_of(full.document) == b"Trois"
    assert full.document.current_version.original_name == "autrenom.txt"
