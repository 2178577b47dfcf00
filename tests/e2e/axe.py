"""What axe-core finds wrong with a page, as the accessibility rules see it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that one element breaks."""

    rule: str
    impact: str
    target: str
    html: str
    why: str

    def __str__(self) -> str:
        return f"[{self.impact}] {self.rule} at {self.target}: {self.why}\n    {self.html[:300]}"


@cache
def _source() -> str:
    return (Path(__file__).resolve().parent.parent / "vendor" / "axe.min.js").read_text()


def check(page: Page, within: str | None = None) -> list[Violation]:
    """Return every violation on the page shown, or in the part that the selector `within` names.

    Moving things are waited for first. The policy of the page against inline scripts stays in
    force: the rules run from the browser's own debugging door.
    """
    page.evaluate(
        """() => Promise.all([document.fonts.ready, ...document.getAnimations()
            .filter(moving => moving.effect.getComputedTiming().iterations !== Infinity)
            .map(moving => moving.finished.catch(() => null))])
            .then(() => null)"""
    )
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(_source())
    result: dict[str, Any] = page.evaluate(
        "([within, tags]) => axe.run(within || document, "
        "{runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        [within, list(TAGS)],
    )
    return [
        Violation(
            rule=rule["id"],
            impact=node["impact"] or "",
            target=" ".join(str(part) for part in node["target"]),
            html=node["html"],
            why=" ".join((node["failureSummary"] or "").split()),
        )
        for rule in result["violations"]
        for node in rule["nodes"]
    ]
