"""A note that is submitted, and what its reviewer does with it, in the editor."""

from __future__ import annotations

from playwright.sync_api import Page


def submitted(page: Page, title: str) -> str:
    """Have the person of `page`, who may not publish, submit a note; return where it is edited."""
    page.goto("/write/?kind=note")
    page.locator("#id_title").fill(title)
    page.locator("[data-streamfield-child] [role=textbox]").first.fill("À relire.")
    _press(page, "button[name=action-submit]")
    page.wait_for_url(lambda url: "/admin/pages/add/" not in url)
    return str(page.get_by_role("link", name=title).first.get_attribute("href"))


def ask_for_changes(page: Page) -> None:
    """Open the dialog that asks what is to be changed."""
    _press(page, "[data-workflow-action-name=reject]")


def _press(page: Page, action: str) -> None:
    """Press what stands in the menu beside the main button."""
    page.locator("footer [data-w-dropdown-target=toggle]").first.click()
    page.locator(action).first.click()
