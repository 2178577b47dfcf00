"""Trying somebody's password, and what each kind of server answers to it."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import Any, Final

import ldap
from ldap.controls import DecodeControlTuples
from ldap.controls.ppolicy import PasswordPolicyControl

from .connection import Connection, described

log = logging.getLogger(__name__)


class Verdict(Enum):
    """What a server answers to the password of an entry.

    Those of `PROVES` are said of a right password alone; of the others nothing may be told that a
    stranger must not learn, for they are said whatever the password is.
    """

    RIGHT = auto()
    GRACE = auto()
    """Right and expired; the server still lets its person in, a few times."""
    MUST_CHANGE = auto()
    PASSWORD_EXPIRED = auto()
    DISABLED = auto()
    EXPIRED = auto()
    """The account itself."""
    NOT_HERE = auto()
    """Not at this hour, or not from this machine."""
    WRONG = auto()
    LOCKED = auto()
    """After too many wrong passwords."""
    CLOSED = auto()
    """Whatever the password is: an account that 389 Directory Server has closed."""


class Objection(Enum):
    """Why a server does not take a new password."""

    SHORT = auto()
    SIMPLE = auto()
    USED = auto()
    UNSUITABLE = auto()
    """One of those above, and the server does not say which."""
    YOUNG = auto()
    """The one of now was chosen too lately."""
    FORBIDDEN = auto()
    """The server lets nobody change theirs, or not over this connection."""


class NotTaken(Exception):
    """The password was right, the server does not take the new one."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(objection.name)
        self.objection = objection


PROVES: Final = frozenset(
    {
        Verdict.RIGHT,
        Verdict.GRACE,
        Verdict.MUST_CHANGE,
        Verdict.PASSWORD_EXPIRED,
        Verdict.DISABLED,
        Verdict.EXPIRED,
        Verdict.NOT_HERE,
    }
)

_CODE_OF_AD: Final = re.compile(r"\bdata ([0-9a-f]{3})\b")
# All but the last are said after a right password alone; after a wrong one it is 52e.
_OF_AD: Final = {
    "530": Verdict.NOT_HERE,
    "531": Verdict.NOT_HERE,
    "532": Verdict.PASSWORD_EXPIRED,
    "533": Verdict.DISABLED,
    "701": Verdict.EXPIRED,
    "773": Verdict.MUST_CHANGE,
    "775": Verdict.LOCKED,
}
# Codes of the response control of the password policy (draft-behera-ldap-password-policy).
_EXPIRED, _LOCKED, _MUST_CHANGE = 0, 1, 2
_OBJECTIONS: Final = {
    3: Objection.FORBIDDEN,
    5: Objection.UNSUITABLE,
    6: Objection.SHORT,
    7: Objection.YOUNG,
    8: Objection.USED,
}
# Samba says which; Active Directory gives no more than the number.
_OBJECTIONS_OF_SAMBA: Final = (
    ("too short", Objection.SHORT),
    ("complexity", Objection.SIMPLE),
    ("already used", Objection.USED),
    ("too young", Objection.YOUNG),
)


