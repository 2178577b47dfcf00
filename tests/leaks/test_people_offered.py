"""Whom the forms of Wagtail's admin offer: nobody for what they did out of sight."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.forms import BaseForm
from django.template.context import BaseContext
from django.test import Client
from django.test.utils import ContextList
from django.urls import reverse
from django.utils.html import strip_tags
from django_filters import FilterSet

from directory.access import Level
from directory.models import Role, User
from intranet.actions.notes import draft_page
from intranet.models import NotePage
from tests.directory.factories import give, make_person
from tests.documents.asking import signed_in
from tests.leaks.routes import intranet
from tests.leaks.world import World, build_world

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

LISTS = {
    "wagtailadmin_explore_root",
    "wagtailadmin_explore",
    "wagtailadmin_explore_results",
    "wagtailadmin_pages:history",
    "wagtailadmin_pages:history_results",
}
"""The views whose forms offer people; a later Wagtail may have more."""


@pytest.fixture
def world() -> World:
    """The world of the manifest; Zora Hidden wrote, edited and locked where few see it."""
    world = build_world()
    intranet.build(world)
    world.hidden = make_person("zora.hidden", service=world.service, role=Role.CONTRIBUTOR)
    draft = draft_page(NotePage, actor=world.hidden, service=world.service, title="Budget")
    draft.save_revision(user=world.hidden, log_action="wagtail.edit")
    draft.locked, draft.locked_by = True, world.hidden
    draft.save()
    world.guest = world.people["stranger"]
    give(world.guest, Level.CONTRIBUTE, world.service.public_scope)
    return world


def forms_of(response: Any) -> list[Any]:
    """Return the forms that templates of the answer were given, each once."""
    kept = response.context or ContextList()
    given = [
        value
        for context in (kept if isinstance(kept, ContextList) else [kept])
        for each in (context.dicts if isinstance(context, BaseContext) else [context])
        for value in each.values()
    ]
    forms = [value.form if isinstance(value, FilterSet) else value for value in given]
    return list({id(form): form for form in forms if isinstance(form, BaseForm)}.values())


def offered(response: Any) -> Iterator[tuple[str, set[int]]]:
    """Yield the fields of the answer's forms that offer people, with their numbers."""
    for form in forms_of(response):
        for name, field in form.fields.items():
            rows = getattr(field, "queryset", None)
            if rows is not None and rows.model is User:
                yield name, set(rows.values_list("pk", flat=True))


def asked(client: Client, url: str) -> Any:
    """Ask for `url` and take back what that wrote."""
    with transaction.atomic():
        response = client.get(url)
        transaction.set_rollback(True)
    return response


@pytest.mark.parametrize("who", ["guest", "outsider"])
def test_no_form_of_the_admin_offers_somebody_for_what_is_hidden(world, who):
    person = world.guest if who == "guest" else world.people["outsider"]
    client = signed_in(person)
    wrong, met = [], set()
    for route in [*intranet.PAGES, *intranet.IMAGES]:
        if route.method != "get":
            continue
        url = route.url(world)
        response = asked(client, url)
        for field, people in offered(response):
            met.add(route.name)
            if world.hidden.pk in people:
                wrong.append((route.name, field))
        if "Zora" in response.content.decode(errors="replace"):
            wrong.append((route.name, "named"))
    assert not wrong
    assert met


def test_whoever_worked_on_what_one_edits_is_offered(world):
    """And every view that offers people was looked at."""
    client = signed_in(world.people["head"])
    met = {}
    for route in intranet.PAGES:
        if route.method == "get":
            for field, people in offered(asked(client, route.url(world))):
                met.setdefault(route.name, {})[field] = people
    assert set(met) == LISTS
    both = {world.people["head"].pk, world.hidden.pk}
    for fields in (met["wagtailadmin_explore"], met["wagtailadmin_explore_root"]):
        assert both <= fields["owner"]
        assert world.hidden.pk in fields["edited_by"]
    root = reverse("wagtailadmin_explore_root")
    found = client.get(root, {"edited_by": world.hidden.pk}).content.decode()
    assert "Budget" in found
    guest = signed_in(world.guest)
    mine = dict(offered(guest.get(root)))
    assert mine["owner"] == {world.people["head"].pk}


@pytest.mark.parametrize("field", ["owner", "edited_by"])
def test_a_number_of_somebody_hidden_answers_as_one_of_nobody(world, field):
    client = signed_in(world.guest)
    for url in (
        reverse("wagtailadmin_explore_root"),
        reverse("wagtailadmin_explore", args=[world.section.pk]),
    ):
        answers = []
        for number in (world.hidden.pk, 99999):
            answer = client.get(url, {field: number})
            said = [str(form.errors).replace(str(number), "NUMBER") for form in forms_of(answer)]
            words = re.sub(r'"CSRF_TOKEN": "\w+"', "", strip_tags(answer.content.decode()))
            # The number stands in the page; so may its figures elsewhere, by chance.
            answers.append((answer.status_code, said, re.sub(r"\d+", "", words)))
        assert "NUMBER" in str(answers[0][1])
        assert answers[0] == answers[1]
