"""The main job, from the sign-in to the colleague's browser, by people of the demo."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

WORD = "zibelinoscope"


def find(page: Page, words: str, *, until: str | None = None, seconds: float = 240) -> None:
    """Search by the box at the top, as often as it takes until a result says `until`."""
    deadline = time.monotonic() + seconds
    while True:
        box = page.get_by_role("banner").locator("input[name=q]")
        box.fill(words)
        box.press("Enter")
        page.wait_for_url("**/search/?**")
        if until is None or page.locator("main").get_by_text(until).count():
            return
        assert time.monotonic() < deadline, f"{until} is not found by {words}"
        time.sleep(0.5)


@pytest.mark.slow
def test_upload_find_and_not_find_then_publish_and_be_told(sign_in, tmp_path: Path):
    contributor = sign_in("kevin.placide")
    colleague = sign_in("alicia.baptiste")
    elsewhere = sign_in("tony.williams", language="en")

    # From home to the own service's section, to its document space.
    contributor.locator("main").get_by_role("link", name="Finances").first.click()
    expect(contributor.get_by_role("heading", level=1)).to_have_text("Finances")
    contributor.locator("main").get_by_role("link", name="Dossiers du service").first.click()
    contributor.wait_for_url("**/spaces/finances/")

    # A file is uploaded and found by a word inside it.
    file = tmp_path / "Relevé de caisse.txt"
    file.write_text(f"Le {WORD} de la régie a été vérifié ce matin.\n")
    with contributor.expect_file_chooser() as chooser:
        contributor.locator("main [data-upload=files]").first.click()
    chooser.value.set_files(str(file))
    link = contributor.locator("#listing").get_by_role("link", name="Relevé de caisse.txt")
    expect(link).to_be_visible(timeout=60_000)
    address = link.get_attribute("href")
    assert address is not None
    assert address.startswith("/d/")
    find(contributor, WORD, until="Relevé de caisse")
    find(colleague, WORD, until="Relevé de caisse")
    colleague.locator("main").get_by_role("link", name="Relevé de caisse").first.click()
    expect(colleague.get_by_role("heading", level=1)).to_contain_text("Relevé de caisse")
    with colleague.expect_download() as download:
        colleague.locator("main a[href*='/download']").first.click()
    assert Path(download.value.path()).read_text() == file.read_text()

    # Who has no right does not find it, and its address does not exist for them.
    find(elsewhere, WORD)
    assert elsewhere.locator("main").get_by_text("Relevé").count() == 0
    assert elsewhere.request.get(address).status == 404
    assert elsewhere.request.get(f"{address}download").status == 404

    # A head publishes a note; it is in a colleague's open browser at once, and not in another's.
    colleague.goto("/fr/")
    elsewhere.goto("/en/")
    head = sign_in("maryse.lubin")
    head.goto("/write/")
    if head.get_by_role("link", name="Finances").count() and "/admin/" not in head.url:
        head.locator("main").get_by_role("link", name="Finances").first.click()
    head.locator("#id_title").fill("Contrôle des caisses avancé à jeudi")
    head.locator("#id_summary").fill("Les régisseurs sont attendus à neuf heures.")
    head.locator("#id_notify").check()
    head.locator("button[name=action-publish]").first.click(force=True)
    head.wait_for_url("**/admin/pages/**")
    toast = colleague.locator("m-notices, [role=status], [aria-live]").get_by_text(
        "Contrôle des caisses avancé à jeudi"
    )
    expect(toast.first).to_be_visible(timeout=60_000)
    assert elsewhere.get_by_text("Contrôle des caisses").count() == 0
    colleague.goto("/notices/")
    expect(colleague.locator("main").get_by_text("Contrôle des caisses").first).to_be_visible()
    elsewhere.goto("/notices/")
    assert elsewhere.get_by_text("Contrôle des caisses").count() == 0
    find(colleague, "contrôle des caisses", until="avancé à jeudi")


@pytest.mark.slow
def test_the_search_is_a_keystroke_away(sign_in):
    page = sign_in("alicia.baptiste")
    page.keyboard.press("Control+k")
    box = page.get_by_role("banner").locator("input[name=q]")
    expect(box).to_be_focused()
    # At once: what answers a part of the word would be offered first, and then anew.
    page.keyboard.insert_text("clôture")
    expect(page.get_by_role("option").first).to_be_visible()
    box.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_count(1)
    box.press("Enter")
    page.wait_for_url(lambda url: "/search/" not in url and not url.endswith("/fr/"))
