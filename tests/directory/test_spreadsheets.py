"""Tables that leave as CSV: one writer, right at a double click, no formula."""

from __future__ import annotations

import ast
import csv
import io

import pytest
from django.conf import settings
from django.test import Client

from directory.spreadsheets import csv_answer, csv_lines, write_csv
from tests.directory.factories import make_person

APPS = ("config", "directory", "search", "documents", "intranet")
# It knows the type of a file; it writes none.
ONLY_NAMED = {"search/filetypes.py"}


@pytest.mark.parametrize(
    "live",
    [
        '=HYPERLINK("http://x")',
        "+33 1 23",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "＝1",
        "\x00=1",
        "\u00a0=1",
    ],
)
def test_no_text_becomes_a_formula(live):
    table = "".join(csv_lines([["name"], [live]]))
    cell = list(csv.reader(io.StringIO(table.removeprefix("\ufeff"), newline=""), delimiter=";"))[
        1
    ][0]
    assert cell.startswith("'")
    assert cell.endswith(live.lstrip("\x00")[-2:])


def test_a_number_stays_a_number_and_a_text_a_text():
    table = "".join(csv_lines([["a", "b"], [-5, "Été ; a-b = c"], [None, 'say "yes"\nor no']]))
    assert table == '\ufeffa;b\r\n-5;"Été ; a-b = c"\r\n;"say ""yes""\nor no"\r\n'


def test_an_answer_and_a_file_begin_with_the_mark(tmp_path):
    answer = csv_answer([["é"]], name="table")
    assert b"".join(answer) == "\ufeffé\r\n".encode()
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    write_csv(tmp_path / "t.csv", [["é"]])
    assert (tmp_path / "t.csv").read_bytes() == "\ufeffé\r\n".encode()


def makers(text: str) -> bool:
    """Tell whether a module makes CSV by itself: imports `csv`, or names the type of it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import) and any(name.name == "csv" for name in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "csv":
            return True
        if isinstance(node, ast.Constant) and str(node.value).startswith("text/csv"):
            return True
    return False


def test_a_writer_of_its_own_is_found():
    assert makers("import csv")
    assert makers("from csv import writer")
    assert makers("HttpResponse(content_type='text/csv')")
    assert not makers("from directory.spreadsheets import csv_answer")


def test_nothing_else_writes_csv():
    files = [path for app in APPS for path in (settings.ROOT / app).rglob("*.py")]
    found = {str(path.relative_to(settings.ROOT)) for path in files if makers(path.read_text())}
    assert found - ONLY_NAMED == {"directory/spreadsheets.py"}


def test_the_journal_opens_in_a_spreadsheet(db):
    client = Client()
    admin = make_person("ida.admin", it_admin=True)
    client.force_login(admin, backend="directory.backends.DirectoryBackend")
    body = b"".join(client.post("/access/journal/export/").streaming_content)  # type: ignore[attr-defined]
    assert body.startswith(b"\xef\xbb\xbf")
    heading, first = body.decode("utf-8-sig").split("\r\n")[:2]
    assert len(heading.split(";")) == 17
    assert first.split(";")[12] == "journal.exported"
