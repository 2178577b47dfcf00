"""The logic of each script under static/, tested in the browser and nothing else of Marigot.

The tests are written beside this file, in the language of what they test: `NAME.test.js` for
the script NAME.js. Each `test("…")` there is a case here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.servers.chromium import note_complaints, requests_outside

from .bodies import bodies
from .site import HERE, served

ROOT = Path(__file__).parents[2]
APPS = ("config", "directory", "documents", "intranet", "search")
CASES = [
    (file.name, name)
    for file in sorted(HERE.glob("*.test.js"))
    for name in re.findall(r'^test\("([^"]+)"', file.read_text(), re.MULTILINE)
]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the pages."""
    with served(bodies()) as address:
        yield address


Load = Callable[[str], tuple[Page, list[str]]]


@pytest.fixture(scope="module")
def load(browser: Browser, site: str) -> Iterator[Load]:
    """Return a function that loads the page of a file of tests anew, each in its one tab.

    With it comes the list of what its scripts fail with.
    """
    context = browser.new_context(locale="en-GB", base_url=site)
    context.set_default_timeout(60_000)
    outside = requests_outside(context)
    pages: dict[str, tuple[Page, list[str]]] = {}

    def loaded(script: str) -> tuple[Page, list[str]]:
        if script not in pages:
            pages[script] = context.new_page(), []
            note_complaints(*pages[script], about="Content Security Policy")
        page, errors = pages[script]
        errors.clear()
        page.goto(f"/pages/{script}")
        page.evaluate("sessionStorage.clear()")
        return page, errors

    yield loaded
    context.close()
    assert not outside, f"The page made requests outside the site: {outside}"


@pytest.mark.parametrize(("script", "name"), CASES)
def test_script(load: Load, script: str, name: str) -> None:
    page, errors = load(script)
    wrong = page.evaluate("name => window.runTest(name)", name)
    if wrong or errors:
        pytest.fail("\n".join([wrong, *errors]), pytrace=False)


def test_every_script_is_tested() -> None:
    scripts = {
        file.stem
        for app in APPS
        for file in (ROOT / app).rglob("static/**/*.js")
        if "vendor" not in file.parts
    }
    assert {script for script, _ in CASES} == {f"{script}.test.js" for script in scripts}
