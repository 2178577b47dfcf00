"""Tables on a phone, in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import SignIn


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("/access/journal/", "Action"),
        ("/access/services/", "Members"),
        ("/access/services/finances/", "Through"),
        ("/access/jobs/", "State"),
        ("/access/directory/", "Outcome"),
        ("/access/rules/", "Nested groups"),
        ("/access/scopes/", "Kind"),
    ],
)
def test_a_wide_table_of_the_console_is_lines_on_a_phone(
    sign_in: SignIn, address: str, label: str
) -> None:
    page = sign_in(
        "shanice.alexander", language="en", viewport={"width": 360, "height": 740}, is_mobile=True
    )
    page.goto(address)
    box = page.locator("main .table-box").first
    expect(box.locator("tbody tr").first).to_be_visible()
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # Each line says what it is; on a desk the head of the column does.
    cell = box.locator(f"tbody tr:first-child td[data-label='{label}']")
    said = "cell => getComputedStyle(cell, '::before').content"
    assert label in cell.evaluate(said)
    page.set_viewport_size({"width": 1280, "height": 800})
    assert cell.evaluate(said) == "none"


def test_the_people_of_the_console_fit_a_phone(sign_in: SignIn) -> None:
    page = sign_in(
        "shanice.alexander", language="en", viewport={"width": 360, "height": 740}, is_mobile=True
    )
    page.goto("/access/people/?q=Nathan+Ad%C3%A9la%C3%AFde")
    box = page.locator("main .table-box")
    # The longest title of the demo.
    expect(box).to_contain_text("Agent territorial spécialisé des écoles maternelles")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
