"""Checking a password against the directory."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from directory import journal
from directory.actions.people import import_people, note_passwords
from directory.breaker import Breaker
from directory.ldap import lookups
from directory.ldap.config import LdapConfig
from directory.ldap.connection import Connection
from directory.ldap.entries import PersonEntry
from directory.ldap.errors import AccountClosed, Silent, Unavailable
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


class AccountDisabled(Exception):
    """The password was right, but the account may not be used; `user` where it is known."""

    def __init__(self, user: User | None = None) -> None:
        super().__init__("account disabled")
        self.user = user


def check(
    login: str, password: str, *, admit: Callable[[str], None] = lambda _login: None
) -> User | None:
    """Return the account of `login` where `password` is right, else None.

    The reading account finds the entry; its immutable identifier tells the person; a bind
    of its own tries the password. Somebody whom no sync has met yet is brought in at once.
    Before the bind `admit` is given the login that the entry stands for, in one spelling; what
    it raises ends the attempt.

    Raises AccountDisabled after a right password alone, DirectoryError where the
    directory gives no usable answer: at once where it gave none a moment ago.
    """
    if not login or not password:
        return None
    settings = config.from_settings()
    with breaker_of(settings.url).question(), _silence_told():
        return _checked(settings, login, password, admit)


def _checked(
    settings: LdapConfig, login: str, password: str, admit: Callable[[str], None]
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
            connection.can_bind(nobody, password)
            return None
        entry = found[0]
        admit(person.user.username if person else entry.login)
        try:
            is_right = connection.can_bind(entry.dn, password)
        except AccountClosed as closed:
            raise AccountDisabled(person.user if person else None) from closed
        if not is_right:
            return None
        if entry.disabled:
            raise AccountDisabled(person.user if person else None)
        if person is None:
            groups = lookups.groups_of_person(connection, entry)
            return _bring_in(source, entry, groups)
    if not person.user.is_active:
        raise AccountDisabled(person.user)
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
