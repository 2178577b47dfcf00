"""Choosing a new password while signing in, by keyboard, on a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.directory.servers import branch, directory_server
from tests.servers.branch import PASSWORD
from tests.servers.chromium import note_complaints
from tests.servers.password_policy import policy

from .axe import check

__all__ = ["branch", "directory_server"]  # fixtures
NEW = "Nouvel-été-2027"
PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}
# The answers that refuse are what it is about.
EXPECTED = ("401 (Unauthorized)", "WebSocket connection to")


@pytest.mark.parametrize("directory_server", ["openldap"], indirect=True)
@pytest.mark.parametrize(
    ("language", "refused", "device"),
    [("fr", "trop court", PHONE), ("en", "too short", DESK)],
    ids=["fr-phone", "en-dark-desk"],
)
def test_by_keyboard_alone(
    transactional_db, live_server, browser: Browser, branch, settings, language, refused, device
):
    settings.LDAP = settings.LDAP | {"changes_passwords": True}
    dn = branch.add_person("ann.martin")
    complaints: list[str] = []
    context = browser.new_context(base_url=live_server.url, **device)
    context.add_cookies([{"name": "marigot_language", "value": language, "url": live_server.url}])
    page = context.new_page()
    note_complaints(page, complaints, but=EXPECTED)
    with policy(branch) as rules, rules.changed_by_people():
        rules.must_change(dn)
        page.goto("/sign-in/?next=/session/")
        for typed in ("ann.martin", "Tab", PASSWORD, "Enter"):
            if typed in ("Tab", "Enter"):
                page.keyboard.press(typed)
            else:
                page.keyboard.insert_text(typed)
        present = page.locator("input[name=password]")
        expect(page.locator("input[name=new_password]")).to_be_visible()
        expect(present).to_be_focused()
        expect(page.locator("input[name=username]")).to_have_value("ann.martin")
        assert check(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 1
        for new in ("Ab-1", NEW):
            expect(present).to_be_focused()
            for typed in (PASSWORD, new, new):
                page.keyboard.insert_text(typed)
                if page.locator("input[name=password_again]:focus").count():
                    page.keyboard.press("Enter")
                else:
                    page.keyboard.press("Tab")
            if new != NEW:
                expect(page.locator("#sign-in-error")).to_contain_text(refused)
                assert check(page) == []
        page.wait_for_url("**/session/")
        assert "ann" not in page.url
    context.close()
    assert complaints == []
