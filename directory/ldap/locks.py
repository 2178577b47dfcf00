"""Until when a directory lets an account in no more after too many wrong passwords."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from directory.outside import number_from_outside

from .connection import Connection
from .schemas import Attributes, first, moment_of_ad

_FOR_GOOD_IN_OPENLDAP: Final = "000001010000Z"
_NEVER_IN_389: Final = "19700101000000Z"
_LONGEST: Final = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Lock:
    """`until`: when it ends by itself; None where it does not, or where that is not told."""

    until: datetime | None


def lock_of(connection: Connection, dn: str) -> Lock | None:
    """Return the lock that the entry `dn` shows, None where it shows none that lasts.

    Raises DirectoryError.
    """
    found = KINDS[connection.config.schema.name](connection, dn)
    if found is None or (found.until is not None and found.until <= datetime.now(UTC)):
        return None
    return found


def _of_openldap(connection: Connection, dn: str) -> Lock | None:
    entry = connection.read(dn, ["pwdAccountLockedTime", "pwdPolicySubentry"]) or {}
    text = first(entry, "pwdaccountlockedtime")
    if not text or text == _FOR_GOOD_IN_OPENLDAP:  # that is a closed account
        return None
    policy: Attributes
    if own := first(entry, "pwdpolicysubentry"):
        policy = connection.read(own, ["pwdLockoutDuration"]) or {}
    else:
        # Which one is the default is in the server's configuration: told where it is the only one.
        policies = connection.search("(objectClass=pwdPolicy)", ["pwdLockoutDuration"])
        policy = policies[0][1] if len(policies) == 1 else {}
    seconds = number_from_outside(first(policy, "pwdlockoutduration"), least=1)
    return _lasting(generalized(text), None if seconds is None else timedelta(seconds=seconds))


def _of_ad(connection: Connection, dn: str) -> Lock | None:
    entry = connection.read(dn, ["lockoutTime", "msDS-ResultantPSO"]) or {}
    since = moment_of_ad(first(entry, "lockouttime"))
    if since is None:
        return None
    if own := first(entry, "msds-resultantpso"):
        policy = connection.read(own, ["msDS-LockoutDuration"]) or {}
        text = first(policy, "msds-lockoutduration")
    else:
        policy = connection.read(connection.suffix, ["lockoutDuration"]) or {}
        text = first(policy, "lockoutduration")
    # Tenths of microseconds, negative; the least number of all is for ever.
    ticks = number_from_outside(text, least=-(2**63) + 1, most=-1)
    return _lasting(since, None if ticks is None else timedelta(microseconds=-ticks // 10))


def _of_389(connection: Connection, dn: str) -> Lock | None:
    entry = connection.read(dn, ["accountUnlockTime"]) or {}
    text = first(entry, "accountunlocktime")
    if not text:
        return None
    return Lock(None) if text == _NEVER_IN_389 else Lock(generalized(text))


KINDS: Final[Mapping[str, Callable[[Connection, str], Lock | None]]] = {
    "openldap": _of_openldap,
    "ad": _of_ad,
    "389ds": _of_389,
}


def _lasting(since: datetime | None, duration: timedelta | None) -> Lock:
    if since is None or duration is None or duration > _LONGEST:
        return Lock(None)
    return Lock(since + duration)


def generalized(text: str) -> datetime | None:
    """Return the moment of a generalized time as these servers write it, None for another."""
    try:
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
