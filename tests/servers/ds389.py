"""389 Directory Server, with what its operating page asks an administrator to switch on."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import ldap

from config.embedded.certificates import certificates_in
from config.embedded.slapd import is_alive
from directory.ldap.schemas import DS389

from .base import (
    HOST,
    UNPRIVILEGED_USER,
    Server,
    ServerError,
    free_port,
    only_by_root,
    program,
)
from .branch import Dialect, Freezing, Values, ldap_setting, listed, signed_in

_INF = Path("/usr/share/dirsrv/inf/defaults.inf")
_DATA = Path("/usr/share/dirsrv/data")
_MANAGER = "cn=Directory Manager"
_PLUGIN = "cn={},cn=plugins,cn=config"


def _person(login: str, name: str, password: str) -> Values:
    given, _, family = name.partition(" ")
    return {
        "objectClass": "inetOrgPerson",
        "uid": login,
        "cn": name,
        "givenName": given,
        "sn": family or given,
        "mail": f"{login}@morne-rivage.example",
        "userPassword": password,
    }


def _group(name: str) -> Values:
    return {"objectClass": "groupOfNames", "cn": name}


class DirectoryServer389(Freezing, Server):
    """389 Directory Server over ldaps and StartTLS, with an account that reads it."""

    name = "389ds"
    packages = "389-ds-base python3-lib389 libnss3-tools"
    suffix = "dc=morne-rivage,dc=example"
    reader_dn = f"cn=marigot,{suffix}"
    dialect = Dialect(
        schema=DS389,
        naming="uid",
        person=_person,
        group=_group,
        password=lambda password: {"userPassword": password},
        disabling={"nsAccountLock": "true"},
        opening={"nsAccountLock": []},
        refuses_closed_accounts_unheard=True,
    )

    def __init__(self, port: int | None = None) -> None:
        super().__init__(port)
        self.tls_port = free_port()
        self.manager_password = secrets.token_urlsafe(18)
        self.reader_password = secrets.token_urlsafe(18)
        self._is_set_up = False

    # Addresses

    @property
    def url(self) -> str:
        """Address for StartTLS."""
        return f"ldap://{HOST}:{self.port}"

    @property
    def tls_url(self) -> str:
        """Address of TLS from the first byte."""
        return f"ldaps://{HOST}:{self.tls_port}"

    @property
    def authority(self) -> Path:
        """Certificate that the server's own is checked against."""
        return self.folder / "tls" / "ca.pem"

    @property
    def django(self) -> dict[str, Any]:
        """Value of the setting LDAP for this server."""
        return ldap_setting(
            url=self.url,
            ca_file=str(self.authority),
            bind_dn=self.reader_dn,
            bind_password=self.reader_password,
            base_dn=self.suffix,
            schema="389ds",
        )

    # Life

    def prepare(self) -> None:
        """Make the instance, by the server's own tool told of other folders than the system's."""
        dscreate = program("dscreate", packages=self.packages)
        only_by_root("389 Directory Server's schema is readable by root alone")
        defaults = _INF.read_text()
        for name, value in self._places().items():
            defaults = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value}", defaults)
        self.write("share/dirsrv/inf/defaults.inf", defaults, 0o644)
        for folder in _FOLDERS:
            (self.folder / folder).mkdir(exist_ok=True)
            self.own(self.folder / folder)
        self._listen_on_loopback()
        given = self.write(
            "instance.inf",
            _INSTANCE.format(
                password=self.manager_password,
                port=self.port,
                tls_port=self.tls_port,
                user=UNPRIVILEGED_USER,
                suffix=self.suffix,
            ),
        )
        self._run_as_root(dscreate, "from-file", given)
        left = int((self.folder / "run" / "server.pid").read_text())  # the tool leaves it running
        os.kill(left, signal.SIGTERM)
        while is_alive(left):
            time.sleep(0.05)
        self._take_certificates()

    def command(self) -> list[str | Path]:
        """Run the server in the foreground."""
        ns_slapd = program("ns-slapd", packages=self.packages)
        return [ns_slapd, "-D", self.folder / "etc", "-i", self.folder / "run" / "pid", "-d", "0"]

    def environment(self) -> dict[str, str]:
        """Return where the tools find the folders."""
        return {"PREFIX": str(self.folder)}

    def answers(self) -> bool:
        """Sign in over TLS; the first time, switch on what Marigot asks for."""
        try:
            if not self._is_set_up:
                self._set_up()
                self._is_set_up = True
                self.halt()
                self.spawn()
                return False
            with self.admin():
                return True
        except (ldap.SERVER_DOWN, ldap.CONNECT_ERROR, ldap.TIMEOUT):
            return False

    def admin(self) -> AbstractContextManager[Any]:
        """A connection that may write."""
        url = self.tls_url if self._is_set_up else self.url
        return signed_in(url, self.authority, _MANAGER, self.manager_password)

    # Helps

    def _places(self) -> dict[str, str]:
        return _NO_PLACES | {name: f"{self.folder}/{place}" for name, place in _PLACES.items()}

    def _listen_on_loopback(self) -> None:
        """Copy what the tool makes an instance of, with the address it listens on."""
        data = self.folder / "share" / "dirsrv" / "data"
        shutil.copytree(_DATA, data)
        template = data / "template-dse.ldif"
        said = f"nsslapd-listenhost: {HOST}\nnsslapd-securelistenhost: {HOST}\nnsslapd-port:"
        template.write_text(template.read_text().replace("nsslapd-port:", said))

    def _take_certificates(self) -> None:
        """Put ours into the server's own store, as an administrator would."""
        own = certificates_in(self.folder / "tls")
        store, pin = self.folder / "etc", self.folder / "etc" / "pwdfile.txt"
        certutil = program("certutil", packages=self.packages)
        pk12util = program("pk12util", packages=self.packages)
        openssl = program("openssl", packages="openssl")
        packed = self.folder / "server.p12"
        given = ("-inkey", own.key, "-in", own.server, "-name", "Server-Cert")
        self._run_as_root(
            openssl, "pkcs12", "-export", *given, "-out", packed, "-passout", "pass:packed"
        )
        self._run_as_root(pk12util, "-d", store, "-k", pin, "-i", packed, "-W", "packed")
        self._run_as_root(
            *(certutil, "-d", store, "-f", pin, "-A", "-n", "authority", "-t", "CT,,"),
            *("-i", own.authority),
        )

    def _set_up(self) -> None:
        """Switch on what the operating page asks for, and make the account that reads."""
        with self.admin() as connection:
            _set(
                connection,
                "cn=config",
                {
                    "nsslapd-security": "on",
                    "nsslapd-securePort": str(self.tls_port),
                    "passwordTrackUpdateTime": "on",
                },
            )
            with suppress(ldap.ALREADY_EXISTS):
                connection.add_s("cn=RSA,cn=encryption,cn=config", listed(_ENCRYPTION))
            for plugin in ("USN", "referential integrity postoperation"):
                _set(connection, _PLUGIN.format(plugin), {"nsslapd-pluginEnabled": "on"})
            reader = {
                "objectClass": ["applicationProcess", "simpleSecurityObject"],
                "cn": "marigot",
                "userPassword": self.reader_password,
                "nsSizeLimit": "-1",
                "nsLookThroughLimit": "-1",
            }
            connection.add_s(self.reader_dn, listed(reader))
            _set(connection, self.suffix, {"aci": _MAY_READ.format(self.reader_dn)})

    def _run_as_root(self, *command: str | Path) -> None:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env=self._environment(),
            cwd=self.folder,
        )
        if done.returncode:
            raise ServerError(f"{self.name}: {command[0]} failed:\n{done.stdout}{done.stderr}")
        for path in self.folder.rglob("*"):
            self.own(path)


