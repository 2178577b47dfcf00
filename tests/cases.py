"""The small inputs that each stand for a kind of fault, where they are at hand."""

from __future__ import annotations

from pathlib import Path


def cases() -> Path | None:
    """The small inputs that each stand for a kind, beside the project, where they are there."""
    for folder in Path(__file__).resolve().parents:
        if (found := folder / "shared" / "cases").is_dir():
            return found
    return None
