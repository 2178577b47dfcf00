"""What was lost lately without anybody looking at it: many losses one by one are many, too."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

from django.utils import timezone

from directory.models import DirectorySource, SyncRun

from .diff import Diff

WITHIN: Final = timedelta(hours=1)

Losses = Counter[str]
"""How many losses there were, by kind: see `of`."""

ABSENT: Final = "absent"
CLOSED: Final = "closed"
REOPENED: Final = "reopened"
REMOVED: Final = "removed"


def from_group(access_group: int) -> str:
    """Return the kind of who leaves `access_group`."""
    return f"group {access_group}"


def field(name: str) -> str:
    """Return the kind of whose field `name` changes."""
    return f"field {name}"


LOGIN: Final = "login"
"""What is a field for the valves, though others may have it: see `logins`."""


def of(diff: Diff) -> Losses:
    """Return what of `diff` the valves count."""
    removed = diff.memberships.remove
    losses: Losses = Counter(from_group(group) for group, _ in removed)
    losses.update(field(name) for _, names in diff.update.values() for name in names)
    losses[field(LOGIN)] = len(diff.logins) - len(diff.create)
    losses[ABSENT] = len(diff.absent)
    losses[CLOSED] = len(diff.disable)
    losses[REOPENED] = len(diff.reactivate)
    losses[REMOVED] = sum(key not in diff.absent for _, key in removed)  # absence counts itself
    return +losses


def before(source: DirectorySource, newest: SyncRun | None) -> Losses:
    """Return what was lost within the last hour, since the last approval.

    `newest`: the last reading. What it holds is not believed because time goes by: what counted
    when that was found goes on to count.
    """
    found: Losses = Counter()
    since = timezone.now() - WITHIN
    runs = source.runs.order_by("-pk").values_list("started_at", "approves", "losses")
    for started_at, approves, losses in runs.iterator():
        if started_at < since or approves is not None:
            break
        found += Counter(losses)
    if newest is not None and newest.state == SyncRun.State.HELD:
        held = [hold for hold in newest.hold_reasons if hold.get("earlier")]
        found |= Counter({hold["kind"]: hold["earlier"] for hold in held})
    return found