def _set(connection: Any, dn: str, values: Values) -> None:
    connection.modify_s(dn, [(ldap.MOD_REPLACE, *each) for each in listed(values)])


_INSTANCE = """\
[general]
config_version = 2
full_machine_name = localhost
strict_host_checking = False
[slapd]
instance_name = marigot
root_password = {password}
port = {port}
secure_port = {tls_port}
self_sign_cert = False
user = {user}
group = nogroup
[backend-userroot]
suffix = {suffix}
create_suffix_entry = True
sample_entries = no
"""
_ENCRYPTION = {
    "objectClass": "nsEncryptionModule",
    "cn": "RSA",
    "nsSSLPersonalitySSL": "Server-Cert",
    "nsSSLToken": "internal (software)",
    "nsSSLActivation": "on",
}
_MAY_READ = (
    '(targetattr="* || nsUniqueId || nsAccountLock || accountUnlockTime || pwdUpdateTime")'
    '(version 3.0; acl "The intranet reads people and groups";'
    'allow (read, search, compare) userdn="ldap:///{}";)'
)
_NO_PLACES = {"with_systemd": "0", "user": UNPRIVILEGED_USER, "group": "nogroup"}
_PLACES = {
    "data_dir": "share",
    "config_dir": "etc",
    "cert_dir": "etc",
    "schema_dir": "etc/schema",
    "run_dir": "run",
    "tmp_dir": "run",
    "ldapi": "run/ldapi.socket",
    "pid_file": "run/server.pid",
    "inst_dir": "instance",
    "initconfig_dir": "initial",
    "tmpfiles_d": "temporary",
    "local_state_dir": "state",
    "lock_dir": "lock",
    "log_dir": "log",
    "access_log": "log/access",
    "audit_log": "log/audit",
    "error_log": "log/errors",
    "security_log": "log/security",
    "db_dir": "db",
    "db_home_dir": "db-home",
    "backup_dir": "backup",
    "ldif_dir": "ldif",
}
_FOLDERS = sorted({place for place in _PLACES.values() if place.count("/") == 0})
