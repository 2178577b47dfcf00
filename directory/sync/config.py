"""Which directory is read, from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from directory.ldap import chosen
from directory.ldap.config import LdapConfig
from directory.ldap.errors import NotConfigured
from directory.models import DirectorySource

from .limits import Limit


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
    if not given["start_tls"] and any(not url.startswith("ldaps:") for url in given["url"].split()):
        raise NotConfigured(
            "MARIGOT_LDAP_START_TLS is false, and an address of MARIGOT_LDAP_URL is not ldaps://: "
            "passwords would be sent in clear."
        )
    return LdapConfig(
        url=given["url"],
        start_tls=given["start_tls"],
        ca_file=str(given["ca_file"]),
        bind_dn=given["bind_dn"],
        bind_password=given["bind_password"],
        base_dn=given["base_dn"],
        schema=chosen.from_settings(given),
        timeout=float(given["timeout"]),
        canary_dn=given["canary_dn"],
        changes_passwords=given["changes_passwords"],
    )


def limits() -> Mapping[str, Limit]:
    """Return how much may change in one reading by itself, by what it is of."""
    return settings.SYNC_LIMITS


def source() -> DirectorySource:
    """Return the row that stands for the directory of the settings, made where missing."""
    found, _ = DirectorySource.objects.get_or_create(
        slug="directory", defaults={"name": settings.LDAP["base_dn"] or "LDAP"}
    )
    return found
