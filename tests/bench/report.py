"""What a benchmark prints.

A benchmark is a module of this package with `def run(report: Report) -> None`. It makes its
own data in the database it finds, asks `report.size` how much of it, and prints its figures
with `report.line`. A figure means little alone: give the floor measured in the same run.
What is true whatever the speed (a document is found, nothing was lost) goes through `held`.

    def run(report):
        documents = report.size(4000, small=5)
        ...
        report.line("import", rate, "files/s", floor=plain_rate)
        report.held("the words are found", found, documents)
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO


def shared(*parts: str) -> Path | None:
    """Return what is called `parts` in shared/data beside the project, where it is there."""
    for folder in Path(__file__).resolve().parents:
        found = folder.joinpath("shared", "data", *parts)
        if found.exists():
            return found
    return None


@dataclass
class Report:
    """Prints aligned lines: what, figure, unit, ratio to the floor.

    `small` runs every benchmark with next to nothing, to see that it still works. `failed`
    names what did not hold.
    """

    small: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    failed: list[str] = field(default_factory=list)

    def size(self, full: int, *, small: int) -> int:
        """Return how many things to make or to measure in this run."""
        return small if self.small else full

    def section(self, title: str) -> None:
        """Begin a group of lines."""
        self._print(f"\n{title}")

    def line(
        self,
        what: str,
        figure: float,
        unit: str = "",
        *,
        floor: float | None = None,
        more: str = "",
    ) -> None:
        """Print a figure; `floor` is the same thing's least, in the same unit, of this run."""
        ratio = f"{figure / floor:.2f} × floor" if floor else ""
        self._print(f"  {what:<46}{_shown(figure):>12} {unit:<12}{ratio:<16}{more}".rstrip())

    def note(self, text: str) -> None:
        """Print a line of text."""
        self._print(f"  {text}")

    def held(self, what: str, good: int, of: int) -> None:
        """Print how many of `of` were as they must be; fewer than all fail the run."""
        if good != of:
            self.failed.append(what)
        self._print(f"  {what:<46}{good:>12} of {of:<9}{'' if good == of else 'FAILED'}".rstrip())

    def _print(self, text: str) -> None:
        print(text, file=self.out, flush=True)


def _shown(figure: float) -> str:
    if isinstance(figure, int):
        return f"{figure:,}"
    if abs(figure) >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if abs(figure) >= 10 else f"{figure:.3f}"