def tried(
    connection: Connection, dn: str, password: str, *, change_to: str | None = None
) -> Verdict:
    """Return what the server answers to `password` for the entry `dn`.

    Asked on a connection of its own. An empty password would be an anonymous bind, which
    succeeds: it is refused here, before any server hears of it. Where `password` is right and the
    server lets its person change it, `change_to` takes its place, and the answer is RIGHT. Raises
    NotTaken, DirectoryError.
    """
    if not dn or not password:
        return Verdict.WRONG
    schema = connection.config.schema
    asked = [PasswordPolicyControl()] if schema.has_password_policy else None
    with connection.another() as own:
        try:
            *_rest, controls = own.simple_bind_s(dn, password, serverctrls=asked)
        except (ldap.INVALID_DN_SYNTAX, ldap.NO_SUCH_OBJECT):
            return Verdict.WRONG
        except (
            ldap.INVALID_CREDENTIALS,
            ldap.UNWILLING_TO_PERFORM,
            ldap.CONSTRAINT_VIOLATION,
        ) as error:
            verdict = of_refusal(error)
            if verdict in (Verdict.LOCKED, Verdict.CLOSED):
                log.info("the directory lets %s in no more: %s", dn, described(error))
        else:
            verdict = _of_success(controls)
        if not change_to or not can_change(connection, verdict):
            return verdict
        try:
            if schema.quotes_passwords:
                # Whoever must change it cannot bind: the old one, given with it, is the proof.
                connection.replace_value(
                    dn, "unicodePwd", old=_quoted(password), new=_quoted(change_to)
                )
            else:
                connection.limit(own)
                message = own.passwd(dn, password, change_to, serverctrls=asked)
                own.extop_result(message)
        except (
            ldap.CONSTRAINT_VIOLATION,
            ldap.INSUFFICIENT_ACCESS,
            ldap.UNWILLING_TO_PERFORM,
            ldap.STRONG_AUTH_REQUIRED,
        ) as error:
            objection = objection_of(error)
            if objection is Objection.FORBIDDEN:
                log.error("the directory lets %s choose no password: %s", dn, described(error))
            raise NotTaken(objection) from error
    return Verdict.RIGHT


def can_change(connection: Connection, verdict: Verdict) -> bool:
    """Tell whether somebody to whom the server answered `verdict` can choose a new password.

    With an expired one nobody can bind, as OpenLDAP and 389 Directory Server ask for.
    """
    config = connection.config
    if not config.changes_passwords:
        return False
    if verdict is Verdict.PASSWORD_EXPIRED:
        return config.schema.quotes_passwords
    return verdict in (Verdict.RIGHT, Verdict.GRACE, Verdict.MUST_CHANGE)


def _quoted(password: str) -> bytes:
    """Return a password as Active Directory takes it."""
    return f'"{password}"'.encode("utf-16-le")


def objection_of(error: ldap.LDAPError) -> Objection:
    """Return why a server has not taken a new password."""
    policy = _policy(controls_of(error))
    if policy is not None and policy.error in _OBJECTIONS:
        return _OBJECTIONS[policy.error]
    said = described(error)
    for words, objection in _OBJECTIONS_OF_SAMBA:
        if words in said:
            return objection
    if isinstance(error, ldap.CONSTRAINT_VIOLATION) or "0000052D" in said:
        return Objection.UNSUITABLE
    return Objection.FORBIDDEN


def _of_success(controls: Sequence[Any]) -> Verdict:
    policy = _policy(controls)
    if policy is not None and policy.error == _MUST_CHANGE:
        return Verdict.MUST_CHANGE
    if policy is not None and policy.graceAuthNsRemaining is not None:
        return Verdict.GRACE
    return Verdict.RIGHT


def of_refusal(error: ldap.LDAPError) -> Verdict:
    """Return what a refused bind says of the account."""
    if isinstance(error, ldap.UNWILLING_TO_PERFORM):
        return Verdict.CLOSED
    if isinstance(error, ldap.CONSTRAINT_VIOLATION):
        return Verdict.LOCKED
    if code := _CODE_OF_AD.search(described(error)):
        return _OF_AD.get(code[1], Verdict.WRONG)
    policy = _policy(controls_of(error))
    if policy is not None and policy.error == _EXPIRED:
        return Verdict.PASSWORD_EXPIRED
    if policy is not None and policy.error == _LOCKED:
        return Verdict.LOCKED
    return Verdict.WRONG


def controls_of(error: ldap.LDAPError) -> list[Any]:
    """Return the controls that came with a refusal."""
    details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return list(DecodeControlTuples(details.get("ctrls") or []))


def _policy(controls: Sequence[Any]) -> PasswordPolicyControl | None:
    found = (c for c in controls if c.controlType == PasswordPolicyControl.controlType)
    return next(found, None)
