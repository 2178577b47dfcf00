"""The documentation, taken apart: prose, code, links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One file of the documentation."""

    path: Path

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        """The whole of it."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def spans(self) -> list[str]:
        """What stands between backticks in the prose."""
        return _SPAN.findall(_FENCE.sub("", self.text))

    @cached_property
    def code(self) -> list[str]:
        """Every span, and every line of the fenced blocks, without its comment."""
        blocks = _FENCE.findall(self.text)
        lines = [line.split(" #")[0].strip() for block in blocks for line in block.splitlines()]
        return [*self.spans, *filter(None, lines)]

    @cached_property
    def links(self) -> list[str]:
        """The targets of links and pictures."""
        return _LINK.findall(_FENCE.sub("", self.text))

    @cached_property
    def anchors(self) -> set[str]:
        """The anchors of its headings."""
        return {
            re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in _HEADING.findall(_FENCE.sub("", self.text))
        }


PAGES = [Page(path) for folder in ("*.md", "docs/**/*.md") for path in sorted(ROOT.glob(folder))]
