"""Which benchmarks there are: every module of this package that defines `run`."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from types import ModuleType

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Return the names of the benchmarks, without importing them: Django is not set up yet."""
    return sorted(path.stem for path in _FOLDER.glob("*.py") if _has_run(path))


def load(name: str) -> ModuleType:
    """Return the benchmark called `name`; Django is set up."""
    return importlib.import_module(f"{__package__}.{name}")


def _has_run(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body)
