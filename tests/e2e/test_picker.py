"""Naming somebody by a few letters, on the pages that give access: by keyboard and by touch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from directory.models import Role, User
from directory.models.grants import UserGrant
from tests.directory.factories import make_person, make_service
from tests.documents.factories import make_folder, make_space
from tests.servers.chromium import note_complaints

from .axe import check

PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True}
# The server of these tests speaks no WebSocket; two of them are about what is refused.
EXPECTED = ("WebSocket connection to", "503 (Service Unavailable)", "422 (Unprocessable Entity)")


class Place:
    """A folder whose access the head gives, and two namesakes who may get it."""

    def __init__(self) -> None:
        finance = make_service("finance")
        self.head = make_person("hana.head", service=finance, role=Role.HEAD)
        self.admin = make_person("ida.admin", it_admin=True)
        for login, given, family, title in (
            ("h.almeida", "Hélène", "D’Almeida", "Comptable"),
            ("h.almeida2", "Hélène", "D’Almeida", "Enseignante"),
            ("k.brun", "Kévin", "Brun", ""),
        ):
            person = make_person(login, title=title, display_name=f"{given} {family}")
            person.first_name, person.last_name = given, family
            person.save()
        folder = make_folder(make_space(finance, "budgets"), actor=self.head)
        self.folder = reverse("documents:access", args=[folder.pk])
        self.console = reverse("directory:access_scope", args=[folder.scope_id])


@pytest.fixture
def place(transactional_db: None) -> Place:
    return Place()


Enter = Callable[..., Page]


@pytest.fixture
def enter(browser: Browser, live_server) -> Iterator[Enter]:
    """`enter(person, address)`: their page there, whose console must stay empty."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def entered(person: User, address: str, *, language: str = "fr", **options: object) -> Page:
        client = Client()
        client.force_login(person, backend="directory.backends.DirectoryBackend")
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        session = client.cookies["sessionid"].value
        for name, value in (("sessionid", session), ("marigot_language", language)):
            context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        page = context.new_page()
        note_complaints(page, complaints, but=EXPECTED)
        page.goto(address)
        return page

    yield entered
    for context in contexts:
        context.close()
    assert complaints == []


def box(page: Page) -> Locator:
    return page.locator("m-picker input")


def offers(page: Page) -> Locator:
    return page.locator("m-picker [role=option]")


def given() -> set[str]:
    return set(UserGrant.objects.values_list("user__username", flat=True))


def type_at_once(page: Page, words: str) -> None:
    """Type so that one question is asked: what answers an earlier one would be offered anew."""
    page.keyboard.insert_text(words)


