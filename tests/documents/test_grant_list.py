"""The list of who has access is one, on the page of a folder and in the administration."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from directory.access import Level
from directory.actions.grants import permission_for
from directory.models.grants import GroupGrant, UserGrant
from documents.actions import break_inheritance, share
from tests.directory.factories import make_person
from tests.documents.factories import make_folder
from tests.html import elements, texts

ROOT = Path(__file__).parents[2]
TEMPLATES = [
    path
    for app in ("config", "directory", "documents", "intranet", "search")
    for path in (ROOT / app).rglob("templates/**/*.html")
]


def page(person, address):
    client = Client()
    client.force_login(person, backend="directory.backends.DirectoryBackend")
    answer = client.get(address, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def lines(shown):
    """To whom what is given, as the page has it."""
    items = elements(shown, "li:has(.item-title):has(.badge)")
    return [(texts(item, ".item-title")[0].lower(), texts(item, ".badge")[0]) for item in items]


@pytest.mark.django_db
def test_both_pages_list_the_same_grants(world):
    folder = make_folder(world.space, "Contentieux")
    folder = break_inheritance(actor=world.head, node=folder)
    share(actor=world.head, node=folder, to=world.stranger, level=Level.READ)
    scope = folder.scope
    over = UserGrant.objects.get(user=world.stranger)
    over.expires_at = timezone.now() - timedelta(days=1)
    over.save()
    loose = Group.objects.create(name="loose")
    GroupGrant.objects.create(
        group=loose, content_object=scope, permission=permission_for(Level.CONTRIBUTE)
    )
    admin = make_person("ana.admin", it_admin=True)
    own = page(world.head, f"/d/{folder.pk}/access/")
    administered = page(admin, reverse("directory:access_scope", args=[scope.pk]))
    assert ("loose", "contribute") in lines(own)
    assert (str(world.stranger).lower(), "read") in lines(own)
    assert [len(elements(each, "span", "expired")) for each in (own, administered)] == [1, 1]
    listed = lines(own)
    assert [line for line in lines(administered) if line in listed] == listed


@pytest.mark.django_db
def test_an_inherited_grant_that_is_over_is_not_listed(world):
    share(actor=world.head, node=world.space.root, to=world.stranger, level=Level.READ)
    inner = make_folder(world.space, "Contentieux")
    assert "from “" in page(world.head, f"/d/{inner.pk}/access/")
    before = lines(page(world.head, f"/d/{inner.pk}/access/"))
    UserGrant.objects.update(expires_at=timezone.now() - timedelta(days=1))
    after = lines(page(world.head, f"/d/{inner.pk}/access/"))
    assert [line for line in before if line not in after] == [(str(world.stranger).lower(), "read")]


def test_levels_in_templates_have_names():
    assert TEMPLATES
    by_number = re.compile(r"level[a-z_.]*\s*(==|!=|>=|<=|<|>)\s*[0-9]")
    assert [str(path) for path in TEMPLATES if by_number.search(path.read_text())] == []
