"""Anchors of the journal: noted at each check, compared at the next ones.

A forger who owns the database can write the whole chain anew; not over a hash that was
noted in another place. The file is in the data folder, one line an anchor, the newest last.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from django.conf import settings
from django.utils import timezone

KEPT = 520
"""Anchors in the file: ten years of weekly checks."""

_LINE = re.compile(r"\S+ (?P<sequence>[0-9]{1,18}):(?P<hash>[0-9a-f]{64})", re.ASCII)


def path() -> Path:
    """Return the file that the anchors are kept in."""
    return Path(settings.DATA) / "journal-anchors.txt"


def parse(text: str) -> tuple[int, str] | None:
    """Return the anchor that `text` says as SEQUENCE:HASH, None where it says none."""
    match = _LINE.fullmatch(f"- {text.strip()}")
    return (int(match["sequence"]), match["hash"]) if match else None


def kept() -> list[tuple[int, str]]:
    """Return the anchors noted so far. Raises OSError, and ValueError on a line that is none."""
    try:
        lines = path().read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for number, line in enumerate(lines, start=1):
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise ValueError(f"{path()}, line {number}: this is no anchor")
        found.append((int(match["sequence"]), match["hash"]))
    return found


def keep(sequence: int, value: str) -> None:
    """Note an anchor, whole or not at all; the same one is noted once. Raises OSError."""
    before = path().read_text(encoding="utf-8").splitlines() if path().exists() else []
    if before and before[-1].endswith(f" {sequence}:{value}"):
        return
    line = f"{timezone.now():%Y-%m-%dT%H:%M:%SZ} {sequence}:{value}"
    text = "\n".join([*before, line][-KEPT:]) + "\n"
    beside = path().with_name(f"{path().name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path())
