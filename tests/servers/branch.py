"""Part of a directory server that one test has for itself, written to as its administrator would.

The kinds of server differ in what an entry is made of; what a test does with them is the same.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import ldap
from ldap.controls import LDAPControl

from directory.ldap.chosen import GIVEN
from directory.ldap.schemas import Schema

Value = str | bytes | Sequence[str | bytes]
Values = Mapping[str, Value]
PASSWORD = "Bonjour-2026"
_numbers = count(1)
_TREE_DELETE = "1.2.840.113556.1.4.805"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the entries of a kind of server are made of.

    `naming`: the attribute that a person's DN begins with. `person` returns the attributes of
    somebody, given login, full name and password; `group` those of a group, given its name.
    `disabling`: the attribute that closes an account, with its value; `opening` opens it again.
    `password` returns the attribute that sets one.
    `names_are_of_the_server`: a login or the name of a group is there once in all branches.
    `has_links`: a member is a link to an entry, shown by its name as it is there.
    `refuses_closed_accounts_unheard`: whatever the password.
    """

    schema: Schema
    naming: str
    person: Callable[[str, str, str], Values]
    group: Callable[[str], Values]
    password: Callable[[str], Values]
    disabling: Values
    opening: Values
    names_are_of_the_server: bool = False
    has_links: bool = False
    refuses_closed_accounts_unheard: bool = False


PATIENCE = 60
"""Seconds for which a server that is at work is waited for: a loaded machine takes its time."""
IMPATIENCE = 2
"""Seconds for which one is waited for that a test has frozen."""


def ldap_setting(**given: Any) -> dict[str, Any]:
    """Return a value of the setting LDAP: over StartTLS, nothing chosen but what is `given`."""
    unset = (*GIVEN, "canary_dn", "password_help")
    common = {"start_tls": True, "timeout": PATIENCE, "changes_passwords": False}
    return dict.fromkeys(unset, "") | common | given


@contextmanager
def signed_in(url: str, authority: Path, dn: str, password: str) -> Iterator[Any]:
    """A connection to a server of the tests; with ldap:// in clear, as its set-up needs once."""
    connection = ldap.initialize(url)
    connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 5)
    connection.set_option(ldap.OPT_TIMEOUT, 600)
    connection.set_option(ldap.OPT_REFERRALS, 0)
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(authority))
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    try:
        connection.simple_bind_s(dn, password)
        yield connection
    finally:
        with suppress(ldap.LDAPError):
            connection.unbind_s()


