"""Which parts of a workbook its author hides: hidden sheets, and what only they lead to."""

from __future__ import annotations

from collections.abc import Iterable

from .package import Package
from .xml import Attributes, Handler

_KINDS = ("work", "chart", "dialog", "macro", "intlmacro")
# How the types of sheets, of charts, dialogs and macros too, end in XLSX and in XLSB.
_SHEETS = ("sheet+xml", *(f"ms-excel.{kind}sheet" for kind in _KINDS))


class ListedSheets(Handler):
    """The sheets that the main part of an XLSX lists: id of relation, and whether hidden."""

    def __init__(self) -> None:
        self.found: list[tuple[str, bool]] = []

    def start(self, name: str, attributes: Attributes, /) -> None:
        """See Handler."""
        if name == "sheet":
            hidden = attributes.get("state", "visible") != "visible"
            self.found.append((attributes.get("r:id", ""), hidden))


class Visibility:
    """What readers of a workbook see of its parts. Where nothing is hidden, all of them.

    Where a sheet is hidden, only those sheets are seen that are known to be shown. Raises Refusal
    where it cannot be told, from then on.
    """

    def __init__(self, parts: Package, listed: Iterable[tuple[str, bool]]) -> None:
        listed = list(listed)
        self._parts = parts
        self.any_hidden = any(hidden for _relation, hidden in listed)
        self._shown: set[str] = set()
        self._hidden: set[str] = set()
        if self.any_hidden:
            targets = parts.relations_of(parts.main)
            shown = {targets.get(relation, "").lower() for relation, hidden in listed if not hidden}
            self._shown = shown - {""}
            self._hidden = {part.lower() for part in parts.parts(*_SHEETS)} - shown

    def sheets(self, kind: str) -> list[str]:
        """The sheets that are seen, of the parts whose type ends in `kind`."""
        found = self._parts.parts(kind)
        return [part for part in found if not self.any_hidden or part.lower() in self._shown]

    def unseen(self) -> frozenset[str]:
        """The hidden sheets and what only they lead to, in small letters."""
        if not self.any_hidden:
            return frozenset()
        main = self._parts.main.lower()
        hidden = self._reach(self._hidden, {main, *self._shown})
        return frozenset(hidden - self._reach(self._shown, {main, *self._hidden}))

    def _reach(self, starts: set[str], barred: set[str]) -> set[str]:
        """`starts` and the parts they lead to by relations, less those barred and what they do."""
        reached = set(starts)
        waiting = list(starts)
        while waiting:
            for target in self._parts.relations_of(waiting.pop()).values():
                if target.lower() not in reached and target.lower() not in barred:
                    reached.add(target.lower())
                    waiting.append(target.lower())
        return reached
