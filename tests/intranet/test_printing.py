"""What a page looks like on paper: a wide table is whole, a long one starts under its title."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser

from directory import journal
from tests.directory.factories import event, make_person, make_service
from tests.intranet.factories import make_note

COLUMNS, ROWS = 14, 120


def printed(browser: Browser, html: str, folder: Path) -> list[str]:
    """Return the text of each sheet of paper that the page fills (A4)."""
    for name in set(re.findall(r'"/static/([^"?#]+\.css)"', html)):
        html = html.replace(f'"/static/{name}"', f'"file://{finders.find(name)}"')
    (folder / "page.html").write_text(html)
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"file://{folder / 'page.html'}")
    page.pdf(path=folder / "page.pdf", format="A4", prefer_css_page_size=True)
    page.close()
    document = pypdfium2.PdfDocument(folder / "page.pdf")
    return [sheet.get_textpage().get_text_range() for sheet in document]


def words(text: str) -> str:
    """Return `text` without its blanks: a cell may be broken into lines."""
    return re.sub(r"\s+", "", text)


def shown(person: Any, address: str) -> str:
    client = Client()
    client.force_login(person, backend="directory.backends.DirectoryBackend")
    response = client.get(address, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def table(columns: int, rows: int, caption: str, cell: str = "cell-{r}-{c}") -> dict[str, Any]:
    data = [[f"Column-{c}" for c in range(columns)]]
    data += [[cell.format(r=r, c=c) for c in range(columns)] for r in range(rows)]
    return {
        "type": "table",
        "value": {
            "data": data,
            "table_caption": caption,
            "first_row_is_table_header": True,
            "table_header_choice": "row",
        },
    }


@pytest.fixture
def person(db: None) -> Any:
    return make_person("mia.member", service=make_service("finance"))


def note_with(person: Any, *blocks: dict[str, Any]) -> str:
    service = person.groups.get(access_group__service__isnull=False).access_group.service
    note = make_note(service, "Tarifs", audience="organisation", body=list(blocks))
    return shown(person, note.address_own)


def test_a_wide_table_is_whole(person, browser, tmp_path):
    sheets = printed(browser, note_with(person, table(COLUMNS, 3, "Wide")), tmp_path)
    text = words("".join(sheets))
    missing = [c for c in range(COLUMNS) if f"Column-{c}" not in text or f"cell-2-{c}" not in text]
    assert not missing


def test_the_amounts_of_a_wide_table_are_not_broken(person, browser, tmp_path):
    wide = table(16, 3, "Amounts", cell="12345{r}{c:02}.50")
    text = " ".join(printed(browser, note_with(person, wide), tmp_path))
    assert [c for c in range(16) if f"123452{c:02}.50" not in text] == []


def test_a_long_table_starts_under_its_title_and_repeats_its_head(person, browser, tmp_path):
    before = {"type": "paragraph", "value": "<p>Some words before it.</p>"}
    title = {"type": "heading", "value": {"text": "The title of the table", "level": "2"}}
    html = note_with(person, before, title, table(3, ROWS, "Long"))
    sheets = [words(sheet) for sheet in printed(browser, html, tmp_path)]
    with_title = next(sheet for sheet in sheets if "Thetitleofthetable" in sheet)
    assert "Somewordsbeforeit" in with_title
    assert "cell-0-0" in with_title
    assert "cell-20-2" in with_title
    assert len(sheets) > 1
    for sheet in sheets:
        assert ("Column-0" in sheet) == ("cell-" in sheet)
    rows = re.findall(r"cell-(\d+)-0", "".join(sheets))
    assert [int(row) for row in rows] == list(range(ROWS))


def test_the_list_of_the_journal_is_whole(db, browser, tmp_path):
    admin = make_person("ida.admin", it_admin=True)
    with journal.transaction():
        for number in range(45):
            journal.append(
                event("service.renamed"), actor=admin, payload={"name": f"service-{number}"}
            )
    sheets = [words(s) for s in printed(browser, shown(admin, "/access/journal/"), tmp_path)]
    assert "service-44" in sheets[0]
    text = "".join(sheets)
    assert all(f"service-{number}" in text for number in range(45))
