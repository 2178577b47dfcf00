"""Names of entries (DN), which have many spellings."""

from __future__ import annotations

import ldap.dn


def normalised(dn: str) -> str:
    """Return a form of `dn` in which two spellings of one name are equal."""
    if "\\" in dn or '"' in dn or "+" in dn or ", " in dn or " ," in dn or "= " in dn:
        try:
            parts = ldap.dn.str2dn(dn)
        except ldap.DECODING_ERROR:
            return dn.lower()
        return ",".join(
            "+".join(sorted(f"{kind}={ldap.dn.escape_dn_chars(value)}" for kind, value, _ in rdn))
            for rdn in parts
        ).lower()
    return dn.lower()
