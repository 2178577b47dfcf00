"""OpenLDAP's server on a loopback port, with its data in a folder of ours.

Runs Debian's slapd 2.5 as whoever starts it: no root, no system service. Nobody reads
anything without a password, and no password is taken in clear.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

import ldap

from .certificates import Certificates, certificates_in
from .organisation.entries import BASE_DN, READER_DN, hashed, ldif

HOST = "127.0.0.1"
ADMIN_DN = f"cn=admin,{BASE_DN}"
_SCHEMAS = Path("/etc/ldap/schema")
_MODULES = Path("/usr/lib/ldap")
_PROFILE = Path("/etc/apparmor.d/usr.sbin.slapd")
_APPARMOR = Path("/sys/module/apparmor/parameters/enabled")


class EmbeddedDirectoryError(Exception):
    """The directory server cannot be run; the message says why and what to do."""


class EmbeddedDirectory:
    """The demo organisation's directory server.

    `folder` holds everything (configuration, database, certificates, passwords); ldap://
    with StartTLS is at `port`, ldaps:// at `tls_port` where that is given. `entries` gives
    the LDIF loaded at the very first start, from the password of the reading account.
    """

    start_seconds = 20.0
    stop_seconds = 10.0

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        tls_port: int | None = None,
        entries: Callable[[str], str] | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.port = port
        self.tls_port = tls_port
        self.process: subprocess.Popen[bytes] | None = None
        self._entries = entries or (lambda password: ldif(reader_password=password))

    # Life

    def start(self) -> dict[str, str]:
        """Start the server, wait until it answers, return the `MARIGOT_LDAP_*` settings.

        A server left over by a run that was killed is ended first.
        Raises EmbeddedDirectoryError.
        """
        program = self._program("slapd")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._end_leftover()
        for port in filter(None, (self.port, self.tls_port)):
            self._refuse_busy(port)
        tls = certificates_in(self.folder / "tls")
        self._write_configuration(self._configuration, self._database, tls)
        self._load_once(tls)
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *self._dying_with_us(),
                    program,
                    *("-d", "none", "-f", self._configuration),
                    *("-h", f"{self.url}/ {self.tls_url}/" if self.tls_port else f"{self.url}/"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,
            )
        self._pid_file.write_text(f"{self.process.pid}\n")
        self._wait()
        return self.settings

    def stop(self) -> None:
        """Ask the server to end and wait for it. Harmless where it does not run."""
        if self.process is None:
            return
        self._end(self.process.pid)
        self.process.wait()
        self.process = None
        self._pid_file.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Whether the server that this object started is alive."""
        return self.process is not None and self.process.poll() is None

    # What others need to know

    @property
    def settings(self) -> dict[str, str]:
        """The environment variables with which Marigot reads this directory."""
        return {
            "MARIGOT_LDAP_URL": self.url,
            "MARIGOT_LDAP_START_TLS": "true",
            "MARIGOT_LDAP_CA_FILE": str(self.authority),
            "MARIGOT_LDAP_BIND_DN": READER_DN,
            "MARIGOT_LDAP_BIND_PASSWORD": self._passwords["reader"],
            "MARIGOT_LDAP_BASE_DN": BASE_DN,
            "MARIGOT_LDAP_SCHEMA": "openldap",
        }

    @property
    def url(self) -> str:
        """Address for StartTLS."""
        return f"ldap://{HOST}:{self.port}"

    @property
    def tls_url(self) -> str:
        """Address of TLS from the first byte, where there is a `tls_port`."""
        return f"ldaps://{HOST}:{self.tls_port}"

    @property
    def authority(self) -> Path:
        """Certificate that the server's own is checked against."""
        return self.folder / "tls" / "ca.pem"

    @property
    def admin_password(self) -> str:
        """Password of `ADMIN_DN`, who may change the entries, and of cn=config."""
        return self._passwords["admin"]

    # Files

    @property
    def _configuration(self) -> Path:
        return self.folder / "slapd.conf"

    @property
    def _database(self) -> Path:
        return self.folder / "database"

    @property
    def _log(self) -> Path:
        return self.folder / "slapd.log"

    @property
    def _pid_file(self) -> Path:
        return self.folder / "marigot.pid"

    @property
    def _passwords(self) -> dict[str, str]:
        path = self.folder / "passwords.json"
        if not path.exists():
            made = {name: secrets.token_urlsafe(24) for name in ("admin", "reader")}
            part = path.with_suffix(".part")
            descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(made, file)
            part.replace(path)
        found: dict[str, str] = json.loads(path.read_text())
        return found

    def _write_configuration(self, target: Path, database: Path, tls: Certificates) -> None:
        text = _CONFIGURATION.format(
            schemas=_SCHEMAS,
            modules=_MODULES,
            pid_file=_quoted(self.folder / "slapd.pid"),
            arguments_file=_quoted(self.folder / "slapd.args"),
            database=_quoted(database),
            authority=_quoted(tls.authority),
            certificate=_quoted(tls.server),
            key=_quoted(tls.key),
            base=BASE_DN,
            reader=READER_DN,
            admin=ADMIN_DN,
            admin_hash=hashed(self.admin_password),
        )
        part = target.with_suffix(".part")
        descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        part.replace(target)

    def _load_once(self, tls: Certificates) -> None:
        """Fill the database, in a folder put in its place when it is whole."""
        if self._database.exists():
            return
        fresh = self.folder / "database.part"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        loading = self._configuration.with_name("loading.conf")
        self._write_configuration(loading, fresh, tls)
        try:
            done = subprocess.run(
                [self._program("slapadd"), "-q", "-f", loading, "-b", BASE_DN],
                input=self._entries(self._passwords["reader"]).encode(),
                capture_output=True,
                check=False,
                cwd=self.folder,
            )
        finally:
            loading.unlink()
        if done.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            raise EmbeddedDirectoryError(
                "The entries of the demo organisation could not be loaded into OpenLDAP:\n"
                + done.stderr.decode(errors="replace")[-2000:]
            )
        fresh.rename(self._database)

    # Helps

    def _program(self, name: str) -> Path:
        """Find slapd, which is also slapadd; Raises EmbeddedDirectoryError."""
        places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"])
        found = shutil.which(name, path=places)
        if found is None or not _MODULES.is_dir() or not _SCHEMAS.is_dir():
            raise EmbeddedDirectoryError(
                "OpenLDAP's server is not on this machine. Install it: apt-get install slapd"
            )
        if not self._confined():
            return Path(found)
        # Debian's AppArmor profile binds that path to the system's own data folder.
        own = self.folder / "bin" / name
        if not own.exists() or own.stat().st_mtime < Path(found).stat().st_mtime:
            own.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, own)
        return own

    @staticmethod
    def _confined() -> bool:
        try:
            return _PROFILE.exists() and _APPARMOR.read_text().strip() == "Y"
        except OSError:
            return False

    @staticmethod
    def _dying_with_us() -> list[str]:
        """Return the beginning of a command that ends when we are killed, where there is one."""
        setpriv = shutil.which("setpriv")
        return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []

    def _end_leftover(self) -> None:
        """End the server of this folder that an earlier run left alive."""
        try:
            pid = int(self._pid_file.read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return
        if str(self._configuration).encode() in command:
            self._end(pid)
        self._pid_file.unlink(missing_ok=True)

    def _end(self, pid: int) -> None:
        """Ask the process to end, and make it end where it does not."""
        deadline = time.monotonic() + self.stop_seconds
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)  # a server that is stopped would not see the next one
            os.kill(pid, signal.SIGTERM)
            while is_alive(pid):
                if time.monotonic() > deadline:
                    os.kill(pid, signal.SIGKILL)
                    deadline = float("inf")
                time.sleep(0.02)

    def _refuse_busy(self, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise EmbeddedDirectoryError(
                    f"Port {port}, which the directory server needs, cannot be used "
                    f"({error.strerror}). End what uses it, or choose another."
                ) from error

    def _wait(self) -> None:
        """Wait until the reading account can sign in. Raises EmbeddedDirectoryError."""
        assert self.process is not None  # noqa: S101
        deadline = time.monotonic() + self.start_seconds
        while True:
            try:
                self.bind(READER_DN, self._passwords["reader"]).unbind_s()
                return
            except ldap.LDAPError as error:
                if self.process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.03)
                    continue
                log = self._log.read_text(errors="replace")[-2000:].strip()
                self.stop()
                raise EmbeddedDirectoryError(
                    f"OpenLDAP's server did not start ({error}).\n{log}"
                ) from error

    def bind(self, dn: str, password: str) -> ldap.ldapobject.LDAPObject:
        """Return a connection over StartTLS, signed in as `dn`. Raises ldap.LDAPError."""
        connection = ldap.initialize(self.url)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 5)
        connection.set_option(ldap.OPT_TIMEOUT, 5)
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(self.authority))
        connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        connection.start_tls_s()
        connection.simple_bind_s(dn, password)
        return connection


