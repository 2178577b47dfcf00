"""Closing an account by hand, and opening it again."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from directory import events, journal
from directory.models import Person, User

from . import authority
from .memberships import refuse_without_administrators
from .sessions import end_sessions


def close_account(*, actor: User | None, user: User) -> None:
    """Close the account of `user` whatever the directory says of it, with every session.

    Raises Http404 where the actor is no IT administrator, ValidationError where it is their
    own account or nobody would be left to administer access.
    """
    if actor is not None and actor.pk == user.pk:
        raise ValidationError(_("This is your own account: ask another administrator."))
    with journal.transaction():
        authority.lock()
        authority.require_it_admin(actor)
        user = get_object_or_404(User.objects.select_for_update(), pk=user.pk)
        if user.closed_at is not None:
            return
        User.objects.filter(pk=user.pk).update(closed_at=timezone.now(), is_active=False)
        refuse_without_administrators()
        journal.append(events.PERSON_DEACTIVATED, obj=user, actor=actor, payload={"why": "it"})
        # What was open stays over when the account is opened again.
        end_sessions(actor=actor, users=[user], why="it")


def open_account(*, actor: User | None, user: User) -> None:
    """Take back that an account was closed by hand; it opens unless the directory has it closed.

    Raises Http404 where the actor is no IT administrator.
    """
    with journal.transaction():
        authority.lock()
        authority.require_it_admin(actor)
        user = get_object_or_404(User.objects.select_for_update(), pk=user.pk)
        if user.is_active:
            return
        # Asked once the lock is had: a reading under way may have closed it until then.
        person = Person.objects.filter(user=user).first()
        opens = person is None or person.disabled_at is None
        User.objects.filter(pk=user.pk).update(closed_at=None, is_active=opens)
        if opens:
            journal.append(events.PERSON_REACTIVATED, obj=user, actor=actor)
        elif user.closed_at is not None:  # the directory opens it from now on
            journal.append(events.PERSON_RELEASED, obj=user, actor=actor)
