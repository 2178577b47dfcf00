"""The editor of a note, in a browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Route, expect

from .conftest import SignIn


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
    assert choice.input_value() == "row"
    choice.select_option("")
    page.locator("textarea[name=title], input[name=title]").fill("Brouillon au tableau")
    page.get_by_role("button", name="Publier", exact=False).first.click()
    page.get_by_text("Indiquez quelles cellules du tableau sont des en-têtes").first.wait_for()


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

    page.route("**/admin/pages/add/**", hold_the_answer)
    # What is typed before the editor has looked at the form is no change to it.
    while not page.evaluate("wagtail.app.queryController('w-unsaved')?.initialFormData"):
        page.wait_for_timeout(50)
    title = "Permanence du samedi reportée"
    page.locator("#id_title").press_sequentially(title)
    while not saved:
        page.wait_for_timeout(50)
    page.locator("button[name=action-publish]").first.click(force=True)
    page.wait_for_url(lambda url: "/admin/pages/add/" not in url)
    page.unroute_all(behavior="ignoreErrors")
    rows = page.locator("tbody tr").filter(has_text="Permanence du")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(title)
    drafts = page.locator("tbody tr").filter(has_text="Brouillon")
    assert not drafts.filter(has_text="Permanence").count()