def _quoted(path: Path) -> str:
    """Return `path` as one argument of slapd.conf(5), whatever characters are in it."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def is_alive(pid: int) -> bool:
    """Tell whether the process runs; one that has ended and waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in ("Z", "X")


_CONFIGURATION = """\
# Written by Marigot at each start; changes here are lost.
include {schemas}/core.schema
include {schemas}/cosine.schema
include {schemas}/inetorgperson.schema
include {schemas}/nis.schema
modulepath {modules}
moduleload back_mdb
moduleload syncprov
moduleload ppolicy
moduleload refint
pidfile {pid_file}
argsfile {arguments_file}
TLSCACertificateFile {authority}
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
disallow bind_anon
require authc
security simple_bind=112
password-hash {{SSHA}}

database config
rootdn cn=config
rootpw {admin_hash}

database mdb
suffix "{base}"
rootdn "{admin}"
rootpw {admin_hash}
directory {database}
maxsize 1073741824
index objectClass,entryUUID,entryCSN eq
index uid,mail,cn,sn,givenName eq,sub
index member eq
limits dn.exact="{reader}" size=unlimited time=unlimited
access to attrs=userPassword
    by anonymous auth
    by * none
access to *
    by dn.exact="{reader}" read
    by self read
    by * none
overlay syncprov
syncprov-checkpoint 100 10
syncprov-sessionlog 1000
overlay refint
refint_attributes member
overlay ppolicy
"""
