"""axe finds nothing on any page: in both languages, by day and by night, desk and phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from .axe import check
from .served import Served

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 900}}

EVERYBODY = [
    "/{lang}/",
    "/{lang}/finances/",
    "/{lang}/finances/cloture/",
    "/{lang}/communication/agenda-fete-de-la-mer/",
    "/spaces/",
    "/spaces/finances/",
    "/search/",
    "/search/?q=budget",
    "/search/?q=xyzzyx",
    "/notices/",
    "/notes/",
    "/events/",
    "/events/?show=past",
    "/services/",
    "/to-review/",
    "/no-such-page/",
]
IT_ADMIN = [
    "/access/",
    "/access/people/",
    "/access/people/?q=nobody-at-all",
    "/access/people/1/",
    "/access/services/",
    "/access/services/new/",
    "/access/services/finances/",
    "/access/scopes/",
    "/access/scopes/1/",
    "/access/grants/review/",
    "/access/explain/?who=placide&what=finances",
    "/access/explain/?person=1&scope=1",
    "/access/directory/",
    "/access/jobs/",
    "/access/directory/runs/1/",
    "/access/rules/",
    "/access/rules/new/?dir_group=1&access_group=1&nested=on",
    "/access/rules/1/",
    "/access/journal/",
]
HEAD = [
    "/spaces/finances/trash/",
    "/notices/new/",
    "/notices/sent/",
    "/spaces/new/",
    "/admin/",
]


def faults(page: Page, paths: list[str], language: str) -> list[str]:
    found = []
    for path in paths:
        answer = page.goto(path.format(lang=language))
        assert answer is not None
        expected = 404 if "no-such" in path else 200
        if answer.status != expected:
            found.append(f"{path}: {answer.status}")
            continue
        found += [f"{path}: {violation}" for violation in check(page)]
        width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if width > 1:
            found.append(f"{path}: {width} px wider than the window")
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "scheme", "device"),
    # Contrast is a matter of the scheme, names of the language; the longer words, on a phone.
    [("en", "light", DESK), ("fr", "dark", PHONE)],
    ids=["en-light-desk", "fr-dark-phone"],
)
def test_pages(sign_in, marigot: Served, language, scheme, device):
    member = sign_in("alicia.baptiste", language=language, color_scheme=scheme, **device)
    found = faults(member, EVERYBODY, language)
    member.goto("/spaces/finances/")
    folder = member.locator("#listing tr[data-folder] a").first.get_attribute("href")
    assert folder is not None
    found += faults(member, [folder], language)
    member.goto(folder)
    document = member.locator("#listing a[href^='/d/']").first.get_attribute("href")
    assert document is not None
    found += faults(member, [document], language)
    head = sign_in("maryse.lubin", language=language, color_scheme=scheme, **device)
    found += faults(head, HEAD, language)
    admin = sign_in("shanice.alexander", language=language, color_scheme=scheme, **device)
    found += faults(admin, IT_ADMIN, language)
    admin.context.clear_cookies(name="sessionid")
    admin.goto("/sign-in/")
    found += [f"/sign-in/: {violation}" for violation in check(admin)]
    assert not found, "\n".join(found)
