"""Checking the directory from its page, in both languages, on a phone and at a desk."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import expect

from .axe import check
from .conftest import SignIn

PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 900}}


@pytest.mark.parametrize(
    ("login", "language", "size", "colours", "button", "changes"),
    [
        ("rodrigue.telford", "fr", PHONE, "light", "Tout vérifier", "Changements"),
        ("shanice.alexander", "en", DESK, "dark", "Check everything", "Changes"),
    ],
)
def test_the_directory_is_checked_line_by_line(
    sign_in: SignIn,
    login: str,
    language: str,
    size: dict,
    colours: str,
    button: str,
    changes: str,
) -> None:
    page = sign_in(login, language=language, color_scheme=colours, **size)
    page.goto("/access/directory/")
    page.get_by_role("button", name=button).press("Enter")
    found = page.locator("#directory-check")
    expect(found.locator(".item-title", has_text=changes)).to_be_visible()
    expect(found.locator(".badge-bad")).to_have_count(0)
    expect(page.locator("#directory-checking")).not_to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    assert check(page) == []
    if folder := os.environ.get("MARIGOT_TEST_PICTURES"):
        page.screenshot(path=f"{folder}/check-{language}.png", full_page=True)
