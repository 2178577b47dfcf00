"""The people and services of the demo, as the directory has them."""

from __future__ import annotations

from functools import cache

from config.embedded.organisation import RULES, SERVICES, staff
from directory.actions.services import create_service
from directory.models import AccessGroup, DirGroup, GroupRule, Service, SyncRun, User
from directory.sync import config as ldap_config
from directory.sync.engine import synchronise
from directory.sync.rules import add_rules


class NotRead(Exception):
    """The directory could not be read; the message says why."""


def load() -> None:
    """Make the services, read the directory, and let its groups give the roles."""
    for data in SERVICES:
        if not Service.objects.filter(slug=data.slug).exists():
            create_service(
                actor=None,
                slug=data.slug,
                name_fr=data.name_fr,
                name_en=data.name_en,
                parent=Service.objects.get(slug=data.parent) if data.parent else None,
            )
    run = synchronise(trigger=SyncRun.Trigger.COMMAND, wait=30)
    if run.state not in (SyncRun.State.APPLIED, SyncRun.State.UNCHANGED):
        raise NotRead(f"The first reading of the directory: {run.get_state_display()}. {run.error}")
    source = ldap_config.source()
    groups = {group.name: group for group in DirGroup.objects.filter(source=source)}
    known = {
        (group.service.slug if group.service else "", group.role): group
        for group in AccessGroup.objects.select_related("service")
    }
    pairs = [(groups[rule.group], known[rule.service, rule.role]) for rule in RULES]
    there = set(GroupRule.objects.values_list("dir_group", "access_group"))
    missing = [(group, role) for group, role in pairs if (group.pk, role.pk) not in there]
    if missing:
        add_rules(actor=None, source=source, pairs=missing)


@cache
def heads() -> dict[str, str]:
    """Return the login of each service's own head, by the service's identifier."""
    return {person.service: person.login for person in staff() if person.role == "head"}


def head_of(slug: str) -> User:
    """Return the account of the head of the service `slug`."""
    return User.objects.get(username=heads()[slug])
