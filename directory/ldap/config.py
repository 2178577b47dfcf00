"""A directory server and how to read it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from . import schemas


@dataclass(frozen=True, slots=True)
class LdapConfig:
    """A directory server and how to read it. `timeout` in seconds, for each operation."""

    url: str
    start_tls: bool
    ca_file: str
    bind_dn: str
    bind_password: str
    base_dn: str
    schema: schemas.Schema
    timeout: float = 5.0
    canary_dn: str = ""
    changes_passwords: bool = False

    def __repr__(self) -> str:
        # The password stays out of every trace.
        return f"LdapConfig({self.url!r}, base_dn={self.base_dn!r})"

    @property
    def host(self) -> str:
        """Host and port, as shown to IT admins."""
        return urlsplit(self.url.split()[0]).netloc
