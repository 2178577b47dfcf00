"""The rule that numbers and days from outside come through `directory.outside` alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

APPS = ("config", "directory", "search", "documents", "intranet")
DOOR = "directory/outside.py"

# A digit of another script, or a superscript, passes these and is no number.
DIGITS = {"isdigit", "isdecimal", "isnumeric"}
# Where requests are read: there a number or a day is never made by hand.
AT_THE_DOORS = {
    "consumers.py",
    "forms.py",
    "gate.py",
    "incoming.py",
    "middleware.py",
    "parameters.py",
    "serving.py",
    "throttle.py",
}
DOOR_FOLDERS = {"forms", "hub", "uploads", "views"}
MAKERS = {"int", "float", "Decimal", "fromisoformat", "strptime", "parse_date", "parse_datetime"}
OUTSIDE = {"GET", "POST", "COOKIES", "META", "headers", "request", "body"}

# What asks the letters of a word, and makes no number of it; what reads files, confined.
LETTERS = {
    "search/distance.py",
    "search/highlight.py",
    "search/kinds/people.py",
    "search/planning.py",
    "search/spellings.py",
    "search/text.py",
}
CONFINED = "search/extraction/formats/"
# A number or a day that is one by now, each with the reason why.
KNOWN = {
    ("directory/throttle.py", "int"),  # seconds of a timedelta
    ("directory/forms/access.py", "int"),  # one of the choices of a TypedChoiceField
    ("documents/forms.py", "int"),  # the same
    ("intranet/consumers.py", "int"),  # the id of a service in an entry that an action wrote
    ("intranet/parameters.py", "int"),  # six ASCII digits of a regular expression
    ("intranet/parameters.py", "isdigit"),  # to find what is no number, not to make one
    ("intranet/notices/hub/store.py", "int"),  # an id in an entry that an action wrote
}


def _name(call: ast.Call) -> str:
    called = call.func
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def _from_outside(node: ast.AST) -> bool:
    return any(
        (isinstance(part, ast.Attribute) and part.attr in OUTSIDE)
        or (isinstance(part, ast.Name) and part.id in OUTSIDE)
        for part in ast.walk(node)
    )


def broken(text: str, *, at_the_door: bool) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each call in `text` that breaks the rule."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = _name(node)
        if name in DIGITS or (
            name in MAKERS
            and (at_the_door or any(_from_outside(argument) for argument in node.args))
        ):
            yield node.lineno, name


def breaches() -> list[str]:
    """Return the lines of the product that break the rule."""
    found = []
    for app in APPS:
        for path in sorted((Path(settings.ROOT) / app).rglob("*.py")):
            place = path.relative_to(settings.ROOT)
            name = str(place)
            if name == DOOR or name in LETTERS or name.startswith(CONFINED):
                continue
            if "migrations" in place.parts:
                continue
            door = place.name in AT_THE_DOORS or bool(DOOR_FOLDERS.intersection(place.parts))
            for line, called in broken(path.read_text(), at_the_door=door):
                if (name, called) not in KNOWN:
                    found.append(f"{name}:{line}: {called}()")
    return found
