"""Which directory is read, from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from directory.models import DirectorySource

from . import schemas
from .errors import NotConfigured


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

    def __repr__(self) -> str:
        # The password stays out of every trace.
        return f"LdapConfig({self.url!r}, base_dn={self.base_dn!r})"

    @property
    def host(self) -> str:
        """Host and port, as shown to IT admins."""
        return urlsplit(self.url.split()[0]).netloc


def is_configured() -> bool:
    """Tell whether a directory is set."""
    return bool(settings.LDAP["url"])


def from_settings() -> LdapConfig:
    """Return the directory of the settings. Raises NotConfigured, which says what to set."""
    given = settings.LDAP
    if not given["url"]:
        raise NotConfigured("No directory is set: give MARIGOT_LDAP_URL.")
    for name in ("bind_dn", "bind_password", "base_dn"):
        if not given[name]:
            raise NotConfigured(f"MARIGOT_LDAP_{name.upper()} is not set.")
    if given["ca_file"] and not Path(given["ca_file"]).is_file():
        raise NotConfigured(f"MARIGOT_LDAP_CA_FILE: there is no file {given['ca_file']}.")
    return LdapConfig(
        url=given["url"],
        start_tls=given["start_tls"],
        ca_file=str(given["ca_file"]),
        bind_dn=given["bind_dn"],
        bind_password=given["bind_password"],
        base_dn=given["base_dn"],
        schema=schemas.from_settings(given),
        timeout=float(given["timeout"]),
        canary_dn=given["canary_dn"],
    )


def source() -> DirectorySource:
    """Return the row that stands for the directory of the settings, made where missing."""
    found, _ = DirectorySource.objects.get_or_create(
        slug="directory", defaults={"name": settings.LDAP["base_dn"] or "LDAP"}
    )
    return found
