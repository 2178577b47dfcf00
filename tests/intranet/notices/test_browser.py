"""The bell, the toasts and the pages of the notices in a real browser."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from playwright.sync_api import BrowserContext, Page, Route, WebSocket, expect

from directory import journal
from directory.models import Role
from intranet.notices.actions import withdraw_notice
from tests.directory.factories import make_person, make_service
from tests.e2e.axe import check
from tests.intranet.factories import make_section

from .factories import make_notice, to_service
from .serving import Site, running, session_of

PHONE = {"width": 390, "height": 844}
# What comes at once over a socket; a browser on a loaded machine may take its time.
SOON = 60_000
# Over polling, every 15 seconds.
POLLED = 90_000


@pytest.fixture
def finance(transactional_db: None) -> Any:
    service = make_service("finance", name_fr="Finances", name_en="Finance")
    make_section(service)
    return service


@pytest.fixture
def site(transactional_db: None) -> Iterator[Site]:
    call_command("collectstatic", interactive=False, verbosity=0)
    with running(Site()) as site:
        yield site
    assert site.errors() == []


Open = Callable[..., Page]


@pytest.fixture
def open_as(site: Site, finance: Any, context: BrowserContext) -> Open:
    """`open_as(person, path)`: a page of that person, in the browser's one profile."""

    def open_(person: Any, path: str = "/notices/", language: str = "fr", **cookies: str) -> Page:
        address = f"http://{site.address}"
        kept = {"sessionid": session_of(person), "marigot_language": language} | cookies
        context.add_cookies(
            [{"name": name, "value": value, "url": address} for name, value in kept.items()]
        )
        page = context.new_page()
        caught: list[str] = []

        def listen(opened: WebSocket) -> None:
            opened.on("framereceived", lambda frame: "caught" in frame and caught.append(frame))

        page.on("websocket", listen)
        page.goto(address + path)
        for _ in range(SOON // 50):
            if caught:
                break
            page.wait_for_timeout(50)
        assert caught, "the socket was not brought up to date"
        return page

    return open_


@pytest.fixture
def zoe(finance: Any) -> Any:
    return make_person("zoe.finance", service=finance)


def bell(page: Page) -> Any:
    return page.get_by_role("banner").locator("m-notices [data-unread]")


def toasts(page: Page) -> Any:
    return page.locator("m-toasts .toast")


def test_a_notice_appears_at_once_and_leads_there(open_as, zoe, finance):
    page = open_as(zoe, "/notices/?show=unread")
    expect(bell(page)).to_be_hidden()
    make_notice("Réunion à 14 h", url="/notices/?seen", scope=finance.scope)
    expect(toasts(page)).to_contain_text("Réunion à 14 h", timeout=SOON)
    expect(bell(page)).to_have_text("1")
    expect(page.get_by_role("banner").get_by_role("link", name="Avis, 1 non lu")).to_be_visible()
    expect(page.locator("[data-notices-fresh]")).to_contain_text("1 nouvel avis")
    assert check(page) == []
    # By keyboard: the link in the toast is reached and followed.
    toasts(page).get_by_role("link").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/notices/?seen")
    expect(bell(page)).to_be_hidden()


def tab_that_shows_a_toast(*tabs: Page) -> Page:
    """Return the tab that was first to hear: the others leave the toast to it."""
    deadline = time.monotonic() + SOON / 1000
    while time.monotonic() < deadline:
        for tab in tabs:
            if toasts(tab).count():
                return tab
        tabs[0].wait_for_timeout(50)
    raise AssertionError("no tab shows the notice")


def test_what_is_read_in_one_tab_counts_in_no_other_again(open_as, zoe, finance):
    first, second = open_as(zoe), open_as(zoe, "/notices/")
    make_notice("Réunion à 14 h", url="/notices/?seen", scope=finance.scope)
    for page in (first, second):
        expect(bell(page)).to_have_text("1", timeout=SOON)
    expect(second.locator(".notices-bar [data-unread]")).to_have_text("1")
    reader = tab_that_shows_a_toast(first, second)
    toasts(reader).get_by_role("link").click()
    reader.wait_for_url("**/notices/?seen")
    expect(bell(first)).to_be_hidden(timeout=SOON)
    expect(bell(second)).to_be_hidden(timeout=SOON)
    expect(second.locator(".notices-bar [data-unread]")).to_be_hidden()
    # A third is told the count when its socket is up to date, and the others what is new.
    third = open_as(zoe)
    third.wait_for_timeout(500)
    expect(bell(third)).to_be_hidden()
    make_notice("Une autre", scope=finance.scope)
    for page in (first, second, third):
        expect(bell(page)).to_have_text("1", timeout=SOON)


def test_a_toast_can_be_put_away_and_many_are_one(open_as, zoe):
    page = open_as(zoe)
    make_notice("Un avis")
    toasts(page).get_by_role("button").click(timeout=SOON)
    expect(toasts(page)).to_have_count(0)
    with journal.transaction():
        for number in range(5):
            make_notice(f"Avis {number}")
    expect(toasts(page)).to_have_text(["5 nouveaux avis Tout voir"], timeout=SOON)
    expect(bell(page)).to_have_text("6")


def test_what_comes_between_two_pages_is_shown_on_the_second(open_as, zoe, site):
    page = open_as(zoe)
    page.goto("about:blank")
    make_notice("Entre deux pages")
    page.goto(f"http://{site.address}/search/")
    expect(toasts(page)).to_contain_text("Entre deux pages", timeout=SOON)
    page.reload()
    expect(bell(page)).to_have_text("1")
    expect(toasts(page)).to_have_count(0)


def test_what_the_list_shows_is_not_announced_on_it(open_as, zoe, site):
    page = open_as(zoe, "/search/")
    page.goto("about:blank")
    make_notice("Entre deux pages")
    page.goto(f"http://{site.address}/notices/")
    expect(page.locator("main li").first).to_contain_text("Entre deux pages")
    shown, told = "document.querySelector('m-notices').dataset.since", "marigot-notices-since"
    for _ in range(SOON // 50):
        if page.evaluate(f"Number(sessionStorage['{told}']) >= Number({shown})"):
            break
        page.wait_for_timeout(50)
    expect(toasts(page)).to_have_count(0)
    expect(page.locator("[data-notices-fresh]")).to_be_hidden()
    # What comes after it is.
    make_notice("Après la liste")
    expect(toasts(page)).to_contain_text("Après la liste", timeout=SOON)
    expect(page.locator("[data-notices-fresh]")).to_contain_text("1 nouvel avis")


def test_what_is_read_in_one_tab_is_no_news_in_another(open_as, zoe):
    first, second = open_as(zoe), open_as(zoe)
    notices = [make_notice(f"Avis {number}", url="/notices/?seen") for number in range(2)]
    for page in (first, second):
        fresh = page.locator("[data-notices-fresh]")
        expect(fresh).to_contain_text("2 nouveaux avis", timeout=SOON)
    reader = first.context.new_page()
    for left, notice in ((1, notices[0]), (0, notices[1])):
        reader.goto(first.url + f"{notice.pk}/")
        for page in (first, second):
            fresh = page.locator("[data-notices-fresh]")
            if left:
                expect(fresh).to_contain_text("1 nouvel avis", timeout=SOON)
            else:
                expect(fresh).to_be_hidden(timeout=SOON)
            expect(toasts(page).filter(has_text=notice.title)).to_have_count(0, timeout=SOON)


def test_nothing_is_missed_when_the_server_restarts(open_as, zoe, site):
    page = open_as(zoe)
    site.stop()
    make_notice("Pendant l’arrêt")
    site.start()
    expect(toasts(page)).to_contain_text("Pendant l’arrêt", timeout=POLLED)


def test_what_could_not_be_fetched_is_fetched_again(open_as, zoe):
    page = open_as(zoe)
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        refused.append(route.request.url)
        route.fulfill(status=503) if len(refused) == 1 else route.continue_()

    page.route("**/notices/since/*", refuse_once)
    make_notice("Malgré tout")
    expect(toasts(page)).to_contain_text("Malgré tout", timeout=POLLED)
    assert len(refused) == 2


def test_the_count_of_a_second_tab_follows(open_as, zoe):
    make_notice("Un avis")
    first = open_as(zoe)
    second = first.context.new_page()
    second.goto(first.url)
    expect(bell(first)).to_have_text("1")
    second.get_by_role("button", name="Tout marquer comme lu").click()
    expect(second.locator("main")).to_contain_text("Tout est marqué comme lu.")
    expect(bell(first)).to_be_hidden(timeout=SOON)
    second.get_by_role("button", name="Annuler").click()
    expect(bell(first)).to_have_text("1", timeout=SOON)


def test_the_count_falls_when_a_notice_is_withdrawn(open_as, zoe):
    notice = make_notice("Retiré")
    page = open_as(zoe)
    expect(bell(page)).to_have_text("1")
    withdraw_notice(actor=None, notice=notice)
    expect(bell(page)).to_be_hidden(timeout=SOON)


def test_without_websockets_the_page_asks(site, finance, zoe, context):
    context.add_init_script("delete window.WebSocket")
    context.add_cookies(
        [{"name": "sessionid", "value": session_of(zoe), "url": f"http://{site.address}"}]
    )
    page = context.new_page()
    page.goto(f"http://{site.address}/notices/")
    make_notice("Par questions")
    expect(toasts(page)).to_contain_text("Par questions", timeout=POLLED)
    expect(bell(page)).to_have_text("1")


def test_when_the_session_ends_the_page_stops_asking(open_as, zoe):
    page = open_as(zoe)
    asked: list[str] = []
    page.on("websocket", lambda opened: asked.append(opened.url))
    page.on("request", lambda request: asked.append(request.url))
    Session.objects.all().delete()
    for _ in range(SOON // 100):
        if page.evaluate("document.querySelector('m-notices').over === true"):
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(4000)
    # It looks once whether the session is over, to say so.
    assert [urlsplit(url).path for url in asked] in ([], ["/session/"])


def test_texts_are_shown_as_texts(open_as, zoe):
    page = open_as(zoe)
    bad = "<img src=x onerror=\"document.title='hit'\">"
    make_notice(bad)
    expect(toasts(page)).to_contain_text(bad, timeout=SOON)
    assert page.title() != "hit"


def test_a_head_writes_previews_and_sends(open_as, finance, zoe):
    head = make_person("hal.head", service=finance, role=Role.HEAD)
    page = open_as(head)
    page.get_by_role("link", name="Nouvel avis").click()
    page.get_by_label("Titre en français").fill("Fermeture à midi")
    page.get_by_label("Titre en anglais").fill("Closing at noon")
    page.get_by_role("button", name="Aperçu").click()
    expect(page.locator("main")).to_contain_text("Cet avis sera montré à 2 personnes.")
    assert check(page) == []
    page.get_by_role("button", name="Modifier").click()
    page.get_by_label("Texte en français").fill("Le guichet rouvre à 14 h.")
    page.get_by_role("button", name="Aperçu").click()
    page.get_by_role("button", name="Publier maintenant").click()
    expect(page.locator("main")).to_contain_text("Il s’adresse à 2 personnes.")
    expect(page.locator("main")).to_contain_text("Le guichet rouvre à 14 h.")
    page.get_by_role("button", name="Retirer").click()
    page.get_by_role("dialog").get_by_role("button", name="Retirer").click()
    expect(page.locator("main")).to_contain_text("n’est plus montré à personne")


def test_axe_finds_nothing_on_any_page(open_as, finance, zoe):
    head = make_person("hal.head", service=finance, role=Role.HEAD)
    empty = open_as(zoe)
    assert "\n".join(map(str, check(empty))) == ""
    for number in range(23):
        make_notice(
            f"Avis {number}",
            title_en="" if number % 2 else f"Notice {number}",
            body_fr="Un texte.",
            url="/notices/" if number % 3 else "",
            scope=finance.scope,
            audiences=to_service(finance),
        )
    make_notice("Le mien", actor=head, scope=finance.scope)
    page = open_as(head, "/notices/new/")
    address = page.url.removesuffix("/notices/new/")
    for language, theme, size in (
        ("fr", "light", None),
        ("en", "dark", None),
        ("fr", "dark", PHONE),
        ("en", "light", PHONE),
    ):
        page.context.add_cookies(
            [
                {"name": name, "value": value, "url": address}
                for name, value in (("marigot_language", language), ("marigot_theme", theme))
            ]
        )
        if size:
            page.set_viewport_size(size)
        for path in ("/notices/", "/notices/?page=2&undo=0", "/notices/new/", "/notices/sent/"):
            page.goto(address + path)
            assert page.locator("html").get_attribute("lang") == language
            found = "\n".join(map(str, check(page)))
            assert found == "", f"{path} {language} {theme}: {found}"
            width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert width <= 0, f"{path} scrolls sideways by {width}px"
    page.locator("form [value=preview]").count()
    page.goto(f"{address}/notices/new/")
    with page.expect_navigation():
        page.locator("[name=step]").click()
    assert "\n".join(map(str, check(page))) == "", json.dumps(page.url)
