"""People are found as one types in a hurry: without accents, in capitals, with any apostrophe."""

from __future__ import annotations

import uuid
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.test import Client

from directory.actions.people import import_people, rename_logins, update_people
from directory.finding import found_people, offered_people, person_named, person_sought
from directory.ldap.entries import PersonEntry
from directory.models import User

from .factories import make_entry, make_person, make_service, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def helene() -> User:
    user = make_person("hbrun", display_name="Hélène D’Almeida-Cœur", mail="h.brun@example.org")
    user.first_name, user.last_name = "Hélène", "D’Almeida-Cœur"
    user.save()
    return user


@pytest.mark.parametrize(
    "words",
    ["helene", "HÉLÈNE", "hélène d'almeida", "ALMEIDA hel", "coeur", "D\u2019alm", "hbr", "h.brun@",
     "he\u0301le\u0300ne", "hel\u00adene", "almeida\u00a0\u00a0helene"],
)  # fmt: skip
def test_somebody_is_offered_however_the_name_is_typed(helene, words):
    make_person("kevin.autre")
    assert offered_people(words) == [helene]
    assert list(found_people(words)) == [helene]


@pytest.mark.parametrize(
    "name", ["HELENE D'ALMEIDA-COEUR", "hélène  d’almeida-cœur", "HBRUN", "H.Brun@Example.org"]
)
def test_somebody_is_named_however_it_is_written(helene, name):
    assert person_named(name) == helene


def test_a_name_as_it_is_written_comes_before_one_without_its_accents():
    one = make_person("rene.a", display_name="René Roc")
    other = make_person("rene.b", display_name="Rene Roc")
    assert person_named("RENÉ ROC") == one
    assert person_named("rene roc") == other
    third = make_person("rene.c", display_name="Renè Roc")
    other.is_active = False
    other.save()
    with pytest.raises(ValidationError) as several:
        person_named("Rene Roc")
    assert several.value.code == "several"
    assert third in found_people("rene roc")


@pytest.mark.parametrize("text", ["", " ", "\u200b\u00ad", "nobody"])
def test_nothing_that_can_be_seen_means_nobody(helene, text):
    with pytest.raises(ValidationError) as nobody:
        person_sought(text)
    assert nobody.value.code == "nobody"


def test_somebody_sought_by_login_is_found_among_any_number_of_others(helene):
    for number in range(3):
        make_person(f"hbrun{number}")
    assert person_sought("hbrun") == person_sought("HBrun") == helene
    assert person_sought("almeida") == helene
    with pytest.raises(ValidationError) as several:
        person_sought("hbr")
    assert several.value.code == "several"


def test_people_of_a_directory_are_found_by_what_it_says_now():
    source, pk = make_source(), uuid.uuid4()

    def entry(given: str, family: str) -> PersonEntry:
        whole = f"{given} {family}"
        return make_entry(pk, "x", display_name=whole, given_name=given, family_name=family)

    import_people(actor=None, source=source, entries=[entry("Kévin", "Été")], logins={pk: "kete"})
    (user,) = found_people("KEVIN ete")
    changes = {pk: (entry("Zoé", "Été"), ["given_name"])}
    update_people(actor=None, source=source, changes=changes)
    assert list(found_people("zoe")) == [user]
    assert not found_people("kevin")
    rename_logins(actor=None, logins={user.pk: "zete"})
    assert list(found_people("zete")) == [user]


def test_accounts_of_before_are_found(helene):
    User.objects.update(found_by="")
    import_module("directory.migrations.0006_found_by").fill(apps, None)
    assert offered_people("helene") == [helene]


def test_who_has_left_is_offered_where_that_is_asked_for(helene):
    helene.is_active = False
    helene.save()
    assert offered_people("helene") == []
    assert offered_people("helene", closed=True) == [helene]


def test_the_console_finds_services_without_their_accents():
    service = make_service("ecoles", name_fr="Écoles", name_en="Schools")
    client = Client()
    client.force_login(
        make_person("ida.admin", it_admin=True), backend="directory.backends.DirectoryBackend"
    )
    shown = client.get("/access/scopes/", {"q": "ecoles"})
    assert service.scope_id in [label.pk for label in shown.context["labels"]]
