"""The editor of a note, in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from .conftest import SignIn
from .editing import ask_for_changes, submitted

SOON = 600  # times that are looked, ten a second
ADD = "**/admin/pages/add/*/*/*/"


def _holding(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text))


def _overlap(a: dict[str, Any], b: dict[str, Any]) -> bool:
    across = a["x"] < b["x"] + b["width"] and b["x"] < a["x"] + a["width"]
    return across and a["y"] < b["y"] + b["height"] and b["y"] < a["y"] + a["height"]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_calendar_of_the_schedule_covers_nothing(sign_in: SignIn, width: int) -> None:
    page = sign_in("maryse.lubin", viewport={"width": width, "height": 900})
    page.goto("/write/?kind=note")
    page.locator("[data-side-panel-toggle='status']").first.click()
    page.locator("[data-a11y-dialog-show='schedule-publishing-dialog']").first.click()
    dialog = page.locator("#schedule-publishing-dialog")
    for name, others in (("go_live_at", ["#id_expire_at"]), ("expire_at", [])):
        dialog.locator(f"#id_{name}").click()
        calendar = page.locator(".xdsoft_datetimepicker:visible")
        calendar.wait_for()
        box = calendar.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        for other in (*others, f"#id_{name}", ".action-save"):
            beside = dialog.locator(other).bounding_box()
            assert beside is not None
            # The calendar hangs on the border of its own field.
            beside["height"] -= 4
            assert not _overlap(box, beside), (name, other)


def test_a_new_table_has_headings_and_a_draft_without_them_is_kept(sign_in: SignIn) -> None:
    page = sign_in("maryse.lubin")
    page.goto("/write/?kind=note")
    page.locator("[data-streamfield-child]").first.wait_for()
    page.locator("button.c-sf-add-button").last.click()
    page.get_by_role("option", name="Tableau").click()
    choice = page.locator("select[name=table-header-choice]")
    choice.wait_for()
    expect(choice).to_have_value("row")
    choice.select_option("")
    page.locator("textarea[name=title], input[name=title]").fill("Brouillon au tableau")
    page.get_by_role("button", name="Publier", exact=False).first.click()
    page.get_by_text("Indiquez quelles cellules du tableau sont des en-têtes").first.wait_for()


def _type_a_title_until(page: Page, title: str, happened: Callable[[], Any]) -> None:
    """Type with pauses: the editor saves in those, once it has looked at the form for a while."""
    page.locator("#id_title").fill(title)
    for _ in range(60):
        page.locator("#id_title").press_sequentially("!")
        if _has(page, happened, within=20):
            return
    raise AssertionError("The editor has not saved.")


def _has(page: Page, happened: Callable[[], Any], *, within: int) -> bool:
    """Tell whether it has, looking `within` times."""
    for _ in range(within):
        if happened():
            return True
        page.wait_for_timeout(100)
    return False


def _only_note(page: Page, title: str) -> None:
    page.wait_for_url(lambda url: "/admin/pages/add/" not in url)
    row = page.locator("tbody tr").filter(has_text=title)
    expect(row).to_have_count(1)
    expect(row).to_contain_text(f"{title}!")


def test_what_is_published_while_it_is_first_saved_is_one_page(sign_in: SignIn) -> None:
    page = sign_in("maryse.lubin")
    page.goto("/write/?kind=note")
    saved: list[Route] = []

    def hold_the_answer(route: Route) -> None:
        if "application/json" in route.request.headers["accept"]:
            assert route.fetch().json()["success"]
            saved.append(route)
        else:
            route.continue_()

    page.route(ADD, hold_the_answer)
    title = f"Permanence {uuid4().hex[:8]}"
    _type_a_title_until(page, title, lambda: saved)
    page.locator("#id_title").press_sequentially("!")
    page.locator("button[name=action-publish]").first.click(force=True)
    page.wait_for_url(lambda url: "/admin/pages/add/" not in url)
    page.unroute_all(behavior="ignoreErrors")
    _only_note(page, title)


def test_what_is_sent_by_hand_is_not_followed_by_what_was_to_be_saved(sign_in: SignIn) -> None:
    page = sign_in("maryse.lubin")
    page.goto("/write/?kind=note")
    page.evaluate(
        """() => {
          const form = document.querySelector("[data-edit-form]");
          form.dataset.wAutosaveIntervalValue = "2000";
          // Pressed while the editor waits to save, however slow the machine is.
          document.addEventListener("w-autosave:save", () => setTimeout(
            () => document.querySelector("button[name=action-publish]").click()), {once: true});
        }"""
    )
    by_hand: list[Route] = []
    by_itself: list[Route] = []

    def note(route: Route) -> None:
        if "application/json" in route.request.headers["accept"]:
            by_itself.append(route)
            route.continue_()
        else:
            by_hand.append(route)

    page.route(ADD, note)
    title = f"Guichet {uuid4().hex[:8]}"
    _type_a_title_until(page, title, lambda: by_hand)
    assert by_itself == []
    page.wait_for_timeout(2500)
    assert by_itself == []
    by_hand[0].continue_()
    _only_note(page, title)


def test_a_page_is_linked_to_by_keyboard(sign_in: SignIn) -> None:
    page = sign_in("maryse.lubin")
    page.goto("/write/?kind=note")
    page.locator("#id_title").fill(f"Renvoi {uuid4().hex[:8]}")
    text = page.locator("[data-streamfield-child] [role=textbox]").first
    text.focus()
    page.keyboard.type("Voir les dates")
    page.keyboard.press("Control+Shift+ArrowLeft")
    page.keyboard.press("Control+k")
    chooser = page.locator(".modal-content")
    chooser.locator("input[name=q]").fill("Clôture comptable")
    # What was found, in the place of the pages beside this one, among which it stands too.
    expect(chooser.locator("h2[role=alert]")).to_be_visible()
    chooser.get_by_role("link", name="Clôture comptable", exact=False).first.press("Enter")
    expect(page.locator(".modal-content")).to_have_count(0)
    expect(text.locator("[data-draftail-trigger]")).to_have_text("dates")


def test_a_table_written_by_keyboard_alone_is_saved(sign_in: SignIn) -> None:
    page = sign_in("maryse.lubin")
    page.goto("/write/?kind=note")
    title = f"Tableau {uuid4().hex[:8]}"
    page.locator("#id_title").fill(title)
    page.locator("[data-streamfield-child]").first.wait_for()
    page.locator("button.c-sf-add-button").last.click()
    page.get_by_role("option", name="Tableau").click()
    page.locator("[name=handsontable-col-caption]").focus()
    page.keyboard.press("Tab")
    for words in ("Poste", "Montant", "2027"):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    value = page.locator("input[type=hidden][name^=body][name$=-value]").last
    expect(value).to_have_value(_holding('["Poste","Montant","2027"]'))
    # Through the last cell one is out of the table again.
    for _ in range(6):
        page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('table')")
    # Opened again, it is there, and goes on to be kept.
    page.locator("button[name=action-publish]").first.press("Enter")
    page.wait_for_url(lambda url: "/admin/pages/" in url and "/add/" not in url)
    page.wait_for_load_state()
    page.get_by_role("link", name=title).first.click()
    value.wait_for(state="attached")
    cell = page.locator("td[contenteditable]").nth(3)
    cell.focus()
    page.keyboard.type("Papier")
    page.keyboard.press("Tab")
    expect(value).to_have_value(_holding('[["Poste","Montant","2027"],["Papier",null,null]'))


def test_rows_and_columns_come_and_go_by_mouse_and_by_keyboard(sign_in: SignIn) -> None:
    page = sign_in("maryse.lubin")
    page.goto("/write/?kind=note")
    page.locator("[data-streamfield-child]").first.wait_for()
    page.locator("button.c-sf-add-button").last.click()
    page.get_by_role("option", name="Tableau").click()
    page.locator("[name=handsontable-col-caption]").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("Poste")
    cells = page.locator("td[contenteditable]")
    for name, count in (
        ("Insérer une ligne au-dessous", 12),
        ("Insérer une colonne à droite", 16),
        ("Supprimer la ligne", 12),
        ("Supprimer la colonne", 9),
    ):
        cells.nth(4).focus()
        while page.evaluate("document.activeElement.tagName") == "TD":
            page.keyboard.press("Tab")
        page.get_by_role("button", name=name).press("Enter")
        expect(cells).to_have_count(count)
    value = page.locator("input[type=hidden][name^=body][name$=-value]").last
    expect(value).to_have_value(_holding('"data":[["Poste",null,null],[null'))
    cells.first.click(button="right")
    menu = page.locator(".htContextMenu td:not(.htSeparator)")
    expect(menu.filter(has_text="Insérer une ligne au-dessus")).to_be_visible()
    assert "row" not in " ".join(menu.all_inner_texts()).lower()


def test_the_last_word_before_saving_is_saved(sign_in: SignIn) -> None:
    page = sign_in("maryse.lubin")
    page.goto("/write/?kind=note")
    page.locator("#id_title").fill(f"Dernier mot {uuid4().hex[:8]}")
    text = page.locator("[data-streamfield-child] [role=textbox]").first
    text.focus()
    page.keyboard.type("Tout, jusqu’au point final.")
    page.keyboard.press("Control+s")
    page.wait_for_url(lambda url: "/add/" not in url)
    page.reload()
    expect(text).to_have_text("Tout, jusqu’au point final.")


def test_a_date_that_is_none_stays_as_it_was_typed(sign_in: SignIn) -> None:
    page = sign_in("maryse.lubin")
    page.goto("/write/?kind=note")
    date = page.locator("#id_date")
    date.fill("31/02/2026")
    date.press("Tab")
    page.locator("#id_title").click()
    expect(page.locator(".xdsoft_datetimepicker:visible")).to_have_count(0)
    expect(date).to_have_value("31/02/2026")
    date.fill("")
    date.press("Tab")
    expect(date).to_have_value("")


def test_a_request_for_changes_is_not_followed_by_what_was_to_be_saved(sign_in: SignIn) -> None:
    title = f"Relecture {uuid4().hex[:8]}"
    address = submitted(sign_in("kevin.placide"), title)
    page = sign_in("maryse.lubin")
    page.goto(address)
    page.evaluate(
        """() => {
          const form = document.querySelector("[data-edit-form]");
          form.dataset.wAutosaveIntervalValue = "4000";
          document.addEventListener("w-autosave:save", () => (form.dataset.begun = ""));
        }"""
    )
    by_hand: list[Route] = []
    by_itself: list[str] = []

    def note(route: Route) -> None:
        if "application/json" in route.request.headers["accept"]:
            by_itself.append(route.request.post_data or "")
            route.continue_()
        else:
            by_hand.append(route)

    _type_a_title_until(page, title, page.locator("[data-begun]").count)
    ask_for_changes(page)
    asked = page.locator(".modal-content form")
    asked.locator("textarea").fill("Précisez la date.")
    page.route("**/admin/pages/*/edit/", note)
    asked.locator("[type=submit]").click()
    assert _has(page, lambda: by_hand, within=SOON)
    before = len(by_itself)
    page.wait_for_timeout(5000)
    assert len(by_itself) == before
    assert not [sent for sent in by_itself if "workflow-action" in sent]
    by_hand[0].continue_()
    page.wait_for_url(lambda url: not url.endswith("/edit/"))
    page.unroute_all(behavior="ignoreErrors")
    page.goto(address)
    expect(page.locator("#id_title")).to_have_value(re.compile(f"{title}!+"))
    expect(page.get_by_text("Précisez la date.").first).to_be_attached()


def test_the_dialog_of_a_review_takes_the_keyboard_and_gives_it_back(sign_in: SignIn) -> None:
    address = submitted(sign_in("kevin.placide"), f"Au clavier {uuid4().hex[:8]}")
    page = sign_in("maryse.lubin")
    page.goto(address)
    ask_for_changes(page)
    expect(page.locator(".modal-content textarea")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".modal-content")).to_have_count(0)
    expect(page.locator("footer [data-w-dropdown-target=toggle]").first).to_be_focused()
