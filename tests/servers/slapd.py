"""OpenLDAP's server with the demo organisation, as `make run` starts it."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import ldap
from ldap.filter import filter_format

from config.embedded.organisation.entries import BASE_DN, GROUPS_DN, PEOPLE_DN, hashed
from config.embedded.slapd import ADMIN_DN, EmbeddedDirectory
from directory.ldap.config import LdapConfig
from directory.ldap.schemas import OPENLDAP

from .base import free_port
from .branch import (
    PASSWORD,
    PATIENCE,
    Dialect,
    Freezing,
    Value,
    Values,
    ldap_setting,
    listed,
)


def _person(login: str, name: str, password: str) -> Values:
    given, _, family = name.partition(" ")
    return {
        "objectClass": "inetOrgPerson",
        "uid": login,
        "cn": name,
        "givenName": given,
        "sn": family or login,
        "mail": f"{login}@morne-rivage.example",
        "userPassword": hashed(password),
    }


@cache
def _filled() -> Path:
    """Return a folder as a server leaves it after its first start. Raises EmbeddedDirectoryError.

    Made once in a run: what is read of one server holds of every other.
    """
    folder = Path(tempfile.mkdtemp(prefix="marigot-slapd-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with EmbeddedDirectory(folder, free_port()):
        pass
    for name in ("slapd.conf", "slapd.log"):
        (folder / name).unlink()
    return folder


class Slapd(Freezing, EmbeddedDirectory):
    """A directory server of the tests: the tests write to it, narrow it, stop it.

    All begin with the same data, passwords and certificates, but where `entries` are given.
    """

    PASSWORD = PASSWORD
    suffix = BASE_DN
    dialect = Dialect(
        schema=OPENLDAP,
        naming="uid",
        person=_person,
        group=lambda name: {"objectClass": "groupOfNames", "cn": name},
        password=lambda password: {"userPassword": hashed(password)},
        disabling={"pwdAccountLockedTime": "000001010000Z"},
        opening={"pwdAccountLockedTime": []},
    )

    def __init__(self, entries: Callable[[str], str] | None = None) -> None:
        folder = Path(tempfile.mkdtemp(prefix="marigot-slapd-"))
        super().__init__(folder, free_port(), tls_port=free_port(), entries=entries)
        self._fills_itself = entries is not None

    def start(self) -> dict[str, str]:
        """Start the server; see `EmbeddedDirectory.start`."""
        if not self._fills_itself:
            # Not copytree: the database is a file of 1 GiB, of which next to nothing is written.
            subprocess.run(["cp", "--archive", f"{_filled()}/.", self.folder], check=True)
            self._fills_itself = True
        return super().start()

    def discard(self) -> None:
        """Stop the server and forget its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def config(self) -> LdapConfig:
        """How Marigot reads this server."""
        given = self.settings
        return LdapConfig(
            url=self.url,
            start_tls=True,
            ca_file=str(self.authority),
            bind_dn=given["MARIGOT_LDAP_BIND_DN"],
            bind_password=given["MARIGOT_LDAP_BIND_PASSWORD"],
            base_dn=given["MARIGOT_LDAP_BASE_DN"],
            schema=OPENLDAP,
            timeout=PATIENCE,
        )

    @property
    def django(self) -> dict[str, Any]:
        """Value of the setting LDAP for this server."""
        config = self.config
        return ldap_setting(
            url=config.url,
            ca_file=config.ca_file,
            bind_dn=config.bind_dn,
            bind_password=config.bind_password,
            base_dn=config.base_dn,
            schema="openldap",
        )

    # Writing, as the administrator of the directory would

    @contextmanager
    def admin(self) -> Iterator[Any]:
        """A connection that may write."""
        connection = self.bind(ADMIN_DN, self.admin_password)
        try:
            yield connection
        finally:
            connection.unbind_s()

    def add(self, dn: str, **attributes: Value) -> None:
        """Add an entry."""
        with self.admin() as connection:
            connection.add_s(dn, listed(attributes))

    def add_person(self, login: str, **attributes: Value) -> str:
        """Add somebody and return their DN."""
        dn = f"uid={login},{PEOPLE_DN}"
        own = dict(_person(login, login.replace(".", " ").title(), PASSWORD))
        self.add(dn, **(own | attributes))
        return dn

    def add_group(self, name: str, *members: str) -> str:
        """Add a group of the entries `members` and return its DN."""
        dn = f"cn={name},{GROUPS_DN}"
        self.add(dn, objectClass="groupOfNames", cn=name, member=list(members))
        return dn

    def modify(self, dn: str, attribute: str, *values: str) -> None:
        """Give an attribute other values; none takes it away."""
        new = [value.encode() for value in values] or None
        with self.admin() as connection:
            connection.modify_s(dn, [(ldap.MOD_REPLACE, attribute, new)])

    def join(self, group: str, *members: str) -> None:
        """Put entries into a group, by its name."""
        with self.admin() as connection:
            connection.modify_s(
                f"cn={group},{GROUPS_DN}",
                [(ldap.MOD_ADD, "member", [member.encode() for member in members])],
            )

    def leave(self, group: str, *members: str) -> None:
        """Take entries out of a group, by its name."""
        with self.admin() as connection:
            connection.modify_s(
                f"cn={group},{GROUPS_DN}",
                [(ldap.MOD_DELETE, "member", [member.encode() for member in members])],
            )

    def delete(self, *dns: str) -> None:
        """Delete entries, and wait until no group names them but as its last member."""
        with self.admin() as connection:
            for dn in dns:
                connection.delete_s(dn)
                self._wait_until_unnamed(connection, dn, among=2)

    def rename(self, dn: str, rdn: str, parent: str | None = None) -> None:
        """Give an entry another name, below another entry where `parent` is given.

        Returns when the groups name it by its new name.
        """
        with self.admin() as connection:
            connection.rename_s(dn, rdn, newsuperior=parent)
            self._wait_until_unnamed(connection, dn)

    def _wait_until_unnamed(self, connection: Any, dn: str, among: int = 1) -> None:
        """Wait for the server's referential integrity: it answers first and tidies up after.

        Raises TimeoutError where a group of `among` members or more still names `dn` after two
        minutes. A group must keep a member: the last is not taken out.
        """
        naming = filter_format("(member=%s)", [dn])
        end = time.monotonic() + 120
        while any(
            len(group["member"]) >= among
            for _, group in connection.search_s(GROUPS_DN, ldap.SCOPE_SUBTREE, naming, ["member"])
        ):
            if time.monotonic() > end:
                raise TimeoutError(f"a group still names {dn}")
            time.sleep(0.02)

    def identifier(self, dn: str) -> uuid.UUID:
        """Return the immutable identifier of an entry."""
        with self.admin() as connection:
            [(_, found)] = connection.search_s(dn, ldap.SCOPE_BASE, attrlist=["entryUUID"])
        return uuid.UUID(found["entryUUID"][0].decode())

    # Misfortunes

    def configure(self, attribute: str, *values: str) -> None:
        """Change the configuration of the running server: limits, access rules."""
        connection = self.bind("cn=config", self.admin_password)
        try:
            connection.modify_s(
                "olcDatabase={1}mdb,cn=config",
                [(ldap.MOD_REPLACE, attribute, [value.encode() for value in values] or None)],
            )
        finally:
            connection.unbind_s()
