"""Where the keyboard stands once something was asked or done, in a browser."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from .conftest import SignIn

SPACE = "/spaces/finances/"
PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}


def _to_the_menu_of(page: Page, name: str) -> None:
    page.locator("#listing").get_by_role("button", name=f"Actions pour {name}").focus()
    page.keyboard.press("Enter")


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
def test_a_long_question_is_read_from_its_beginning(
    sign_in: SignIn, options: dict[str, object]
) -> None:
    page = sign_in("maryse.lubin", **options)
    page.goto(SPACE)
    _to_the_menu_of(page, "Budget")
    page.get_by_role("menuitem", name="Qui peut le voir").press("Enter")
    page.wait_for_url("**/access/")
    opener = page.get_by_role("link", name="Ne garder que les gestionnaires…")
    opener.press("Enter")
    title = page.locator("#sheet-title")
    expect(title).to_be_focused()
    expect(title).to_be_in_viewport(ratio=0.9)  # a part of a pixel may be cut
    # What answers it is in sight all the same.
    sheet = page.locator("#sheet")
    assert sheet.evaluate("dialog => dialog.scrollHeight > dialog.clientHeight")
    expect(sheet.locator(".form-actions button")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    opener.press("Enter")
    sheet.get_by_role("link", name="Annuler").press("Enter")
    expect(sheet).to_be_hidden()
    expect(opener).to_be_focused()


def test_what_was_done_is_told_where_the_keyboard_stands(sign_in: SignIn) -> None:
    page = sign_in("maryse.lubin")
    page.goto(SPACE)
    name = f"Classeur {uuid4().hex[:8]}"
    page.get_by_role("link", name="Nouveau dossier").press("Enter")
    page.locator("#sheet input[type=text]").fill(name)
    page.keyboard.press("Enter")
    page.wait_for_url("**/d/*/")
    page.goto(SPACE)
    _to_the_menu_of(page, name)
    page.get_by_role("menuitem", name="Renommer…").press("Enter")
    page.locator("#sheet input[type=text]").fill(f"{name} bis")
    page.keyboard.press("Enter")
    told = page.locator("[data-told]")
    expect(told).to_contain_text("nouveau nom")
    expect(told).to_be_focused()

    # The way back from the trash is the next stop.
    _to_the_menu_of(page, f"{name} bis")
    page.get_by_role("menuitem", name="Mettre à la corbeille").press("Enter")
    expect(told).to_contain_text("corbeille")
    expect(told).to_be_focused()
    page.keyboard.press("Tab")
    expect(told.get_by_role("button", name="Annuler")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#listing").get_by_role("link", name=f"{name} bis")).to_be_visible()
    expect(told).to_be_focused()
