"""Which group of the directory gives which role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from directory import events, journal
from directory.actions import authority
from directory.actions.memberships import refuse_without_administrators, somebody_administers
from directory.models import (
    AccessGroup,
    DirectorySource,
    DirGroup,
    GroupRule,
    Membership,
    Person,
    Role,
    User,
)
from directory.text import sort_key

from . import closure, lock, memberships

WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule changes: who enters the access group, and who leaves it."""

    enter: tuple[Person, ...]
    leave: tuple[Person, ...]


def add_rule(
    *, actor: User | None, dir_group: DirGroup, access_group: AccessGroup, nested: bool = True
) -> GroupRule:
    """Let the people of `dir_group` be in `access_group`, at once; return the rule.

    With `nested`, also those of the groups in it. Adding a rule that is there changes
    `nested`. Raises ValidationError while the directory is being read, Http404 where the
    actor is no IT administrator.
    """
    pair = (dir_group, access_group)
    return add_rules(actor=actor, source=dir_group.source, pairs=[pair], nested=nested)[0]


def add_rules(
    *,
    actor: User | None,
    source: DirectorySource,
    pairs: Iterable[tuple[DirGroup, AccessGroup]],
    nested: bool = True,
) -> list[GroupRule]:
    """Add a rule for each of `pairs`, all or none, as `add_rule` does; return them in order.

    The memberships are worked out once, after the last. The groups are those of `source`.
    Raises ValidationError, too, where a rule that takes in fewer leaves nobody to administer.
    """
    rules = []
    with _alone(source), journal.transaction():
        authority.lock()
        authority.require_it_admin(actor)
        administered = somebody_administers()
        for dir_group, access_group in pairs:
            rule, created = GroupRule.objects.update_or_create(
                dir_group=dir_group,
                access_group=access_group,
                defaults={"nested": nested},
                create_defaults={"nested": nested, "created_by": actor},
            )
            journal.append(
                events.RULE_ADDED if created else events.RULE_CHANGED,
                obj=rule,
                actor=actor,
                payload=_payload(rule),
            )
            rules.append(rule)
        memberships.follow_rules(source, actor=actor)
        if administered:
            refuse_without_administrators()
    return rules


def remove_rule(*, actor: User | None, rule: GroupRule) -> None:
    """Take a rule away, and the memberships that it alone gave.

    Raises ValidationError while the directory is being read, and where nobody would be left
    to administer Marigot; Http404 where the actor is no IT administrator.
    """
    with _alone(rule.dir_group.source), journal.transaction():
        authority.lock()
        authority.require_it_admin(actor)
        journal.append(events.RULE_REMOVED, obj=rule, actor=actor, payload=_payload(rule))
        source, role = rule.dir_group.source, rule.access_group.role
        rule.delete()
        memberships.follow_rules(source, actor=actor)
        if role == Role.IT_ADMIN:
            refuse_without_administrators()


def effect_of_adding(
    *, dir_group: DirGroup, access_group: AccessGroup, nested: bool = True
) -> Effect:
    """Return what `add_rule` would change; writes nothing."""
    rules = [
        rule
        for rule in closure.rules_of(dir_group.source)
        if (rule.group, rule.access_group) != (dir_group.external_id, access_group.pk)
    ]
    rules.append(closure.Rule(dir_group.external_id, access_group.pk, nested))
    return _effect(dir_group, access_group, rules)


def effect_of_removing(rule: GroupRule) -> Effect:
    """Return what `remove_rule` would change; writes nothing."""
    gone = (rule.dir_group.external_id, rule.access_group_id)
    rules = [
        other
        for other in closure.rules_of(rule.dir_group.source)
        if (other.group, other.access_group) != gone
    ]
    return _effect(rule.dir_group, rule.access_group, rules)


def _effect(dir_group: DirGroup, access_group: AccessGroup, rules: list[closure.Rule]) -> Effect:
    source = dir_group.source
    wanted = {
        key
        for group, key in closure.effective(
            closure.stored(source), [rule for rule in rules if rule.access_group == access_group.pk]
        )
        if group == access_group.pk
    }
    now = {
        key
        for group, key in memberships.present(source, memberships.accounts_of(source))
        if group == access_group.pk
    }
    people = {
        person.external_id: person
        for person in Person.objects.filter(
            source=source, external_id__in=wanted ^ now
        ).select_related("user")
    }
    # Who was put into the group by hand is in it whatever the rules say.
    by_hand = set(
        Membership.objects.filter(
            access_group=access_group, origin=Membership.Origin.MANUAL
        ).values_list("user_id", flat=True)
    )
    ordered = sorted(
        (person for person in people.values() if person.user_id not in by_hand),
        key=lambda person: (sort_key(person.display_name), person.pk),
    )
    return Effect(
        enter=tuple(person for person in ordered if person.external_id in wanted),
        leave=tuple(person for person in ordered if person.external_id in now),
    )


@contextmanager
def _alone(source: DirectorySource) -> Iterator[None]:
    """Hold the lock of the directory, and tell in words where it is not to be had."""
    with ExitStack() as stack:
        try:
            stack.enter_context(lock.held(source, wait=WAIT_SECONDS))
        except lock.Busy as error:
            raise ValidationError(
                _("The directory is being read right now: try again in a minute.")
            ) from error
        yield


def _payload(rule: GroupRule) -> dict[str, object]:
    return {
        "dir_group": rule.dir_group.name,
        "access_group": rule.access_group_id,
        "nested": rule.nested,
    }
