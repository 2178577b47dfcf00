"""A run of the synchronisation in words, for the command line."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.text import capfirst

from directory.models import AccessGroup, SyncRun
from directory.sync.diff import Change

from . import tracking

_TITLES = {
    "people_created": "people to bring in",
    "people_updated": "people to update",
    "people_disabled": "accounts that the directory has disabled",
    "people_absent": "people whom the directory has no more",
    "people_reactivated": "accounts to open again",
    "passwords_changed": "people whose password was changed: their sessions end",
    "groups_created": "new groups",
    "groups_updated": "groups to update",
    "groups_gone": "groups that the directory has no more",
    "group_members_added": "group members to add",
    "group_members_removed": "group members to remove",
    "memberships_added": "memberships to give",
    "memberships_removed": "memberships to take away",
    "memberships_rerouted": "memberships that come another way",
    "entry_faults": "entries to be put right in the directory",
    "members_elsewhere": "members of groups that are neither people nor groups here",
}
_SIGNS = {
    "people_created": "+",
    "people_reactivated": "+",
    "groups_created": "+",
    "memberships_added": "+",
    "people_disabled": "-",
    "people_absent": "-",
    "groups_gone": "-",
    "memberships_removed": "-",
    "entry_faults": "!",
    "members_elsewhere": "?",
}
_HOLDS = {
    "people_absent": "{number} people are missing; up to {limit} would have gone by themselves",
    "people_disabled": "{number} accounts would be closed; up to {limit} are by themselves",
    "people_reactivated": "{number} accounts would open again; up to {limit} do by themselves",
    "status_hidden": "{number} accounts would open again; {name} is shown of nobody any more",
    "field_hidden": "{name} would change for {number}; it is shown of nobody any more",
    "field_changed": "{name} would change for {number} people; up to {limit} do by themselves",
    "last_one": "nobody would be left in {name}",
    "memberships_removed": "{number} memberships would go; up to {limit} do by themselves",
    "group_halved": "{name} would lose {number} of its {limit} members",
    "members_hidden": "the members of {number} groups are hidden, of {name} for one",
    "ruled_group_gone": "the group {name}, which a rule names, is missing",
}


def lines(run: SyncRun, *, limit: int = 20) -> Iterator[str]:
    """Yield the lines that tell what `run` did, or would do; at most `limit` of a kind."""
    labels = {group.pk: str(group) for group in AccessGroup.objects.select_related("service")}
    yield f"Run {run.pk}: {run.get_state_display()} ({run.trigger})"
    if run.error:
        yield f"  {run.error}"
        yield "  Nothing was changed."
    if run.shows_passwords is False:
        yield f"  ! {capfirst(tracking.words_of_the_log())}"
    for hold in run.hold_reasons:
        name = hold["name"] or labels.get(hold["access_group"], "")
        told = _HOLDS[hold["code"]].format(**(hold | {"name": name}))
        earlier = f" ({hold['earlier']} went shortly before)" if hold.get("earlier") else ""
        yield f"  ! {told}{earlier}"
    yield from _changes(run.counts, run.diff, labels, limit)
    if run.beside:
        yield "Written meanwhile:"
        yield from _changes(run.beside["counts"], run.beside["diff"], labels, limit)
    if run.state == SyncRun.State.HELD and run.digest:
        yield f"Look at it, then: manage.py sync_directory --approve {run.pk} --as LOGIN"


def _changes(
    counts: dict[str, int], changes: dict[str, list[Change]], labels: dict[int, str], limit: int
) -> Iterator[str]:
    for kind, number in counts.items():
        if kind not in _TITLES:
            continue
        yield f"{number} {_TITLES[kind]}"
        items = changes.get(kind, [])
        for item in items[:limit]:
            yield f"  {_SIGNS.get(kind, '~')} {_line(item, labels)}"
        if items and number > limit:
            yield f"  … and {number - min(limit, len(items))} more"


def _line(item: Change, labels: dict[int, str]) -> str:
    parts = [str(item["name"])]
    if item.get("login"):
        parts.append(f"({item['login']})")
    if item.get("why"):
        parts.append(f"({item['why']})")
    if item.get("old_login"):
        parts.append(f"was {item['old_login']}")
    if item.get("fields"):
        parts.append(", ".join(item["fields"]))
    if "access_group" in item:
        parts.append(f"→ {labels.get(item['access_group'], item['access_group'])}")
    if item.get("via"):
        parts.append(f"by {' > '.join(item['via'])}")
    return " ".join(parts)
