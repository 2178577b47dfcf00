"""Every component in a real browser: both languages, by day and by night, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from directory.models import User
from tests.e2e.axe import check
from tests.servers.chromium import note_complaints

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# The server of these tests speaks no WebSocket; one of the pages is missing on purpose.
EXPECTED = ("WebSocket connection to", "404 (Not Found)")


@pytest.fixture
def open_page(
    live_server, gallery, make_everybody: Callable[[], User], context: BrowserContext
) -> Callable[..., Page]:
    """Open an address as the person of the gallery; the console must stay empty."""
    client = Client()
    client.force_login(make_everybody())
    complaints: list[str] = []

    def open_(path: str, *, language="fr", theme="light", size=DESK) -> Page:
        context.add_cookies(
            [
                {"name": name, "value": value, "url": live_server.url}
                for name, value in (
                    ("sessionid", client.cookies["sessionid"].value),
                    ("marigot_language", language),
                    ("marigot_theme", theme),
                )
            ]
        )
        page = context.new_page()
        page.set_viewport_size(size)
        note_complaints(page, complaints, but=EXPECTED)
        page.goto(live_server.url + path)
        return page

    yield open_
    assert complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_in_any_component(open_page, theme, language, size):
    page = open_page("/desk/?wrong", theme=theme, language=language, size=size)
    assert page.locator("html").get_attribute("lang") == language
    assert "\n".join(map(str, check(page))) == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/sign-in/gallery/", "/hero/", "/fr/nothing/"])
def test_axe_finds_nothing_at_the_door_on_the_band_and_where_nothing_is(open_page, path, theme):
    page = open_page(path, theme=theme)
    assert "\n".join(map(str, check(page))) == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_what_opens(open_page, theme):
    page = open_page("/desk/", theme=theme)
    page.click("[popovertarget=account]")
    assert "\n".join(map(str, check(page))) == ""
    page.keyboard.press("Escape")
    page.click("[commandfor=new-folder]")
    page.wait_for_selector("#new-folder[open]")
    assert "\n".join(map(str, check(page))) == ""
    page.keyboard.press("Escape")
    page.click("form[data-confirm] button")
    page.wait_for_selector("#confirm[open]")
    assert "\n".join(map(str, check(page))) == ""
    page.keyboard.press("Escape")
    page.fill("#somebody", "h.o")
    page.wait_for_selector("m-picker .picker-option")
    page.keyboard.press("ArrowDown")
    assert "\n".join(map(str, check(page))) == ""
    page.keyboard.press("Escape")
    page.click("#group")
    page.wait_for_selector("m-choices .picker-option")
    assert "\n".join(map(str, check(page))) == ""
    page.fill("#somebody", "nobody")
    page.wait_for_selector("m-picker .picker-note:visible")
    assert "\n".join(map(str, check(page))) == ""
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('m:toast', "
        "{detail: {text: 'Saved', kind: 'good', href: '/fr/', link: 'Open'}}))"
    )
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("bud")
    page.wait_for_selector(".suggestion")
    page.keyboard.press("ArrowDown")
    assert "\n".join(map(str, check(page))) == ""


@pytest.mark.parametrize(
    ("status", "kind", "shown"),
    [
        (507, "text/plain", "No room left"),
        (503, "text/html", "Cela n’a pas fonctionné"),
        (429, "text/plain", "No room left"),
    ],
)
def test_what_passes_by_itself_is_told_in_the_words_of_the_server(open_page, status, kind, shown):
    page = open_page("/desk/")
    page.evaluate(
        """([status, kind]) => document.dispatchEvent(new CustomEvent('htmx:response:error', {
            detail: {ctx: {text: 'No room left',
                           response: {status, headers: new Headers({'Content-Type': kind})}}}}))""",
        [status, kind],
    )
    expect(page.locator("m-toasts")).to_contain_text(shown)


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1600])
def test_no_page_scrolls_sideways(open_page, width):
    for path in ("/desk/", "/hero/", "/sign-in/gallery/"):
        page = open_page(path, size={"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_targets_are_24_pixels_or_more(open_page):
    for size in (DESK, PHONE):
        page = open_page("/desk/", size=size)
        small = page.evaluate(
            """() => [...document.querySelectorAll('a[href], button, input, select, summary')]
            .filter(e => e.checkVisibility({visibilityProperty: true}) && e.type !== 'hidden'
                && getComputedStyle(e).display !== 'inline' && !e.closest('.skip'))
            .filter(e => { const b = e.getBoundingClientRect();
                const l = (e.closest('label') || e).getBoundingClientRect();
                return Math.max(b.height, l.height) < 24 || Math.max(b.width, l.width) < 24 })
            .map(e => e.outerHTML.slice(0, 120))"""
        )
        assert small == []


def test_the_search_is_worked_by_keyboard(open_page, live_server):
    page = open_page("/desk/")
    page.keyboard.press("Control+k")
    box = page.locator("#search-input[role=combobox]")
    expect(box).to_be_focused()
    # At once: what answers a part of the word would be offered first, and then anew.
    page.keyboard.insert_text("bud")
    page.wait_for_selector(".suggestion")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.locator(".suggestion[aria-selected=true]")
    expect(chosen).to_have_count(1)
    expect(box).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    page.keyboard.press("Escape")
    expect(page.locator(".search-panel")).to_be_hidden()
    expect(box).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(".suggestion")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**#s1")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ["0 avis lu", "1 avis lu", "2 avis lus", "1\u202f234 avis lus"]),
        ("en", ["0 avis lus", "1 avis lu", "2 avis lus", "1,234 avis lus"]),
    ],
)
def test_a_number_is_counted_as_the_language_of_the_page_does(open_page, language, said):
    page = open_page("/desk/", language=language)
    counted = page.evaluate(
        """async () => {
          const { counted } = await import("/static/design/counted.js");
          return [0, 1, 2, 1234].map((number) => counted(number, "# avis lu", "# avis lus"));
        }"""
    )
    assert counted == said


def test_the_search_says_how_much_it_offers(open_page):
    page = open_page("/desk/", language="en")
    page.click("#search-input")
    page.keyboard.insert_text("bud")
    page.wait_for_selector(".suggestion")
    options = page.locator("m-search [role=option]").count()
    said = page.locator("m-search [role=status]")
    expect(said).to_have_text(f"{options} suggestions; use the arrow keys")


def test_the_search_takes_the_screen_of_a_phone(open_page):
    page = open_page("/desk/", size=PHONE)
    page.click("#search-input")
    box = page.locator("m-search").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    page.click(".search-back")
    assert page.locator("m-search").bounding_box()["height"] < 80


def test_the_theme_stays_without_a_flash(open_page, context, live_server):
    page = open_page("/desk/", theme="")
    page.click("[popovertarget=account]")
    page.click("m-theme [value=dark]")
    night = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    plain = context.new_page()
    plain.route("**/*.js", lambda route: route.abort())
    plain.goto(live_server.url + "/desk/")
    assert plain.locator("html").get_attribute("data-theme") == "dark"
    assert plain.evaluate("getComputedStyle(document.documentElement).backgroundColor") == night


def test_a_form_that_asks_is_sent_only_after_yes(open_page):
    page = open_page("/desk/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.click("form[data-confirm] button")
    expect(page.locator("#confirm h2")).to_have_text("Mettre ce document à la corbeille ?")
    page.click("#confirm [value=no]")
    page.wait_for_selector("#confirm:not([open])", state="attached")
    assert "POST" not in sent
    page.click("form[data-confirm] button")
    with page.expect_request(lambda request: request.method == "POST"):
        page.click("#confirm [value=yes]")


def test_a_menu_is_worked_by_keyboard(open_page):
    page = open_page("/desk/")
    opener = page.locator("[popovertarget=account]")
    opener.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#account [value=fr]:focus")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#account [value=en]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_the_essential_works_without_scripts(live_server, gallery, make_everybody, browser):
    client = Client()
    client.force_login(make_everybody())
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(
        [
            {
                "name": "sessionid",
                "value": client.cookies["sessionid"].value,
                "url": live_server.url,
            }
        ]
    )
    page = context.new_page()
    page.goto(live_server.url + "/desk/")
    page.click("[popovertarget=account]")
    expect(page.locator("#account")).to_be_visible()
    page.keyboard.press("Escape")
    page.fill("#search-input", "budget")
    page.click(".search-go")
    page.wait_for_url("**q=budget**")
    context.close()
