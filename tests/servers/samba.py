"""Samba as a domain controller of Active Directory, of which only LDAP is begun."""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import ldap

from config.embedded.certificates import certificates_in
from directory.ldap.schemas import ACTIVE_DIRECTORY

from .base import Server, ServerError, in_use, only_by_root, program
from .branch import Dialect, Freezing, Values, ldap_setting, listed, signed_in

_REALM, _DOMAIN = "MORNE-RIVAGE.EXAMPLE", "MORNE"
_PORT, _TLS_PORT = 389, 636  # no option of Samba says others
_ORDINARY, _CLOSED = "512", "514"


def _quoted(password: str) -> bytes:
    """Return a password as Active Directory takes it."""
    return f'"{password}"'.encode("utf-16-le")


def _person(login: str, name: str, password: str) -> Values:
    given, _, family = name.partition(" ")
    return {
        "objectClass": "user",
        "sAMAccountName": login,
        "userPrincipalName": f"{login}@{_REALM.lower()}",
        "displayName": name,
        "givenName": given,
        "sn": family or given,
        "mail": f"{login}@{_REALM.lower()}",
        "unicodePwd": _quoted(password),
        "userAccountControl": _ORDINARY,
    }


class Samba(Freezing, Server):
    """A domain of its own on an address of the loopback network, over ldaps and StartTLS."""

    name = "samba"
    packages = "samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind"
    suffix = "dc=morne-rivage,dc=example"
    dialect = Dialect(
        schema=ACTIVE_DIRECTORY,
        naming="CN",
        person=_person,
        group=lambda name: {"objectClass": "group", "sAMAccountName": name},
        password=lambda password: {"unicodePwd": _quoted(password)},
        disabling={"userAccountControl": _CLOSED},
        opening={"userAccountControl": _ORDINARY},
        names_are_of_the_server=True,
        has_links=True,
    )

    def __init__(self) -> None:
        super().__init__(_PORT)
        self.host = self._free_host()
        self.admin_password, self.reader_password = (
            f"{secrets.token_urlsafe(18)}-Aa1" for _ in range(2)
        )
        self._has_reader = False

    # Addresses

    @property
    def url(self) -> str:
        """Address for StartTLS."""
        return f"ldap://{self.host}:{_PORT}"

    @property
    def tls_url(self) -> str:
        """Address of TLS from the first byte."""
        return f"ldaps://{self.host}:{_TLS_PORT}"

    @property
    def authority(self) -> Path:
        """Certificate that the server's own is checked against."""
        return self.folder / "tls" / "ca.pem"

    @property
    def reader_dn(self) -> str:
        """Account that reads for Marigot."""
        return f"CN=marigot,CN=Users,{self.suffix}"

    @property
    def django(self) -> dict[str, Any]:
        """Value of the setting LDAP for this server."""
        return ldap_setting(
            url=self.url,
            ca_file=str(self.authority),
            bind_dn=self.reader_dn,
            bind_password=self.reader_password,
            base_dn=self.suffix,
            schema="ad",
        )

    # Life

    def prepare(self) -> None:
        """Make the domain."""
        samba_tool = program("samba-tool", packages=self.packages)
        program("samba", packages=self.packages)
        only_by_root("Samba's domain controller listens on port 389")
        own = certificates_in(self.folder / "tls", addresses=[self.host])
        self.run(
            *(samba_tool, "domain", "provision", "--server-role=dc", "--dns-backend=NONE"),
            *(f"--realm={_REALM}", f"--domain={_DOMAIN}", "--use-rfc2307"),
            *(f"--targetdir={self.folder}", "--host-name=dc1", f"--host-ip={self.host}"),
            f"--adminpass={self.admin_password}",
            *(f"--option={name}={value}" for name, value in self._options.items()),
        )
        self.write(
            "samba.conf",
            _CONFIGURATION.format(
                options="\n".join(f"{name} = {value}" for name, value in self._options.items()),
                folder=self.folder,
                realm=_REALM,
                domain=_DOMAIN,
                authority=own.authority,
                certificate=own.server,
                key=own.key,
            ),
        )

    def command(self) -> list[str | Path]:
        """Run the server in the foreground, in one process."""
        samba = program("samba", packages=self.packages)
        return [samba, "-i", "-M", "single", "-s", self.folder / "samba.conf"]

    def answers(self) -> bool:
        """Sign in over TLS; the first time, make the account that reads."""
        try:
            with self.admin() as connection:
                if not self._has_reader:
                    reader = _person("marigot", "Marigot", self.reader_password)
                    connection.add_s(self.reader_dn, listed(reader))
                    self._has_reader = True
        except (ldap.SERVER_DOWN, ldap.CONNECT_ERROR, ldap.TIMEOUT):
            return False
        return True

    def own(self, path: Path) -> None:
        """Leave `path` to root: see `as_server_user`."""

    def as_server_user(self) -> list[str | Path]:
        """Return the beginning of a command that keeps root's rights.

        A domain controller gives files to the users whom it serves, and listens below 1024.
        """
        return [program("setpriv", packages="util-linux")]

    def admin(self) -> AbstractContextManager[Any]:
        """A connection that may write."""
        dn = f"{_DOMAIN}\\Administrator"
        return signed_in(self.tls_url, self.authority, dn, self.admin_password)

    # Helps

    @property
    def _options(self) -> dict[str, str]:
        return {
            "interfaces": f"{self.host}/8",
            "bind interfaces only": "yes",
            "vfs objects": "",
            "posix:eadb": f"{self.folder}/eadb.tdb",
        }

    @staticmethod
    def _free_host() -> str:
        """Return an address of the loopback network where nobody serves LDAP."""
        for _ in range(50):
            host = f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(250)}.{_PORT % 250}"
            if not any(in_use(port, host) for port in (_PORT, _TLS_PORT)):
                return host
        raise ServerError("samba: no address of the loopback network is free")


_CONFIGURATION = """\
[global]
{options}
netbios name = DC1
realm = {realm}
workgroup = {domain}
server role = active directory domain controller
server services = ldap
ldap server require strong auth = yes
idmap_ldb:use rfc2307 = yes
tls enabled = yes
tls keyfile = {key}
tls certfile = {certificate}
tls cafile = {authority}
private dir = {folder}/private
state directory = {folder}/state
cache directory = {folder}/cache
lock directory = {folder}
pid directory = {folder}
ncalrpc dir = {folder}/ncalrpc
winbindd socket directory = {folder}/winbindd
ntp signd socket directory = {folder}/ntp
log file = {folder}/samba.log
[sysvol]
path = {folder}/state/sysvol
[netlogon]
path = {folder}/state/sysvol/{realm}/scripts
"""