class Freezing:
    """What a test does to the `process` of a server."""

    process: subprocess.Popen[bytes] | None

    def freeze(self) -> None:
        """Stop the process in its tracks: it takes connections and never answers."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)
        # Sent is not heard: until each thread stands still, one of them may answer once more.
        while not self._stands_still(self.process.pid):
            time.sleep(0.002)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGCONT)

    @staticmethod
    def _stands_still(pid: int) -> bool:
        threads = list(Path("/proc").glob(f"{pid}/task/*/stat"))
        assert threads, f"process {pid} is gone"
        try:
            states = [thread.read_text().rpartition(")")[2].split()[0] for thread in threads]
        except (FileNotFoundError, ProcessLookupError):  # a thread has just ended
            return False
        return set(states) == {"T"}


class DirectoryServer(Protocol):
    """A directory server of the tests that is up."""

    dialect: Dialect
    suffix: str

    @property
    def django(self) -> dict[str, Any]:
        """Value of the setting LDAP: over StartTLS, below `suffix`."""

    @property
    def tls_url(self) -> str:
        """Address of TLS from the first byte."""

    def admin(self) -> AbstractContextManager[Any]:
        """A connection that may write."""


class Branch:
    """An entry below the suffix of `server`, with people and groups of its own."""

    def __init__(self, server: DirectoryServer) -> None:
        self.server = server
        self.base = f"ou=branch {next(_numbers)} {uuid.uuid4().hex[:6]},{server.suffix}"
        self.people = f"ou=people,{self.base}"
        self.groups = f"ou=groups,{self.base}"
        for dn in (self.base, self.people, self.groups):
            self.add(dn, objectClass="organizationalUnit")

    @property
    def django(self) -> dict[str, Any]:
        """Value of the setting LDAP for this branch."""
        return self.server.django | {"base_dn": self.base}

    def person_dn(self, login: str) -> str:
        """Return the DN of somebody as they were added."""
        return f"{self.server.dialect.naming}={login},{self.people}"

    def group_dn(self, name: str) -> str:
        """Return the DN of a group as it was added."""
        return f"cn={name},{self.groups}"

    def add(self, dn: str, **attributes: Value) -> None:
        """Add an entry."""
        with self.server.admin() as connection:
            connection.add_s(dn, listed(attributes))

    def add_person(self, login: str, **more: Value) -> str:
        """Add somebody called after their login (alicia.baptiste) and return their DN."""
        dn, name = self.person_dn(login), login.replace(".", " ").title()
        self.add(dn, **(dict(self.server.dialect.person(login, name, PASSWORD)) | more))
        return dn

    def add_group(self, name: str, *members: str) -> str:
        """Add a group of the entries `members` and return its DN."""
        dn = self.group_dn(name)
        listed = {"member": list(members)} if members else {}
        self.add(dn, **(dict(self.server.dialect.group(name)) | listed))
        return dn

    def modify(self, dn: str, **attributes: Value) -> None:
        """Give attributes other values; an empty list takes one away."""
        with self.server.admin() as connection:
            connection.modify_s(
                dn,
                [
                    (ldap.MOD_REPLACE, name, _bytes(value) or None)
                    for name, value in attributes.items()
                ],
            )

    def join(self, group: str, *members: str) -> None:
        """Put entries into the group of that name."""
        self._change(ldap.MOD_ADD, group, members)

    def leave(self, group: str, *members: str) -> None:
        """Take entries out of the group of that name."""
        self._change(ldap.MOD_DELETE, group, members)

    def disable(self, dn: str) -> None:
        """Close the account of somebody."""
        self.modify(dn, **dict(self.server.dialect.disabling))

    def enable(self, dn: str) -> None:
        """Open the account of somebody again."""
        self.modify(dn, **dict(self.server.dialect.opening))

    def set_password(self, dn: str, password: str) -> None:
        """Give somebody another password."""
        self.modify(dn, **dict(self.server.dialect.password(password)))

    def delete(self, dn: str) -> None:
        """Delete an entry."""
        with self.server.admin() as connection:
            connection.delete_s(dn)

    def remove(self) -> None:
        """Delete the branch where names are one person's in the whole server, as in AD."""
        if self.server.dialect.names_are_of_the_server:
            with self.server.admin() as connection:
                whole = [LDAPControl(_TREE_DELETE, criticality=True)]
                connection.delete_ext_s(self.base, serverctrls=whole)

    def rename(self, dn: str, rdn: str, parent: str | None = None) -> None:
        """Give an entry another name, below another entry where `parent` is given."""
        with self.server.admin() as connection:
            connection.rename_s(dn, rdn, newsuperior=parent)

    def identifier(self, dn: str) -> uuid.UUID:
        """Return the immutable identifier of an entry."""
        schema = self.server.dialect.schema
        with self.server.admin() as connection:
            [found] = [
                attributes
                for name, attributes in connection.search_s(
                    dn, ldap.SCOPE_BASE, attrlist=[schema.id_attribute]
                )
                if name is not None
            ]
        [value] = next(iter(found.values()))
        return schema.parse_id(value)

    def _change(self, how: int, group: str, members: Sequence[str]) -> None:
        with self.server.admin() as connection:
            connection.modify_s(
                self.group_dn(group), [(how, "member", [each.encode() for each in members])]
            )


def listed(entry: Values) -> list[tuple[str, list[bytes]]]:
    """Return the attributes of an entry as python-ldap adds them."""
    return [(name, _bytes(value)) for name, value in entry.items()]


def _bytes(value: Value) -> list[bytes]:
    values = [value] if isinstance(value, str | bytes) else value
    return [each.encode() if isinstance(each, str) else each for each in values]
