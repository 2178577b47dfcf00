"""The place of an address, for those who administer access: its number, never its name."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from directory import places
from directory.models import Role
from documents.actions import break_inheritance
from tests.directory.factories import make_person, make_service
from tests.documents.factories import make_document, make_folder, make_space
from tests.html import has, read_in
from tests.intranet.factories import make_note

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def document(settings, tmp_path):
    settings.BLOB_FOLDER = tmp_path / "blobs"
    service = make_service("finance")
    head = make_person("hana.head", service=service, role=Role.HEAD)
    folder = make_folder(make_space(service, "budgets"), "Licenciements")
    break_inheritance(actor=head, node=folder, keep_access=False)
    return make_document(type(folder).objects.get(pk=folder.pk), "Lettre de licenciement.txt")


def test_an_address_leads_to_its_place(document):
    scope = document.scope_id
    for address in (
        f"https://intranet.example.org/d/{document.pk}/",
        f"intranet.example.org/d/{document.pk}/",
        f"/d/{document.pk}/download",
        f"/spaces/budgets/f/{document.parent_id}/?sort=-date",
    ):
        assert places.scope_at(address) == scope
    assert places.scope_at("/spaces/budgets/") == document.space.scope_id
    assert scope != document.space.scope_id


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/d/x/",
        "/d/00000000-0000-0000-0000-000000000000/",
        "/d/" + "-" * 36 + "/",
        "//[/",
        "/fr/",
    ],
)
def test_an_address_of_nothing_has_no_place(document, address):
    assert places.scope_at(address) is None


def test_the_place_of_a_page(document):
    note = make_note(document.space.service)
    assert places.scope_at(note.address_own) == note.scope_id
    assert places.scope_at(note.address_own.replace("/fr/", "/en/")) == note.scope_id


def test_the_question_is_answered_for_a_pasted_link_without_a_name(document):
    client = Client()
    client.force_login(
        make_person("ida.admin", it_admin=True), backend="directory.backends.DirectoryBackend"
    )
    client.cookies["marigot_language"] = "en"
    head = document.space.service.access_groups.get(role=Role.HEAD).group.user_set.get()
    answer = client.get(
        reverse("directory:access_explain"),
        {"person": head.pk, "what": f"http://testserver/d/{document.pk}/"},
    )
    assert "Yes. Level: manage" in read_in(answer)
    assert has(answer, "strong", "manage")
    assert f"Folder no. {document.scope_id}" in read_in(answer)
    assert "icenciement" not in answer.content.decode()
