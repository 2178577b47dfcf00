"""Lists of services, groups and places stand in the order of the names that are shown."""

from __future__ import annotations

import warnings
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.paginator import UnorderedObjectListWarning
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from directory.finding import found_people
from directory.forms.fields import GroupChoice, NamedChoice
from directory.labels import label_scopes
from directory.models import Role, ScopeKind, Service, User
from directory.sorting import SortKey, SortKeyField
from directory.text import folded, sort_key
from directory.views.access.scopes import found_scopes
from tests.documents.factories import make_space

from .access_world import *  # noqa: F403
from .factories import make_person, make_service


@pytest.fixture
def services(db):
    """Two services whose order differs by language, one whose French begins with an accent."""
    return [
        make_service("water", name_fr="Eau", name_en="Water"),
        make_service("schools", name_fr="École", name_en="Schools"),
        make_service("works", name_fr="Voirie", name_en="Civil works"),
    ]


@pytest.mark.parametrize(
    ("language", "names"),
    [("en", ["Civil works", "Schools", "Water"]), ("fr", ["Eau", "École", "Voirie"])],
)
def test_a_choice_is_sorted_by_what_is_shown(services, language, names):
    with translation.override(language):
        field = NamedChoice(Service.objects.all(), empty_label="—")
        assert [str(label) for _value, label in field.choices] == ["—", *names]


@pytest.mark.parametrize(
    ("language", "names"),
    [("en", ["Civil works", "Schools", "Water"]), ("fr", ["Eau", "École", "Voirie"])],
)
def test_groups_are_sorted_by_service_then_role_with_one_query(services, language, names):
    with translation.override(language):
        field = GroupChoice()
        field.queryset = field.queryset.filter(service__in=services)
        with CaptureQueriesContext(connection) as queries:
            choices = [str(choice[0].instance) for choice in field.choices if choice[0]]
        roles = [str(role.label) for role in (Role.MEMBER, Role.CONTRIBUTOR, Role.HEAD)]
    assert choices == [f"{name} · {role}" for name in names for role in roles]
    assert len(queries) == 1


@pytest.mark.parametrize(
    ("language", "services_first", "spaces_first"),
    [("en", "Civil works: internal", "Archives"), ("fr", "Eau\u00a0: interne", "Budgets")],
)
def test_places_are_sorted_by_what_is_shown(services, language, services_first, spaces_first):
    reader = make_person("rea.der", service=services[0], it_admin=True)
    make_space(services[0], "one", name_fr="Budgets", name_en="Budgets")
    make_space(services[0], "two", name_fr="Vieux papiers", name_en="Archives")
    with translation.override(language):
        for kind, first in ((ScopeKind.SERVICE, services_first), (ScopeKind.SPACE, spaces_first)):
            found = list(found_scopes("", kind, viewer=reader))
            assert label_scopes(found, viewer=reader)[found[0].pk].text == first


def test_a_name_that_is_kept_back_has_no_place_among_the_others(services):
    reader = make_person("rea.der", service=services[0], it_admin=True)
    hidden = make_space(services[1], "h", name_fr="Alpha", name_en="Alpha")
    shown = make_space(services[0], "s", name_fr="Omega", name_en="Omega")
    later = make_space(services[1], "l", name_fr="Aaron", name_en="Aaron")
    found = found_scopes("", ScopeKind.SPACE, viewer=reader)
    assert [scope.pk for scope in found] == [shown.scope_id, hidden.scope_id, later.scope_id]


@pytest.mark.parametrize("asked", ["{pk}", "http://testserver/d/1/", "Finance", ""])
def test_the_page_of_places_is_always_in_an_order(client, world, asked):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UnorderedObjectListWarning)
        answer = client.get("/access/scopes/", {"q": asked.format(pk=world.service.scope_id)})
    assert answer.status_code == 200


NAMES = [
    "Zone", "École", "eau", "Œuvres", "oeuvre", "Straße", "strasse 2", "L’Étang", "l'etang bleu",
    "Ærø", "ÉCOLE e\u0301te\u0301", "Łódź", "ﬁchier", "Budget 2027", "budget 10", "-",
    "Çà et là", "Cà", "Lot 10", "lot 2", "Lot 002 bis", "lot 0", "000",
    "1234567890123", "0012345678901234", "12e 3e 25",
    "v1.10", "v1.9", "Saint\u2011Denis", "Saint-Denis",
]  # fmt: skip


