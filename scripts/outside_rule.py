#!/usr/bin/env python3
"""Hold the rule that what a client says becomes a number, a text, a day at one door alone.

    python scripts/outside_rule.py

The door is `directory.outside`. Of the product's files two things are refused: a number or a day
made by hand where requests are read or of what they say, and a field, header or cookie that is
used before it went through the door. To compare one with a constant, to ask whether it is there,
to give it to a form or to Django's paginator is no use of it. Fields are followed within a
function, and into one whose parameter is a QueryDict.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "directory", "search", "documents", "intranet")

# Where texts are made fit for all behind: the door itself, what stands before all views, and the
# judge of the fields of Wagtail's admin.
DOORS = {"directory/outside.py", "directory/incoming.py", "intranet/parameters.py"}
# Those of the door; and Django's paginator, which takes anything and gives some page.
TAKERS = {
    *("text_from_outside", "number_from_outside", "day_from_outside", "uuid_from_outside"),
    *("address_from_outside", "get_page"),
}

# A digit of another script, or a superscript, passes these and is no number.
DIGITS = {"isdigit", "isdecimal", "isnumeric"}
MAKERS = {
    *("int", "float", "Decimal", "UUID", "fromisoformat", "fromtimestamp", "strptime"),
    *("parse_date", "parse_datetime"),
}
# Where requests are read: there a number or a day is never made by hand.
READING = {
    *("consumers.py", "forms.py", "gate.py", "incoming.py", "middleware.py", "parameters.py"),
    *("serving.py", "throttle.py"),
}
READING_FOLDERS = {"forms", "hub", "uploads", "views"}
# What asks the letters of a word, and makes no number of it; what reads files, confined.
LETTERS = {
    f"search/{name}.py"
    for name in ("distance", "engines/highlight", "planning", "spellings", "text")
}
CONFINED = "search/extraction/formats/"
# A number or a day that is one by now, with the reason why.
MADE = {
    ("directory/throttle.py", "int"): "seconds of a timedelta",
    ("documents/views/uploading.py", "fromtimestamp"): "a number within bounds",
    ("intranet/consumers.py", "int"): "the id of a service in an entry that an action wrote",
}

SAID = {"GET", "POST", "COOKIES", "META", "headers"}
READS = {"get", "getlist", "pop", "items", "lists", "values", "dict"}
# What the server says of a request, and no client.
SERVER = {"REMOTE_ADDR"}
# What is used as it comes, with the reason why.
TAKEN = {
    ("directory/carrying.py", "*"): "a form is carried back as it came, sealed",
    ("intranet/blocks.py", "prefix"): "JSON, which block_values reads",
    ("intranet/blocks.py", "f'{here}-type'"): "the name of a block, or of none",
    ("search/parameters.py", "facet.value"): "compared, and put back into an address",
}


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    called = node.func
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


class File:
    """The text of a file of the product, and what in it breaks the rule."""

    def __init__(self, text: str, *, reading: bool) -> None:
        self._tree = ast.parse(text)
        self._reading = reading
        self._above = {
            child: node for node in ast.walk(self._tree) for child in ast.iter_child_nodes(node)
        }

    def breaches(self) -> Iterator[tuple[int, str]]:
        """Yield the line of each breach and what is called or read there."""
        for function, nodes in self._functions():
            said = self._names(function, nodes)
            for node in nodes:
                if self._is_made_by_hand(node, said):
                    yield node.lineno, _called(node)
                elif (read := _read(node, said)) is not None and not self._is_fit(node):
                    yield node.lineno, read

    def _functions(self) -> Iterator[tuple[ast.AST, list[ast.expr]]]:
        """Yield each function, and the file itself, with the expressions that are its own."""
        own: dict[ast.AST, list[ast.expr]] = {}
        for node in ast.walk(self._tree):
            if isinstance(node, ast.expr):
                own.setdefault(self._function_of(node), []).append(node)
        yield from own.items()

    def _function_of(self, node: ast.AST) -> ast.AST:
        while node in self._above:
            node = self._above[node]
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return node
        return node

    def _names(self, function: ast.AST, nodes: list[ast.expr]) -> set[str]:
        """Return the names that stand for fields, headers or cookies in `function`."""
        said: set[str] = set()
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = function.args
            for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                if argument.annotation and "QueryDict" in ast.unparse(argument.annotation):
                    said.add(argument.arg)
        for node in nodes:
            above = self._above.get(node)
            if isinstance(above, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node is (
                above.value
            ):
                targets = above.targets if isinstance(above, ast.Assign) else [above.target]
                if _stands_for_said(node, said):
                    said.update(each.id for each in targets if isinstance(each, ast.Name))
        return said

    def _is_made_by_hand(self, node: ast.AST, said: set[str]) -> bool:
        name = _called(node)
        if name in DIGITS:
            return True
        if name not in MAKERS or not isinstance(node, ast.Call):
            return False
        return self._reading or any(
            _read(part, said) is not None for argument in node.args for part in ast.walk(argument)
        )

    def _is_fit(self, node: ast.expr) -> bool:
        """Tell whether what is read goes through the door, or is no more than looked at."""
        inner, outer = node, self._above[node]
        while isinstance(outer, (ast.BoolOp, ast.UnaryOp)) or (
            isinstance(outer, ast.Subscript) and isinstance(outer.slice, ast.Slice)
        ):
            inner, outer = outer, self._above[outer]
        if isinstance(outer, (ast.If, ast.IfExp, ast.While)):
            return outer.test is inner
        if isinstance(outer, ast.comprehension):
            return self._are_fit(outer)
        if isinstance(outer, ast.Call):
            first = outer.args[0] if outer.args else None
            by = first.id if _called(outer) == "map" and isinstance(first, ast.Name) else ""
            return (by or _called(outer)) in TAKERS
        return isinstance(outer, (ast.Compare, ast.Expr))

    def _are_fit(self, values: ast.comprehension) -> bool:
        """Tell whether each of the values goes through the door."""
        return isinstance(value := values.target, ast.Name) and all(
            _called(self._above[node]) in TAKERS
            for node in ast.walk(self._above[values])
            if isinstance(node, ast.Name) and node.id == value.id and node is not value
        )


def _is_said(node: ast.AST, names: set[str]) -> bool:
    """Tell whether `node` is all of the fields, headers or cookies of a request."""
    if isinstance(node, ast.Name):
        return node.id in names
    if not isinstance(node, ast.Attribute) or node.attr not in SAID:
        return False
    holder = node.value
    return getattr(holder, "id", getattr(holder, "attr", "")) == "request"


def _stands_for_said(node: ast.AST, names: set[str]) -> bool:
    if isinstance(node, ast.IfExp):
        return any(_stands_for_said(each, names) for each in (node.body, node.orelse))
    if _called(node) == "copy" and isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and _is_said(node.func.value, names)
    return _is_said(node, names)


def _read(node: ast.AST, names: set[str]) -> str | None:
    """Return the name of the field that `node` reads, "*" for all, None where it reads none."""
    key: ast.AST | None = None
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        holder, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr not in READS:
            return None
        holder, key = node.func.value, node.args[0] if node.args else None
    else:
        return None
    if not _is_said(holder, names):
        return None
    if key is None:
        return "*"
    said = key.value if isinstance(key, ast.Constant) else ast.unparse(key)
    return None if said in SERVER else str(said)


def breaches() -> list[str]:
    """Return the lines of the product that break the rule, and reasons that nothing needs."""
    found = []
    left = {*MADE, *TAKEN}
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            place = path.relative_to(ROOT)
            name = str(place)
            if name in DOORS | LETTERS or name.startswith(CONFINED) or "migrations" in place.parts:
                continue
            reading = place.name in READING or bool(READING_FOLDERS.intersection(place.parts))
            for line, what in File(path.read_text(), reading=reading).breaches():
                if (name, what) in MADE or (name, what) in TAKEN:
                    left.discard((name, what))
                else:
                    found.append(f"{name}:{line}: {what}")
    return found + [f"{name}: {what} is allowed and not there" for name, what in sorted(left)]


def main() -> int:
    """Print the breaches; return 1 where there are any."""
    found = breaches()
    for line in found:
        sys.stdout.write(f"{line}: see directory.outside\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