def test_a_namesake_is_chosen_by_keyboard_alone(place: Place, enter: Enter):
    page = enter(place.head, place.folder)
    field = page.get_by_role("combobox", name="Une personne")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.focus()
    type_at_once(page, "helene")
    expect(offers(page)).to_contain_text(
        ["Comptable · h.almeida", "Enseignante · h.almeida2"], use_inner_text=True
    )
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator("m-picker [role=status]")).to_have_text(
        re.compile("2 personnes.; utilisez les flèches")
    )
    assert check(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("m-picker [role=option][aria-selected=true]")
    expect(chosen).to_contain_text("h.almeida2")
    expect(field).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    assert check(page) == []
    # Home goes back into the text, Escape leaves it as it is; an arrow begins at its end.
    page.keyboard.press("Home")
    expect(chosen).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(field).to_have_value("helene")
    page.keyboard.press("ArrowUp")
    expect(chosen).to_contain_text("h.almeida2")
    page.keyboard.press("ArrowDown")
    expect(chosen).to_have_count(0)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(field).to_have_value("h.almeida2")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(page.locator("m-picker .picker-said")).to_have_text(
        re.compile("Personne choisie.: Hélène")
    )
    page.keyboard.press("Enter")
    expect(page.locator("[aria-labelledby=grants]")).to_contain_text("Hélène D’Almeida")
    assert given() == {"h.almeida2"}


def test_the_console_has_the_same_and_tab_takes_the_offer(place: Place, enter: Enter):
    page = enter(place.admin, place.console, language="en")
    box(page).focus()
    type_at_once(page, "KÉVIN")
    expect(offers(page)).to_have_count(1)
    expect(page.locator("m-picker [role=status]")).to_have_text("1 person; use the arrow keys")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(box(page)).to_have_value("k.brun")
    expect(page.get_by_role("combobox", name="or a group")).to_be_focused()
    page.locator("#id_reason").fill("Stands in for the head.")
    page.keyboard.press("Enter")
    expect(page.locator("main").get_by_role("link", name="Kévin Brun").first).to_be_visible()
    assert given() == {"k.brun"}


def test_the_journal_finds_who_has_left_by_name(place: Place, enter: Enter):
    User.objects.filter(username="k.brun").update(is_active=False)
    page = enter(place.admin, reverse("directory:access_journal"), language="en", **PHONE)
    box(page).fill("kevin")
    expect(offers(page)).to_contain_text(["k.brun · account closed"])
    assert check(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    offers(page).tap()
    expect(box(page)).to_have_value("k.brun")
    box(page).press("Enter")
    page.wait_for_url("**person=k.brun**")


def test_the_filters_of_the_journal_stay_in_line_beside_an_error(place: Place, enter: Enter):
    page = enter(place.admin, f"{reverse('directory:access_journal')}?person=zzz", language="en")
    expect(page.locator("#f-person-trouble")).to_be_visible()
    tops = "labels => labels.map(label => label.getBoundingClientRect().top)"
    labels = page.locator("label[for=f-service], label[for=f-person], label[for=f-action]")
    assert len(set(labels.evaluate_all(tops))) == 1
    filters = page.locator(".access-filters")
    both = filters.get_by_role("button", name="Filter"), filters.get_by_role("link", name="Show")
    first, second = (each.bounding_box() for each in both)
    assert first
    assert second
    assert 0 < second["x"] - first["x"] - first["width"] < 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_offer_is_touched_on_a_phone(place: Place, enter: Enter, scheme: str):
    page = enter(place.head, place.folder, color_scheme=scheme, **PHONE)
    box(page).tap()
    type_at_once(page, "dalm")
    expect(page.locator("m-picker .picker-note")).to_have_text(
        re.compile("Aucune personne trouvée")
    )
    assert check(page) == []
    box(page).fill("d'alm")
    expect(offers(page)).to_have_count(2)
    assert check(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    expect(offers(page).last).to_be_in_viewport(ratio=1)
    assert offers(page).first.bounding_box()["height"] >= 44
    offers(page).first.tap()
    expect(box(page)).to_have_value("h.almeida")
    expect(page.locator("m-picker .picker-panel")).to_be_hidden()
    expect(page.locator("m-picker .picker-said")).to_be_in_viewport()


def test_the_last_answer_is_shown_whenever_it_comes(place: Place, enter: Enter):
    page = enter(place.head, place.folder, language="en")
    held: list[Route] = []
    page.route(re.compile(r"\?q=hel$"), lambda route: held.append(route))
    box(page).focus()
    with page.expect_request(re.compile(r"\?q=hel$")):
        type_at_once(page, "hel")
    box(page).fill("kev")
    expect(offers(page)).to_have_count(1)
    for route in held:
        route.fulfill(body="<li role=option>late</li>")
    expect(offers(page)).to_contain_text(["Kévin Brun"])
    assert len(held) == 1
    page.unroute_all()


def test_a_server_that_cannot_answer_is_told_and_the_login_goes(place: Place, enter: Enter):
    page = enter(place.head, place.folder, language="en")
    page.route(re.compile(r"\?q="), lambda route: route.fulfill(status=503, body="busy"))
    box(page).fill("h.almeida")
    expect(page.locator("m-picker .picker-note")).to_contain_text(
        "cannot be looked up at the moment"
    )
    page.unroute_all()
    box(page).press("Enter")
    expect(page.locator("[aria-labelledby=grants]")).to_contain_text("Hélène D’Almeida")
    assert given() == {"h.almeida"}


def test_without_scripts_the_field_takes_the_login(place: Place, enter: Enter):
    page = enter(place.head, place.folder, java_script_enabled=False)
    expect(page.locator("m-picker .picker-panel")).to_be_hidden()
    page.get_by_label("Une personne").fill("HELENE D'ALMEIDA")
    page.get_by_label("Une personne").press("Enter")
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)  # there are two
    page.get_by_label("Une personne").fill("H.Almeida")
    page.get_by_label("Une personne").press("Enter")
    expect(page.locator("[aria-labelledby=grants]")).to_contain_text("Hélène D’Almeida")
    assert given() == {"h.almeida"}
