"""What stands in the page of each script's tests: the templates that the script works on."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString

FOLDER = SimpleNamespace(pk=UUID(int=1), title="Plans")
PERSON = SimpleNamespace(pk=7, get_username="ana.rey")

# Two folders and two files; the last row may be read and no more.
ROWS = """
<div id="listing"><table><tbody><tr><td><input type="checkbox" class="pick" data-all></td></tr>
<tr data-id="1" data-change data-manage data-folder>{row}</tr>
<tr data-id="2" data-change data-folder>{row}</tr>
<tr data-id="3" data-change data-manage>{row}</tr>
<tr data-id="4">{row}</tr></tbody></table></div>
<form id="chosen" method="post" action="/d/trash/">
<input type="hidden" name="csrfmiddlewaretoken" value="token">
<output data-count data-one="# chosen" data-other="# are chosen"></output>
<button data-do="move">Move</button><button data-do="trash">Trash</button>
<button type="reset">Clear</button></form>
"""


def _drawn(template: str, **context: Any) -> str:
    """Draw `template` without its scripts: each test imports them once all is prepared."""
    return re.sub("<script.*?</script>", "", render_to_string(template, context))


def _choices() -> str:
    options = "".join(f'<option value="{n}">Équipe {n:03}</option>' for n in range(1, 121))
    select = f'<select id="group" name="group" required><option value="">All</option>{options}'
    few = '<select id="few" name="few"><option>a</option><option>b</option></select>'
    return _drawn("cotton/choices.html", slot=SafeString(select + "</select>")) + _drawn(
        "cotton/choices.html", slot=SafeString(few)
    )


def _files() -> str:
    box = '<input type="checkbox" class="pick" name="node" value="{}" form="chosen">'
    row = f"<td>{box}<button data-menu>…</button></td>"
    rows = ROWS
    for number in (1, 2, 3, 4):
        rows = rows.replace("{row}", row.replace("{}", str(number)), 1)
    menu = _drawn("documents/row_menu.html")
    return (
        _drawn("documents/sheet_dialog.html")
        + f'<m-files data-here="/spaces/a/" data-move="/d/move/">{rows}{menu}</m-files>'
    )


def bodies() -> dict[str, str]:
    """Return the body of the page of each file of tests."""
    field = SafeString('<input id="person" name="person">')
    with translation.override("en"):
        return {
            "admin.test.js": "",
            "choices.test.js": _choices(),
            "combobox.test.js": "",
            "copy.test.js": '<button data-copy="/d/1/" data-said="Copied" hidden>Copy</button>',
            "counted.test.js": "",
            "elements.test.js": _drawn("design/live.html"),
            "files.test.js": _files(),
            "folded.test.js": "",
            "notices.test.js": _drawn(
                "notices/bell.html", nav=SimpleNamespace(sequence=40, unread=2)
            ),
            "picker.test.js": _drawn("cotton/picker.html", offers="/people/", slot=field),
            "search.test.js": _drawn("design/search_box.html"),
            "session.test.js": _drawn("directory/session.html", user=PERSON),
            "sheet.test.js": _drawn("documents/sheet_dialog.html"),
            "upload.test.js": _drawn(
                "documents/uploader.html",
                node=SimpleNamespace(pk=UUID(int=1), title="Plans"),
                limit=5000000,
            )
            + '<a href="/" data-upload="files" hidden>Upload</a>'
            + '<input type="hidden" name="csrfmiddlewaretoken" value="token">',
        }
