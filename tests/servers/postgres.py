"""A PostgreSQL cluster of its own."""

from __future__ import annotations

import secrets
import signal
from pathlib import Path

import psycopg

from .base import HOST, Server, program

USER = "marigot"


def _folders() -> tuple[str, ...]:
    """Debian keeps the server's programs of each version apart; the newest comes first."""
    found = Path("/usr/lib/postgresql").glob("*/bin")
    return tuple(
        str(path) for path in sorted(found, key=lambda p: float(p.parent.name), reverse=True)
    )


class Postgres(Server):
    """PostgreSQL with a superuser and an empty database, both named `marigot`.

    `durable=False` leaves out the waits for the disk: a killed server still keeps every
    commit, only a power cut would lose some.
    """

    name = "postgres"
    packages = "postgresql"
    stop_signal = signal.SIGINT  # "fast": clients are cut off, nothing is lost
    death_signal = "INT"

    def __init__(self, port: int | None = None, *, durable: bool = False) -> None:
        super().__init__(port)
        self.durable = durable
        self.password = secrets.token_urlsafe(18)

    @property
    def url(self) -> str:
        """Address of the database, for MARIGOT_DATABASE_URL."""
        return self.url_of(USER)

    def url_of(self, database: str) -> str:
        """Address of another database of the cluster."""
        return f"postgres://{USER}:{self.password}@{HOST}:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the cluster; passwords are checked as in production, by SCRAM."""
        password = self.write("password", self.password)
        self.run(
            program("initdb", packages=self.packages, folders=_folders()),
            f"--pgdata={self.folder / 'data'}",
            f"--username={USER}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        password.unlink()

    def command(self) -> list[str | Path]:
        """Run the server on loopback only, without a Unix socket."""
        options = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "100",
            "timezone": "UTC",
            "log_line_prefix": "%m [%p] ",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        flags = [f"--{name}={value}" for name, value in options.items()]
        binary = program("postgres", packages=self.packages, folders=_folders())
        return [binary, "-D", self.folder / "data", *flags]

    def answers(self) -> bool:
        """Ask for a row; the first time, make the database."""
        try:
            with psycopg.connect(
                self.url_of("postgres"), connect_timeout=2, autocommit=True
            ) as link:
                known = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [USER])
                if known.fetchone() is None:
                    link.execute(f"CREATE DATABASE {USER}")
        except psycopg.OperationalError:
            return False
        return True
