"""Take the pictures of the users' documentation, in both languages: `python -m tests.e2e.pictures`.

It asks for a Marigot with its demo that runs already (`make run`): its port and data folder.
"""

from __future__ import annotations

import io
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from tests.servers.chromium import launched

from .served import ROOT, Served

IMAGES = ROOT / "docs" / "images"
SIZE: ViewportSize = {"width": 1280, "height": 800}
HEAD = "maryse.lubin"
COLOURS = 128
NOTICE = {
    "en": ("Water cut tomorrow morning", "From 8 to 10 a.m., in the annex."),
    "fr": ("Coupure d’eau demain matin", "De 8 h à 10 h, à l’annexe."),
}
NOTE = {
    "en": "Covered market: opening on 12 December",
    "fr": "Marché couvert : ouverture le 12 décembre",
}
# A browser writes the form of a date in its own language, which is not the page's here.
PLAIN = "input[type=date]::-webkit-datetime-edit { opacity: 0 }"


def take(page: Page, name: str, language: str) -> None:
    """Keep what is in sight as docs/images/<name>-<language>.png."""
    page.wait_for_timeout(500)  # what fades in is there
    shot = Image.open(io.BytesIO(page.screenshot(style=PLAIN))).convert("RGB")
    shot.quantize(COLOURS).save(IMAGES / f"{name}-{language}.png", optimize=True)


def signed_in(browser: Browser, marigot: Served, language: str) -> Page:
    """Return a page of the head, who reads in `language`."""
    page = browser.new_page(base_url=marigot.url, viewport=SIZE, bypass_csp=True)  # for PLAIN
    page.goto("/sign-in/")
    person = marigot.person(HEAD)
    page.locator("main input[name=username]").fill(person["login"])
    page.locator("main input[name=password]").fill(person["password"])
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    page.get_by_role("button", name=person["name"]).click()
    page.locator(f"button[name=language][value={language}]").first.click()
    page.wait_for_url(lambda url: f"/{language}/" in url)
    return page


def session(page: Page, marigot: Served, language: str) -> None:
    """A session that ended while a notice was written."""
    title, text = NOTICE[language]
    page.goto("/notices/new/")
    page.locator(f"#id_title_{language}").fill(title)
    page.locator(f"#id_body_{language}").fill(text)
    with closing(sqlite3.connect(marigot.data / "marigot.sqlite3", timeout=30)) as database:
        database.execute("DELETE FROM django_session")
        database.commit()
    page.locator(f"#id_title_{language}").press("Enter")
    page.locator("#session-password").wait_for()
    page.evaluate("window.scrollTo(0, 0)")
    take(page, "session", language)


def restricted(page: Page, language: str) -> None:
    """What is asked before a folder is closed to all but those who manage it."""
    page.goto("/spaces/finances/")
    folder = page.locator("#listing a[href^='/d/']").first.get_attribute("href")
    page.goto(f"{folder}access/")
    page.locator("main [data-sheet][href*='do=break']").click()
    page.locator("dialog[open] #sheet-title").wait_for()
    take(page, "restricted", language)


def editor(page: Page, language: str) -> None:
    """What the editor of notes says where something is missing."""
    page.goto("/write/?kind=note")
    page.locator("#id_title").fill(NOTE[language])
    page.locator("button.c-sf-add-button").last.click()
    page.locator("[role=option]").filter(has_text="Tabl").click()
    page.locator("select[name=table-header-choice]").select_option("")
    page.locator("button[name=action-publish]").first.click()
    page.locator(".messages").first.wait_for()
    error = page.locator(".w-field__errors, .error-message").locator("visible=true").first
    error.evaluate("e => e.scrollIntoView({ block: 'center' })")
    take(page, "editor", language)


def main() -> None:
    """Take them all from the Marigot at sys.argv: port, data folder."""
    marigot = Served(Path(sys.argv[2]), int(sys.argv[1]))
    with launched() as browser:
        for language in ("en", "fr"):  # ends in the language of the head
            page = signed_in(browser, marigot, language)
            restricted(page, language)
            editor(page, language)
            session(page, marigot, language)


if __name__ == "__main__":
    main()
