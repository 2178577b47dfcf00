"""What comes from outside, made into what nothing behind stumbles on.

Whatever a browser, a script or a file says is a number, a text, a day, an id or an address.
Python's `int` and `str.isdigit` are not for it: "²" is a digit and no number, 5,000 digits are
refused with an error, 30 fit no database; PostgreSQL takes no NUL, and no encoding takes half a
surrogate.
"""

from __future__ import annotations

import re
from datetime import date
from ipaddress import ip_address, ip_network
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from directory.text import cleaned

LARGEST: Final = 2**63 - 1
"""The largest number that a column of the database holds: of ids and positions."""

LONGEST_ADDRESS: Final = 8000
"""Characters of an address that is gone on to: one that is longer is none."""

EARLIEST, LATEST = date(1000, 1, 1), date(9000, 12, 31)
"""Days between which one may count some centuries on or back."""

_NUMBER: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_LONGEST_NUMBER: Final = 40  # with the spaces around it
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_UUID: Final = re.compile(
    "[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE | re.ASCII
)
# Control characters but tab and the ends of lines, and halves of surrogate pairs.
_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def number_from_outside(value: object, *, least: int = 0, most: int = LARGEST) -> int | None:
    """Return the whole number that `value` says, None where it says none in the bounds.

    `value` is a text in ASCII digits, or a number of a JSON body; spaces around it do not
    matter. Anything else says no number. Costs the same however long `value` is.
    """
    if isinstance(value, str):
        if len(value) > _LONGEST_NUMBER or not _NUMBER.fullmatch(value.strip()):
            return None
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if least <= value <= most else None


def text_from_outside(value: object, *, longest: int) -> str:
    """Return `value` composed and without what is no text, stripped, of bounded length.

    At most `longest` characters. Tab and ends of lines stay. Empty
    where `value` is no text at all, as where it is missing.
    """
    if not isinstance(value, str):
        return ""
    # What is taken out cannot make room for more than the bound lets through.
    return cleaned(only_text(value[: 4 * longest])).strip()[:longest].rstrip()


def is_text(value: str) -> bool:
    """Tell whether `value` holds nothing that `text_from_outside` would take out."""
    return _NO_TEXT.search(value) is None


def only_text(value: str, *, mark: str = "") -> str:
    """Return `value` with `mark` in the place of what is no text, of whatever length it is."""
    return _NO_TEXT.sub(mark, value)


def not_text(value: str) -> str:
    """Return what `only_text` takes out of `value`."""
    return "".join(_NO_TEXT.findall(value))


def day_from_outside(value: object, *, least: date = EARLIEST, most: date = LATEST) -> date | None:
    """Return the day that `value` says as YYYY-MM-DD, None where it says none in the bounds."""
    if not isinstance(value, str) or not _DAY.fullmatch(text := value[:40].strip()):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if least <= day <= most else None


def uuid_from_outside(value: object) -> UUID | None:
    """Return the id that `value` says, None where it says none."""
    text = text_from_outside(value, longest=_LONGEST_NUMBER)
    return UUID(text) if _UUID.fullmatch(text) else None


def network_from_outside(value: str) -> str | None:
    """Return the network of one site that `value` is an address of: of IPv4 the address itself.

    Whoever has one address of IPv6 has all of its network. None where it is no address.
    """
    try:
        address = ip_address(value)
    except ValueError:
        return None
    # As a server that listens to both calls those of IPv4.
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(address)
    return str(ip_network((int(address), 64), strict=False).network_address)


def address_from_outside(request: HttpRequest, value: object) -> str:
    """Return the address on the site of `request` that `value` says, "" where it says none."""
    address = text_from_outside(value, longest=LONGEST_ADDRESS + 1)
    # Anything that begins otherwise would be taken for the name of a view.
    if len(address) > LONGEST_ADDRESS or not begins_as_address(address):
        return ""
    here = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if here else ""


def begins_as_address(value: str) -> bool:
    """Tell whether `value` is meant as an address: a path of this site, or a whole one."""
    return value.startswith(("/", "https://", "http://"))
