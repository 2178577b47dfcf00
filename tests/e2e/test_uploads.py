"""Many files at once, while the server takes no more for the moment."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, Route, expect

from .served import Served
from .test_session import HEAD, SOON, SPACE, await_clear, dialog, end_sessions, fill

REFUSALS = [429, 429, 429, 503, 429]
# What is shown in between is gone in a second: it is noted as it comes.
NOTE_LINES = """() => {
  window.seen = new Set();
  new MutationObserver(() => {
    for (const line of document.querySelectorAll(".uploads li")) {
      const text = line.querySelector("[data-state]").textContent;
      window.seen.add(`${line.dataset.state} ${text}`);
    }
  }).observe(document.querySelector(".uploads"), { childList: true, subtree: true });
}"""


def _entered(page: Page, marigot: Served) -> Page:
    page.set_default_timeout(SOON)
    page.goto("/sign-in/")
    fill(page, marigot, HEAD, "main")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    return page


def test_a_folder_waits_for_its_turn_and_is_whole(
    browser: Browser, marigot: Served, tmp_path: Path
):
    """Some files are told "later", as a person is whose share is used up: nothing fails."""
    folder = tmp_path / "Trente"
    folder.mkdir()
    for number in range(30):
        (folder / f"pièce {number:02}.txt").write_text(f"Pièce {number}.")
    refusals = iter(REFUSALS)

    def later(route: Route) -> None:
        status = next(refusals, None) if route.request.method == "PUT" else None
        if status is None:
            route.continue_()
        else:
            route.fulfill(status=status, headers={"Retry-After": "1"}, body="<p>Plus tard</p>")

    context = browser.new_context(base_url=marigot.url, locale="fr-FR")
    try:
        page = _entered(context.new_page(), marigot)
        page.goto(SPACE)
        page.route("**/files?*", later)
        page.evaluate(NOTE_LINES)
        with page.expect_file_chooser() as chooser:
            page.locator("main [data-upload=folder]").first.click()
        chooser.value.set_files(str(folder))
        uploads = page.locator("m-upload .uploads")
        expect(uploads.locator("li[data-state=done]")).to_have_count(30, timeout=SOON)
        seen = page.evaluate("() => [...window.seen]")
        assert any(line.startswith("waiting En attente\u00a0:") for line in seen), seen
        assert not any(line.startswith("failed") for line in seen)
        assert next(refusals, None) is None
        page.unroute_all(behavior="wait")
    finally:
        context.close()


def test_a_sign_in_put_off_is_asked_for_once_and_the_files_go_on_after_it(
    browser: Browser, marigot: Served, tmp_path: Path
):
    files = [tmp_path / f"Sans session {number}.txt" for number in range(5)]
    for file in files:
        file.write_text(file.name)
    context = browser.new_context(base_url=marigot.url, locale="fr-FR")
    try:
        page = _entered(context.new_page(), marigot)
        page.goto(SPACE)
        end_sessions(marigot)
        with page.expect_file_chooser() as chooser:
            page.locator("main [data-upload=files]").first.click()
        chooser.value.set_files(files)
        dialog(page)
        page.keyboard.press("Escape")
        # Three are sent at once; neither they nor the others ask again.
        lines = page.locator("m-upload .uploads li")
        expect(page.locator("m-upload .uploads li[data-state=failed]")).to_have_count(5)
        expect(lines.first.locator("[data-state]")).to_have_text("Votre session a pris fin")
        expect(page.locator("#session")).to_be_hidden()
        line = page.locator(".session-over")
        for size in ({"width": 1280, "height": 860}, {"width": 390, "height": 844}):
            page.set_viewport_size(size)
            await_clear(page.locator("m-upload .uploads"), line)
        line.get_by_role("button").click()
        dialog(page)
        fill(page, marigot, HEAD)
        expect(page.locator("m-upload .uploads li[data-state=done]")).to_have_count(5)
        expect(line).to_be_hidden()
    finally:
        context.close()


def test_a_long_name_leaves_room_for_its_state_and_progress_is_said_in_english(
    browser: Browser, marigot: Served, tmp_path: Path
):
    file = tmp_path / f"{'x' * 200}.txt"
    file.write_text("Un nom sans espace.")
    context = browser.new_context(base_url=marigot.url, locale="en-GB")
    try:
        page = _entered(context.new_page(), marigot)
        context.add_cookies([{"name": "marigot_language", "value": "en", "url": marigot.url}])
        page.goto(SPACE)
        page.evaluate(NOTE_LINES)
        with page.expect_file_chooser() as chooser:
            page.locator("main [data-upload=files]").first.click()
        chooser.value.set_files(file)
        uploads = page.locator("m-upload .uploads")
        done = uploads.locator("li[data-state=done]")
        expect(done).to_have_count(1)
        state, panel = done.locator("[data-state]").bounding_box(), uploads.bounding_box()
        assert state is not None
        assert panel is not None
        assert state["x"] + state["width"] <= panel["x"] + panel["width"]
        assert "sending 100%" in page.evaluate("() => [...window.seen]")
    finally:
        context.close()


def test_what_is_refused_for_its_name_is_not_offered_once_more(
    browser: Browser, marigot: Served, tmp_path: Path
):
    context = browser.new_context(base_url=marigot.url, locale="fr-FR")
    try:
        _refuse_one_and_fail_once(context.new_page(), marigot, tmp_path)
    finally:
        context.close()


def _refuse_one_and_fail_once(page: Page, marigot: Served, folder: Path) -> None:
    _entered(page, marigot).goto(SPACE)
    for name in ("con.txt", "Suite.txt"):
        (folder / name).write_text(name)
    failing = iter([500])

    def fail_once(route: Route) -> None:
        status = next(failing, None)
        route.fulfill(status=status, body="") if status else route.continue_()

    page.route("**/files?name=Suite*", fail_once)
    with page.expect_file_chooser() as chooser:
        page.locator("main [data-upload=files]").first.click()
    chooser.value.set_files([folder / "con.txt", folder / "Suite.txt"])
    uploads = page.locator("m-upload .uploads")
    refused = uploads.locator("li").filter(has_text="con.txt")
    other = uploads.locator("li").filter(has_text="Suite.txt")
    expect(uploads.locator("li[data-state=failed]")).to_have_count(2)
    expect(refused.locator("[data-do=retry-one]")).to_be_hidden()
    expect(other.locator("[data-do=retry-one]")).to_be_visible()
    uploads.locator("header [data-do=retry]").click()
    expect(other).to_have_attribute("data-state", "done")
    expect(refused).to_have_attribute("data-state", "failed")
    expect(uploads.locator("header [data-do=retry]")).to_be_hidden()
    page.unroute_all(behavior="wait")
