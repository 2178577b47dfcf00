"""Checking a password against the directory."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final

from directory import journal
from directory.actions.people import import_people, note_passwords
from directory.breaker import Breaker
from directory.ldap import locks, lookups, passwords
from directory.ldap.config import LdapConfig
from directory.ldap.connection import Connection
from directory.ldap.entries import PersonEntry
from directory.ldap.errors import NotConfigured, Silent, Unavailable
from directory.ldap.passwords import Verdict
from directory.models import DirectorySource, Person, User
from directory.sync import config, engine, memberships
from directory.sync.logins import suffixed

log = logging.getLogger(__name__)

# Everything that signing in asks of the directory ends within this many seconds, less than
# the five after which somebody takes the site for broken.
BUDGET_SECONDS = 4.5


# What takes longer than this and fails has kept a thread waiting: a refused connection does not.
_WAITED_SECONDS = 1.0


@cache
def breaker_of(url: str) -> Breaker:
    """Return what keeps those who sign in from waiting one after the other for a silent server.

    Few requests are at work at a time: each would hold a thread for the whole budget.
    """
    return Breaker(Silent, lambda: Unavailable("The directory did not answer a moment ago."))


@contextmanager
def _silence_told() -> Iterator[None]:
    """Raise Silent where the directory was waited for in vain."""
    began = time.monotonic()
    try:
        yield
    except Unavailable as error:
        if time.monotonic() - began < _WAITED_SECONDS:
            raise
        raise Silent(str(error)) from error


class Why(StrEnum):
    """Why somebody is not let in whose password is right, or may be: a code of the journal."""

    DISABLED = "disabled"
    EXPIRED = "expired"
    LOCKED = "locked"
    MUST_CHANGE = "must_change"
    NOT_HERE = "not_here"
    PASSWORD_EXPIRED = "password_expired"  # noqa: S105


_WHY: Final = {
    Verdict.CLOSED: Why.DISABLED,
    Verdict.DISABLED: Why.DISABLED,
    Verdict.EXPIRED: Why.EXPIRED,
    Verdict.LOCKED: Why.LOCKED,
    Verdict.MUST_CHANGE: Why.MUST_CHANGE,
    Verdict.NOT_HERE: Why.NOT_HERE,
    Verdict.PASSWORD_EXPIRED: Why.PASSWORD_EXPIRED,
}


class NotLetIn(Exception):
    """The account may not be used.

    `proved`: the password was right. Otherwise nobody knows who has asked: the page must answer as
    to a wrong password, unless the browser is known for the person. `user`: whose account it is,
    None where it is not known here; `until`: when a lock ends, where the directory tells that;
    `can_change`: they may choose a new password, see `check`.
    """

    def __init__(
        self,
        why: Why,
        user: User | None = None,
        *,
        proved: bool = True,
        until: datetime | None = None,
        can_change: bool = False,
    ) -> None:
        super().__init__(why.value)
        self.why, self.user, self.proved, self.until = why, user, proved, until
        self.can_change = can_change


def _knows_nobody(_login: str) -> bool:
    return False


def check(
    login: str,
    password: str,
    *,
    new_password: str | None = None,
    admit: Callable[[str], bool] = _knows_nobody,
) -> User | None:
    """Return the account of `login` where `password` is right, else None.

    The reading account finds the entry; its immutable identifier tells the person; a bind
    of its own tries the password. Somebody whom no sync has met yet is brought in at once.
    Before the bind `admit` is given the login that the entry stands for, in one spelling; what
    it raises ends the attempt. It returns whether whoever asks is known for that person: for
    them the directory is asked, too, whether the account is locked and until when.
    `new_password` takes the place of a right one, as the person, where the settings allow it.

    Raises `passwords.NotTaken` where the directory does not take that, NotLetIn where the account
    may not be used, DirectoryError where the directory gives no usable answer: at once where it
    gave none a moment ago.
    """
    if not login or not password:
        return None
    settings = config.from_settings()
    if new_password and not settings.changes_passwords:
        raise NotConfigured("MARIGOT_LDAP_CHANGES_PASSWORDS is false: no password is changed here.")
    with breaker_of(settings.url).question(), _silence_told():
        return _checked(settings, login, password, new_password, admit)


def _checked(
    settings: LdapConfig,
    login: str,
    password: str,
    new_password: str | None,
    admit: Callable[[str], bool],
) -> User | None:
    with Connection(settings, budget=min(settings.timeout, BUDGET_SECONDS)) as connection:
        found = lookups.search_person(connection, login)
        if len(found) > 1:
            log.error("%s entries of the directory have one login; none is let in", len(found))
        source = config.source()
        # As long a way for nobody as for somebody who is known.
        person = (
            Person.objects.select_related("user")
            .filter(source=source, external_id=found[0].external_id if found else uuid.uuid4())
            .first()
        )
        if len(found) != 1:
            admit(login)
            nobody = f"{settings.schema.login_attributes[0]}={uuid.uuid4()},{settings.base_dn}"
            passwords.tried(connection, nobody, password)
            return None
        entry, user = found[0], person.user if person else None
        is_known = admit(user.username if user else entry.login)
        is_closed = entry.disabled or (user is not None and not user.is_active)
        change_to = None if is_closed else new_password
        verdict = passwords.tried(connection, entry.dn, password, change_to=change_to)
        if verdict not in passwords.PROVES:
            _tell_why(connection, entry, verdict, user, is_known=is_known)
            return None
        if is_closed and verdict is not Verdict.EXPIRED:
            raise NotLetIn(Why.DISABLED, user)
        can_change = passwords.can_change(connection, verdict)
        if verdict in _WHY or (verdict is Verdict.GRACE and can_change):
            why = _WHY.get(verdict, Why.PASSWORD_EXPIRED)
            raise NotLetIn(why, user, can_change=can_change)
        if change_to:
            # As it is now, with the mark of the new password.
            entry = next(iter(lookups.search_person(connection, login)), entry)
        if person is None:
            groups = lookups.groups_of_person(connection, entry)
            return _bring_in(source, entry, groups)
    if entry.password_mark not in ("", person.password_mark):
        # Told here, the next reading finds nothing new, and this session stays.
        last = engine.last_reading(source)
        note_passwords(
            actor=None,
            source=source,
            marks={entry.external_id: entry.password_mark},
            read_at=last.started_at if last else None,
            signing_in=True,
        )
        person.user.refresh_from_db(fields=["session_epoch"])
    return person.user


def _tell_why(
    connection: Connection,
    entry: PersonEntry,
    verdict: Verdict,
    user: User | None,
    *,
    is_known: bool,
) -> None:
    """Raise NotLetIn where more than a wrong password may be why `entry` may not bind.

    The entry is looked at for those alone who may be told: the time it takes would tell others.
    """
    lock = locks.lock_of(connection, entry.dn) if is_known else None
    if lock is not None and verdict is not Verdict.CLOSED:
        raise NotLetIn(Why.LOCKED, user, proved=False, until=lock.until)
    if verdict in _WHY:
        raise NotLetIn(_WHY[verdict], user, proved=False)


def _is_taken(login: str) -> bool:
    return User.objects.filter(username=login).exists()


def _bring_in(source: DirectorySource, entry: PersonEntry, groups: set[uuid.UUID]) -> User:
    """Make the account of somebody new, with the memberships that their groups give."""
    login = entry.login
    if _is_taken(login):
        login = suffixed(entry, _is_taken)
    with journal.transaction():
        import_people(actor=None, source=source, entries=[entry], logins={entry.external_id: login})
        person = Person.objects.select_related("user").get(
            source=source, external_id=entry.external_id
        )
        memberships.note_groups(source, person, groups)
        memberships.follow_rules(source, person=person)
    return person.user
