"""What an administrator has a directory server do with passwords, each kind in its own way."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import ldap

from .branch import PASSWORD, Branch, listed
from .samba import Samba

LOCKED_AFTER = 3
LOCKED_FOR = 600
"""Seconds."""
LONG_AGO = "20200101000000Z"
_DAY_OF_AD = 86_400 * 10**7
_FILE_OF_PEOPLE = "DC%3DMORNE-RIVAGE%2CDC%3DEXAMPLE.ldb"
_SET_IN_FILE = """
import sys, ldb
file = ldb.Ldb(sys.argv[1], options=["modules:"])
[found] = file.search(base=sys.argv[2], scope=ldb.SCOPE_BASE)
change = ldb.Message(found.dn)
change["pwdLastSet"] = ldb.MessageElement(sys.argv[3], ldb.FLAG_MOD_REPLACE, "pwdLastSet")
file.modify(change)
"""
_DATABASE = "olcDatabase={1}mdb,cn=config"
_OWN_PASSWORD = (
    b'(targetattr="userPassword")(version 3.0; acl "Everybody changes their own password";'
    b'allow (write) userdn="ldap:///self";)'
)


@contextmanager
def policy(branch: Branch) -> Iterator[Policy]:
    """A policy that holds of the people of a branch for as long as this lasts.

    Wrong passwords lock an account, passwords have eight characters and are not used again.
    """
    found = _KINDS[branch.server.dialect.schema.name](branch)
    found.begin()
    try:
        yield found
    finally:
        found.end()


class Policy:
    """How states of an account come about."""

    def __init__(self, branch: Branch) -> None:
        self.branch = branch

    def begin(self) -> None:
        """Put the policy into force."""

    def end(self) -> None:
        """Leave the server as it was."""

    def holds_of(self, dn: str) -> None:
        """Have the policy hold of somebody, where it does not hold of all."""

    @contextmanager
    def changed_by_people(self) -> Iterator[None]:
        """Let everybody change their own password for as long as this lasts."""
        yield

    def must_change(self, dn: str) -> None:
        """Have somebody choose a new password."""
        raise NotImplementedError

    def expire_password(self, dn: str) -> None:
        """Let the password of somebody be too old."""
        raise NotImplementedError

    def _set(self, dn: str, **values: str) -> None:
        with self.branch.server.admin() as connection:
            replaced = [(ldap.MOD_REPLACE, *each) for each in listed(values)]
            connection.modify_s(dn, replaced)


class _OfOpenldap(Policy):
    @property
    def _dn(self) -> str:
        return f"cn=policy,{self.branch.base}"

    def begin(self) -> None:
        self.branch.add(
            self._dn,
            objectClass=["device", "pwdPolicy"],
            cn="policy",
            pwdAttribute="userPassword",
            pwdLockout="TRUE",
            pwdMaxFailure=str(LOCKED_AFTER),
            pwdLockoutDuration=str(LOCKED_FOR),
            pwdMustChange="TRUE",
            pwdMinLength="8",
            pwdCheckQuality="2",
            pwdInHistory="3",
            pwdGraceAuthNLimit="0",
        )

    @contextmanager
    def changed_by_people(self) -> Iterator[None]:
        server = self.branch.server
        connection = server.bind("cn=config", server.admin_password)
        [(_, found)] = connection.search_s(_DATABASE, ldap.SCOPE_BASE, attrlist=["olcAccess"])
        before = found["olcAccess"]
        own = [
            rule.replace(b"by anonymous auth", b"by anonymous auth by self =xw") for rule in before
        ]
        connection.modify_s(_DATABASE, [(ldap.MOD_REPLACE, "olcAccess", own)])
        try:
            yield
        finally:
            connection.modify_s(_DATABASE, [(ldap.MOD_REPLACE, "olcAccess", before)])
            connection.unbind_s()

    def grant_grace(self, times: int) -> None:
        """Let people in so many times after their password has expired."""
        self._set(self._dn, pwdGraceAuthNLimit=str(times))

    def holds_of(self, dn: str) -> None:
        self.branch.modify(dn, pwdPolicySubentry=self._dn)

    def must_change(self, dn: str) -> None:
        self.holds_of(dn)
        self.branch.modify(dn, pwdReset="TRUE")

    def expire_password(self, dn: str) -> None:
        self.holds_of(dn)
        self._set(self._dn, pwdMustChange="FALSE", pwdMaxAge="1")
        self.branch.set_password(dn, PASSWORD)  # its time is not kept before
        time.sleep(2.1)


class _OfActiveDirectory(Policy):
    def begin(self) -> None:
        self._set(
            self.branch.server.suffix,
            lockoutThreshold=str(LOCKED_AFTER),
            lockoutDuration=str(-LOCKED_FOR * 10**7),
            lockOutObservationWindow=str(-LOCKED_FOR * 10**7),
            minPwdAge="0",
            maxPwdAge=str(-2 * _DAY_OF_AD),
        )

    def end(self) -> None:
        self._set(self.branch.server.suffix, lockoutThreshold="0", maxPwdAge=str(-42 * _DAY_OF_AD))

    def must_change(self, dn: str) -> None:
        self.branch.modify(dn, pwdLastSet="0")

    def expire_password(self, dn: str) -> None:
        """Set its time back five days, in the server's file: no administrator can."""
        server = self.branch.server
        assert isinstance(server, Samba)
        [file] = (server.folder / "private" / "sam.ldb.d").glob(_FILE_OF_PEOPLE)
        five_days_ago = str(int((time.time() - 5 * 86_400) * 10**7) + 116_444_736_000_000_000)
        # Samba comes with the module for the system's Python alone.
        command = ["/usr/bin/python3", "-c", _SET_IN_FILE, f"tdb://{file}", dn, five_days_ago]
        subprocess.run(command, check=True)


class _Of389(Policy):
    def begin(self) -> None:
        self._set(
            "cn=config",
            passwordLockout="on",
            passwordMaxFailure=str(LOCKED_AFTER),
            passwordLockoutDuration=str(LOCKED_FOR),
            passwordMustChange="on",
            passwordCheckSyntax="on",
            passwordMinLength="8",
            passwordHistory="on",
            passwordInHistory="3",
            passwordExp="on",
        )

    def end(self) -> None:
        off = ("Lockout", "MustChange", "CheckSyntax", "History", "Exp")
        self._set("cn=config", passwordGraceLimit="0", **{f"password{name}": "off" for name in off})

    @contextmanager
    def changed_by_people(self) -> Iterator[None]:
        suffix = self.branch.server.suffix
        with self.branch.server.admin() as connection:
            connection.modify_s(suffix, [(ldap.MOD_ADD, "aci", [_OWN_PASSWORD])])
            try:
                yield
            finally:
                connection.modify_s(suffix, [(ldap.MOD_DELETE, "aci", [_OWN_PASSWORD])])

    def grant_grace(self, times: int) -> None:
        """Let people in so many times after their password has expired."""
        self._set("cn=config", passwordGraceLimit=str(times))

    def must_change(self, dn: str) -> None:
        self.branch.set_password(dn, PASSWORD)  # which an administrator chooses

    def expire_password(self, dn: str) -> None:
        self.branch.modify(dn, passwordExpirationTime=LONG_AGO)


_KINDS = {"openldap": _OfOpenldap, "ad": _OfActiveDirectory, "389ds": _Of389}
