"""Whatever is listed by name is sorted by the one rule: `directory.sorting`, `directory.text`.

By an order of its own a database sorts « École » after « Zone », each database elsewhere.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("directory", "documents", "intranet", "search", "config")

NAMES = {
    "name", "name_fr", "name_en", "title", "draft_title", "label", "display_name", "given_name",
    "family_name", "first_name", "last_name", "full_name", "who", "text",
}  # fmt: skip
SORTING = {"sort_key", "SortKey", "order_of"}
# How often a module sorts names as they are written, and why it may.
MEANT = {
    "config/demo/logins.py": 1,  # in the order of a list
    "directory/sync/closure.py": 1,  # so that the same way is taken every time
    "documents/blobs/sweeping.py": 1,  # files of the store
    "documents/importing/walking.py": 1,  # a tree, walked the same way every time
    "search/engines/tantivy/folder.py": 1,  # folders of the index
}


def by_name(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield each place of `tree` that sorts by a name as it is written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ordering":
            raw = _columns(node.value)
        elif not isinstance(node, ast.Call):
            continue
        elif (called := ast.unparse(node.func).rpartition(".")[2]) == "order_by":
            raw = any(map(_columns, node.args))
        else:
            raw = called in {"sorted", "sort"} and _sorts_by_name(node)
        if raw:
            yield node


def _columns(given: ast.expr) -> bool:
    """Tell whether a column of names stands in `given` as it is."""
    return any(
        isinstance(node, ast.Constant)
        and str(node.value).removeprefix("-").rpartition("__")[2] in NAMES
        for node in _unfolded(given)
    )


def _sorts_by_name(call: ast.Call) -> bool:
    keys = [word.value for word in call.keywords if word.arg == "key"]
    return any(
        (isinstance(node, ast.Attribute) and node.attr in NAMES)
        or (isinstance(node, ast.Call) and ast.unparse(node.func) == "str")
        for node in _unfolded((keys or call.args[:1] or [ast.Constant(None)])[0])
    )


def _unfolded(node: ast.AST) -> Iterator[ast.AST]:
    """Yield `node` and what is in it, but for what is folded."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in SORTING:
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _unfolded(child)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("rows.order_by('pk', 'user__last_name')", 1),
        ("rows.order_by('-name')", 1),
        ("rows.order_by(F('title').asc())", 1),
        ("class Meta:\n    ordering = ['name_fr']", 1),
        ("sorted(rows, key=lambda row: row.name)", 1),
        ("rows.sort(key=lambda row: (row.kind, str(row.group)))", 1),
        ("sorted(row.name for row in rows)", 1),
        ("sorted({row.title for row in rows}, key=sort_key)", 0),
        ("rows.order_by(SortKey('name'), 'name_sort', 'pk')", 0),
        ("sorted(rows, key=lambda row: (sort_key(row.name), row.pk))", 0),
        ("sorted(rows, key=lambda row: (folded(row.name), row.pk))", 1),
        ("sorted(rows, key=lambda row: row.pk)", 0),
    ],
)
def test_a_list_by_a_raw_name_is_noticed(code, found):
    assert len(list(by_name(ast.parse(code)))) == found


def test_every_list_by_name_is_sorted_by_the_one_rule():
    found = Counter(
        str(path.relative_to(ROOT))
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
        for _place in by_name(ast.parse(path.read_text()))
    )
    assert found == MEANT
