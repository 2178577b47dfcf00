"""An Elasticsearch node of its own: open, or secured as in production."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import shutil
import ssl
import subprocess
import urllib.request
from functools import cached_property
from pathlib import Path
from typing import Any

from .base import HOST, Server, ServerError, free_port, program
from .distribution import choose, install

HEAP = "1g"
ADMIN = "admin"
_no_proxy = urllib.request.ProxyHandler({})


class Elasticsearch(Server):
    """One node that forms a cluster alone.

    `secured=True` turns on TLS, with a certificate in `ca_file`, and API keys; `api_key`
    then makes one with every right. `measured=True` lets Java compile what is used most as well
    as it can: that pays after minutes of work, and costs half of a start.
    """

    name = "elasticsearch"
    packages = "maven openjdk-17-jre-headless"
    start_seconds = 180
    stop_seconds = 40

    def __init__(
        self, port: int | None = None, *, secured: bool = False, measured: bool = False
    ) -> None:
        super().__init__(port)
        self.secured = secured
        self.measured = measured
        self.transport_port = free_port()
        self.distribution, self.java = choose()
        self._password = secrets.token_urlsafe(18)

    @property
    def url(self) -> str:
        """Address of the node, for MARIGOT_SEARCH."""
        return f"{'https' if self.secured else 'http'}://{HOST}:{self.port}"

    @property
    def ca_file(self) -> Path:
        """Certificate to trust, for MARIGOT_SEARCH_CA_FILE; only of a secured node."""
        return self.folder / "config" / "node.crt"

    @cached_property
    def api_key(self) -> str:
        """A fresh API key with every right, for MARIGOT_SEARCH_API_KEY."""
        answer = self.ask("/_security/api_key", {"name": f"test-{secrets.token_hex(4)}"})
        return str(answer["encoded"])

    def prepare(self) -> None:
        """Fetch the server where needed and write its configuration."""
        home = install()
        config = self.folder / "config"
        shutil.copytree(home / "config", config)
        for path in [config, *config.rglob("*")]:
            self.own(path)
        for name in ("data", "logs", "temp"):
            (self.folder / name).mkdir()
            self.own(self.folder / name)
        settings: dict[str, Any] = {
            "cluster.name": "marigot-test",
            "node.name": "one",
            "network.host": HOST,
            "http.port": self.port,
            "transport.port": self.transport_port,
            "discovery.type": "single-node",
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            # The machine that runs tests is often nearly full; the node must not stop writing.
            "cluster.routing.allocation.disk.threshold_enabled": False,
            "xpack.security.enabled": self.secured,
        }
        if self.secured:
            settings |= self._secure()
        lines = [f"{name}: {json.dumps(value)}\n" for name, value in settings.items()]
        self.write("config/elasticsearch.yml", "".join(lines))

    def _secure(self) -> dict[str, Any]:
        """Write a key, a certificate for the loopback address, and one administrator."""
        config = self.folder / "config"
        done = subprocess.run(
            [
                program("openssl", packages="openssl"),
                *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"),
                *("-subj", "/CN=localhost", "-addext", f"subjectAltName=IP:{HOST},DNS:localhost"),
                *("-keyout", str(config / "node.key"), "-out", str(config / "node.crt")),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ServerError(f"openssl made no certificate:\n{done.stderr}")
        self.own(config / "node.key")
        self.own(config / "node.crt")
        (config / "node.crt").chmod(0o644)
        self.folder.chmod(0o711)
        config.chmod(0o711)
        salt = secrets.token_bytes(32)
        rounds = 10_000
        digest = hashlib.pbkdf2_hmac("sha512", self._password.encode(), salt, rounds, 32)
        stored = f"{{PBKDF2}}{rounds}${_b64(salt)}${_b64(digest)}"
        self.write("config/users", f"{ADMIN}:{stored}\n")
        self.write("config/users_roles", f"superuser:{ADMIN}\n")
        return {
            "xpack.security.http.ssl.enabled": True,
            "xpack.security.http.ssl.key": str(config / "node.key"),
            "xpack.security.http.ssl.certificate": str(config / "node.crt"),
        }

    def command(self) -> list[str | Path]:
        """Run the node in the foreground."""
        return [self.distribution.home / "bin" / "elasticsearch"]

    def environment(self) -> dict[str, str]:
        """Name the Java, the heap, how it compiles and the folders."""
        compiling = [] if self.measured else ["-XX:TieredStopAtLevel=1"]
        return {
            "ES_JAVA_HOME": str(self.java),
            "ES_JAVA_OPTS": " ".join([f"-Xms{HEAP}", f"-Xmx{HEAP}", *compiling]),
            "ES_PATH_CONF": str(self.folder / "config"),
            "ES_TMPDIR": str(self.folder / "temp"),
        }

    def answers(self) -> bool:
        """Ask for the cluster's health: yellow is all that one node can be sure of."""
        try:
            health = self.ask("/_cluster/health?wait_for_status=yellow&timeout=2s")
        except OSError:
            return False
        return health["status"] in {"yellow", "green"}

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a request as the administrator and return the answer. Raises OSError."""
        request = urllib.request.Request(self.url + path)
        request.add_header("Content-Type", "application/json")
        context = None
        if self.secured:
            login = _b64(f"{ADMIN}:{self._password}".encode())
            request.add_header("Authorization", f"Basic {login}")
            context = ssl.create_default_context(cafile=self.ca_file)
        opener = urllib.request.build_opener(
            _no_proxy, urllib.request.HTTPSHandler(context=context)
        )
        data = None if body is None else json.dumps(body).encode()
        with opener.open(request, data, timeout=60) as answer:
            content: dict[str, Any] = json.load(answer)
        return content


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
