"""Names of entries (DN) and logins, which have many spellings.

Compared as the matching rules of the servers do (RFC 4514, RFC 4518): capitals, blanks, escapes,
composed and decomposed letters, and the several names of one attribute make no difference.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Final, TypeVar

import ldap.dn

T = TypeVar("T")

_ONE_NAME: Final = {
    name: short
    for short, names in {
        "c": ("countryname", "2.5.4.6"),
        "cn": ("commonname", "2.5.4.3"),
        "dc": ("domaincomponent", "0.9.2342.19200300.100.1.25"),
        "l": ("localityname", "2.5.4.7"),
        "o": ("organizationname", "2.5.4.10"),
        "ou": ("organizationalunitname", "2.5.4.11"),
        "sn": ("surname", "2.5.4.4"),
        "st": ("stateorprovincename", "2.5.4.8"),
        "street": ("streetaddress", "2.5.4.9"),
        "uid": ("userid", "0.9.2342.19200300.100.1.1"),
    }.items()
    for name in names
}
# What nothing has to be done for but small letters, as nearly all names are.
_WORD: Final = r"[\w.@'()/:&!?~*-]+"
_PLAIN: Final = re.compile(
    rf"(?:(?:^|,)(?:{'|'.join(set(_ONE_NAME.values()))})={_WORD}(?: {_WORD})*)+",
    re.ASCII | re.IGNORECASE,
)
_PLAIN_LOGIN: Final = re.compile(r"[\w.@-]+", re.ASCII)
_IGNORED: Final = dict.fromkeys((0x00AD, 0x1806, 0x200B, 0x2060, 0xFEFF))


def normalised(dn: str) -> str:
    """Return a form of `dn` in which two spellings of one name are equal."""
    return dn.lower() if _PLAIN.fullmatch(dn) else compared(dn)


def key(dn: str) -> str:
    """Return 32 characters that are the same for all spellings of `dn`, however long it is."""
    return hashlib.blake2s(normalised(dn).encode(), digest_size=16).hexdigest()


def normalised_login(text: str) -> str:
    """Return a form of a login in which two spellings of one are equal (caseIgnoreMatch)."""
    return text.lower() if _PLAIN_LOGIN.fullmatch(text) else _prepared(text)


def login_key(text: str) -> str:
    """Return 32 characters that are the same for all spellings of a login, and no DN has."""
    form = normalised_login(text).encode()
    return hashlib.blake2s(form, digest_size=16, person=b"login").hexdigest()


def compared(dn: str) -> str:
    """Return what `normalised` does of any name, at twenty times the cost."""
    try:
        parts = ldap.dn.str2dn(dn)
    except ldap.DECODING_ERROR:
        return dn.lower()
    return ",".join(
        "+".join(
            sorted(
                f"{_kind(kind)}={ldap.dn.escape_dn_chars(_prepared(text))}" for kind, text, _ in rdn
            )
        )
        for rdn in parts
    )


def found(names: Mapping[str, T], dn: str) -> T | None:
    """Return what `names`, whose keys are normalised, has for `dn`, None where it has nothing.

    The usual spelling is its own normalised form: it is looked up first, which is what a
    reading of many members takes its time for.
    """
    known = names.get(dn.lower())
    return names.get(normalised(dn)) if known is None else known


def _kind(name: str) -> str:
    name = name.lower()
    return _ONE_NAME.get(name, name)


def _prepared(text: str) -> str:
    """Prepare a value as RFC 4518 does before it is compared."""
    composed = unicodedata.normalize("NFKC", text.translate(_IGNORED))
    return " ".join(unicodedata.normalize("NFKC", composed.casefold()).split())
