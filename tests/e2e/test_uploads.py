"""Many files at once, while the server takes no more for the moment."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, Route, expect

from .served import Served
from .test_session import HEAD, SOON, SPACE, fill

REFUSALS = [429, 429, 429, 503, 429]


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
        page = context.new_page()
        page.set_default_timeout(SOON)
        page.goto("/sign-in/")
        fill(page, marigot, HEAD, "main")
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        page.goto(SPACE)
        page.route("**/files?*", later)
        # What is shown in between is gone in a second: it is noted as it comes.
        page.evaluate(
            """() => {
              window.seen = new Set();
              new MutationObserver(() => {
                for (const line of document.querySelectorAll(".uploads li")) {
                  const text = line.querySelector("[data-state]").textContent;
                  window.seen.add(`${line.dataset.state} ${text}`);
                }
              }).observe(document.querySelector(".uploads"), { childList: true, subtree: true });
            }"""
        )
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


def test_what_is_refused_for_its_name_is_not_offered_once_more(
    browser: Browser, marigot: Served, tmp_path: Path
):
    context = browser.new_context(base_url=marigot.url, locale="fr-FR")
    try:
        _refuse_one_and_fail_once(context.new_page(), marigot, tmp_path)
    finally:
        context.close()


def _refuse_one_and_fail_once(page: Page, marigot: Served, folder: Path) -> None:
    page.set_default_timeout(SOON)
    page.goto("/sign-in/")
    fill(page, marigot, HEAD, "main")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    page.goto(SPACE)
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
