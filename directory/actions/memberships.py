"""Who is in which access group."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from directory import events, journal
from directory.batching import AT_ONCE, batched
from directory.models import AccessGroup, Membership, Role, User

from . import authority


def add_member(*, actor: User | None, access_group: AccessGroup, user: User) -> Membership:
    """Put `user` into `access_group` by hand; the directory's sync leaves it alone.

    Raises Http404 where the actor is no IT administrator.
    """
    with journal.transaction():
        authority.lock()
        authority.require_it_admin(actor)
        membership, created = Membership.objects.get_or_create(
            access_group=access_group, user=user, origin=Membership.Origin.MANUAL
        )
        if created:
            follow_memberships([user.pk])
            journal.append(
                events.MEMBERSHIP_ADDED,
                obj=user,
                actor=actor,
                payload={"access_group": access_group.pk, "origin": membership.origin},
            )
    return membership


def remove_member(*, actor: User | None, membership: Membership) -> None:
    """Take away a membership that was given by hand.

    Raises ValidationError where nobody would be left to administer access, Http404 where the
    actor is no IT administrator or the membership is gone.
    """
    with journal.transaction():
        authority.lock()
        authority.require_it_admin(actor)
        membership = get_object_or_404(
            Membership.objects.select_related("user", "access_group"), pk=membership.pk
        )
        user = membership.user
        journal.append(
            events.MEMBERSHIP_REMOVED,
            obj=user,
            actor=actor,
            payload={"access_group": membership.access_group_id, "origin": membership.origin},
        )
        membership.delete()
        follow_memberships([user.pk])
        if membership.access_group.role == Role.IT_ADMIN:
            refuse_without_administrators()


def somebody_administers() -> bool:
    """Tell whether an active account may administer access."""
    administrators = Membership.objects.filter(access_group__role=Role.IT_ADMIN)
    return administrators.filter(user__is_active=True).exists()


def refuse_without_administrators() -> None:
    """Raise ValidationError where no active account may administer access.

    Under `authority.lock`, taken before what is to be refused was written.
    """
    if not somebody_administers():
        raise ValidationError(_("Nobody would be left to administer access: name others first."))


def follow_memberships(users: Collection[int]) -> None:
    """Make Django's `user.groups` say what the memberships of `users` (ids) say; four queries.

    Groups that are no access group are left alone.
    """
    through = User.groups.through
    wanted = set(
        Membership.objects.filter(user_id__in=users)
        .values_list("user_id", "access_group__group_id")
        .distinct()
    )
    managed = AccessGroup.objects.values("group_id")
    present = {
        (user, group): pk
        for pk, user, group in through.objects.filter(
            user_id__in=users, group_id__in=managed
        ).values_list("pk", "user_id", "group_id")
    }
    for some in batched(pk for pair, pk in present.items() if pair not in wanted):
        through.objects.filter(pk__in=some).delete()
    new = [through(user_id=user, group_id=group) for user, group in sorted(wanted - set(present))]
    if new:
        through.objects.bulk_create(new, batch_size=AT_ONCE)


def group_named(name: str, taken: Iterable[str] = ()) -> Group:
    """Make a Django group whose name is `name`, with a number added where that is taken."""
    names = set(taken) | set(
        Group.objects.filter(name__startswith=name[:140]).values_list("name", flat=True)
    )
    candidate, number = name[:150], 2
    while candidate in names:
        candidate, number = f"{name[:140]} ({number})", number + 1
    return Group.objects.create(name=candidate)
