"""Telling Marigot of the demo organisation: its services, its people, its rules."""

from __future__ import annotations

from directory.actions.rules import add_rule
from directory.actions.services import create_service
from directory.ldap import config, engine, memberships
from directory.models import AccessGroup, DirGroup, Service, SyncRun
from directory.models.sync import GroupRule

from .services import RULES, SERVICES


class CannotLoad(Exception):
    """The directory could not be read; the message says why."""


def load_organisation() -> SyncRun:
    """Make the services, read people and groups from the directory, and add the rules.

    What is there already is kept. Raises CannotLoad, NotConfigured.
    """
    made = {service.slug: service for service in Service.objects.all()}
    for data in SERVICES:
        if data.slug not in made:
            made[data.slug] = create_service(
                actor=None,
                slug=data.slug,
                name_fr=data.name_fr,
                name_en=data.name_en,
                parent=made.get(data.parent),
            )
    run = engine.synchronise(trigger=SyncRun.Trigger.COMMAND, wait=30.0)
    if run.state in (SyncRun.State.FAILED, SyncRun.State.HELD):
        raise CannotLoad(f"The directory could not be read: {run.error or run.hold_reasons}")
    groups = {group.name: group for group in DirGroup.objects.filter(source=config.source())}
    present = set(GroupRule.objects.values_list("dir_group_id", "access_group_id"))
    for rule in RULES:
        access_group = (
            AccessGroup.objects.get(service=made[rule.service], role=rule.role)
            if rule.service
            else AccessGroup.objects.get(role=rule.role)
        )
        group = groups[rule.group]
        if (group.pk, access_group.pk) not in present:
            add_rule(actor=None, dir_group=group, access_group=access_group)
    memberships.follow_rules(config.source())
    return run