def test_the_database_sorts_names_as_the_code_does(db):
    for number, name in enumerate(NAMES):
        make_service(f"s{number}", name_fr=name, name_en="x")
    found = Service.objects.filter(name_en="x").annotate(key=SortKey("name_fr"))
    assert {service.name_fr: service.key for service in found} == {
        service.name_fr: sort_key(service.name_fr) for service in found
    }
    sorted_by_it = [service.pk for service in found.order_by(SortKey("name_fr"), "pk")]
    assert sorted_by_it == [s.pk for s in sorted(found, key=lambda s: (sort_key(s.name_fr), s.pk))]


def test_every_latin_letter_sorts_as_the_code_sorts_it(db):
    """Latin-1, Latin Extended-A, -B and Additional: ǿ and ǽ are composed twice."""
    letters = [
        letter
        for number in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
        if (letter := chr(number)).isalpha()
    ]
    Group.objects.bulk_create(Group(name=f"a{letter}b") for letter in letters)
    groups = Group.objects.filter(name__startswith="a", name__endswith="b").annotate(
        key=SortKey("name")
    )
    assert {each.name: each.key for each in groups} == {
        f"a{letter}b": sort_key(f"a{letter}b") for letter in letters
    }
    in_order = [each.name for each in groups.order_by(SortKey("name"), "pk")]
    assert in_order == [g.name for g in sorted(groups, key=lambda g: (sort_key(g.name), g.pk))]


PEOPLE = [
    ("Zoé", "Éluard"), ("Ana", "eluard"), ("Élodie", "Zola"), ("Bob", "De La Tour"),
    ("Eve", "Delambre"), ("Ève", "Œhler"), ("Luc", "oeben"), ("", "Østergård"), ("Uma", ""),
]  # fmt: skip


def named(given: str, family: str, number: int) -> User:
    person = make_person(f"n{number}.one")
    person.first_name, person.last_name = given, family
    person.save()
    return person


def test_people_are_sorted_by_the_one_rule(db):
    made = [named(given, family, number) for number, (given, family) in enumerate(PEOPLE)]
    local = User.objects.create_user("éa.local")
    in_order = sorted(made, key=lambda user: (folded(user.last_name), folded(user.first_name)))
    at = [folded(user.last_name) for user in in_order].index("eluard")
    in_order.insert(at, local)
    assert [user for user in found_people("") if user in in_order] == in_order


def test_the_order_of_people_follows_their_names(db):
    first, second = named("Ana", "Bé", 1), named("Ana", "Ce", 2)
    second.last_name = "Àé"
    second.save(update_fields=["last_name"])
    assert list(found_people("ana")) == [second, first]
    User.objects.update(sort_name="")
    import_module("directory.migrations.0009_sort_name").fill(apps, None)
    assert list(found_people("ana")) == [second, first]


def test_a_name_of_any_length_can_be_sorted(db):
    assert named("\ufdfa" * 150, "\ufdfa" * 150, 1).sort_name


def test_a_page_of_people_is_found_by_an_index(db):
    if connection.vendor == "postgresql":  # which reads a short table through
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    plan = found_people("")[:50].explain()
    assert "account_by_name" in plan
    assert "B-TREE" not in plan


def test_places_of_a_person_come_in_the_order_of_their_names(client, services):
    reader = make_person("rea.der", service=services[0], it_admin=True)
    names = ["eau", "École", "Été", "Zone"]
    for slug, name in zip("abcd", reversed(names), strict=True):
        make_space(services[0], slug, name_fr=name, name_en=name)
    client.force_login(reader, backend="directory.backends.DirectoryBackend")
    shown = client.get(f"/access/people/{reader.pk}/").context["places"]
    assert [place.label.text for place in shown if place.label.text in names] == names


def test_an_accent_does_not_put_a_place_at_the_end(services):
    reader = make_person("rea.der", service=services[0], it_admin=True)
    for slug, name in (("a", "Zone"), ("b", "École"), ("c", "eau"), ("d", "Été")):
        make_space(services[0], slug, name_fr=name, name_en=name)
    found = list(found_scopes("", ScopeKind.SPACE, viewer=reader))
    labels = label_scopes(found, viewer=reader)
    assert [labels[scope.pk].text for scope in found] == ["eau", "École", "Été", "Zone"]


def test_what_is_kept_to_sort_by_is_compared_by_its_characters(db):
    """The collation that a database was made with has no say."""
    wanted = "C" if connection.vendor == "postgresql" else None
    kept = [
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, SortKeyField)
    ]
    assert len(kept) > 1
    with connection.cursor() as cursor:
        for table, column in kept:
            described = connection.introspection.get_table_description(cursor, table)
            assert {each.name: each.collation for each in described}[column] == wanted
