"""Finding one group among many by a part of its name: by keyboard, by touch, without scripts."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from directory.models import DirGroup, GroupRule, Membership, Role
from directory.text import folded
from tests.directory.factories import make_person, make_service, make_source

from .axe import check
from .test_picker import PHONE, Enter, enter

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["enter"]  # fixture

SAMPLES = [
    "État civil · responsable",
    "E\u0301TAT\u00a0 CIVIL",
    "Œuvres sociales, Encyclopædia, STRASSE straße, Łódź, ISTANBUL ıstanbul, Ærø",
    "l\u2019eau d\u02bcici, haute\u2011mer, mot\u00adcoupé, z\u200bero",
]  # fmt: skip


@pytest.fixture
def admin():
    """An administrator of five services, and groups of a directory."""
    for slug, name in (
        ("etat-civil", "État civil"),
        ("ecoles", "Écoles"),
        ("finances", "Finances"),
        ("voirie", "Voirie"),
    ):
        make_service(slug, name_fr=name, name_en=name)
    for number in range(120):
        DirGroup.objects.create(
            source=make_source(), external_id=f"{number:032}", name=f"g-équipe-{number:03}"
        )
    return make_person("ida.admin", it_admin=True)


def test_a_group_is_found_without_its_accents_and_given(admin, enter: Enter):
    page = enter(admin, reverse("directory:access_person", args=[admin.pk]))
    page.locator("details > summary").last.click()
    field = page.get_by_role("combobox", name="Groupe d’accès")
    field.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("m-choices [role=option]")).to_have_count(14)
    page.keyboard.press("Escape")
    page.keyboard.type("ETAT resp")
    options = page.locator("m-choices [role=option]")
    expect(options).to_have_text(["État civil · responsable"])
    expect(page.locator("m-choices [role=status]")).to_have_text(
        re.compile("1 choix.; utilisez les flèches")
    )
    assert check(page) == []
    # What is no choice is not sent.
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    assert field.evaluate("e => e.validationMessage") == "Choisissez dans la liste."
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("État civil · responsable")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="État civil · responsable", exact=True)).to_be_visible()
    given = Membership.objects.get(
        user=admin, origin=Membership.Origin.MANUAL, access_group__role=Role.HEAD
    )
    assert given.access_group.service.slug == "etat-civil"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_rule_is_made_on_a_phone(admin, enter: Enter, scheme: str):
    page = enter(
        admin, reverse("directory:access_rule_new"), language="en", color_scheme=scheme, **PHONE
    )
    named = page.get_by_role("combobox", name="Group of the directory")
    named.tap()
    first = page.locator("m-choices").first
    expect(first.locator("[role=option]")).to_have_count(100)
    expect(first.locator(".picker-note")).to_have_text(
        "The first 100 are shown: type part of the name."
    )
    assert check(page) == []
    named.fill("equipe 119")
    expect(first.locator("[role=option]")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    first.locator("[role=option]").tap()
    # Typed to the end it counts as chosen, in whatever case, and nothing lies over the button.
    page.get_by_role("combobox", name="Its members are").fill("ecoles · MEMBER")
    page.wait_for_timeout(400)
    expect(page.locator("m-choices").nth(1).locator(".picker-panel")).to_be_hidden()
    page.locator("main button[type=submit]").first.tap()
    page.wait_for_url("**dir_group=**")
    expect(page.get_by_role("combobox", name="Its members are")).to_have_value("Écoles · member")
    assert check(page) == []


def test_without_scripts_it_is_the_list(admin, enter: Enter):
    page = enter(admin, reverse("directory:access_rule_new"), java_script_enabled=False)
    page.locator("select[name=dir_group]").select_option(label="g-équipe-007")
    page.locator("select[name=access_group]").select_option(label="Voirie · membre")
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**dir_group=**")
    assert not GroupRule.objects.exists()  # shown first


def test_the_browser_folds_as_the_server_does(admin, enter: Enter):
    page = enter(admin, reverse("directory:access_rule_new"))
    seen = page.evaluate(
        """async (samples) => {
          const { folded } = await import("/static/design/folded.js");
          return samples.map(folded);
        }""",
        SAMPLES,
    )
    assert seen == [folded(text) for text in SAMPLES]
