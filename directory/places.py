"""Which place an address of the site stands in, for those who administer access.

Somebody who calls has a link in hand, not the number of a scope. An app that has content
registers how its addresses are read; what is told is the scope, never a name.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urlsplit, urlunsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

Resolver = Callable[[str], int | None]
"""Given the path of an address, returns the id of the scope there, None for none of its own."""

_resolvers: list[Resolver] = []


def register(resolver: Resolver) -> None:
    """Make known how an app's addresses are read."""
    if resolver not in _resolvers:
        _resolvers.append(resolver)


def is_address(text: str) -> bool:
    """Tell whether `text` is meant as an address."""
    return "/" in text


def path_of(address: str) -> str:
    """Return the path of `address`, which may be whole or cut, empty where it is none."""
    try:
        path = unquote(urlsplit(address.strip().strip("<>")).path)
    except ValueError:
        return ""
    if not path.startswith("/"):
        path = f"/{path.partition('/')[2]}"  # pasted without "https://"
    return path


def is_own(address: str) -> bool:
    """Tell whether `address` is one of this site: a path alone, or under a name that it has."""
    text = address.strip().strip("<>")
    try:
        parts = urlsplit(text)
        host = parts.netloc or ("" if text.startswith("/") else text.partition("/")[0])
        own, _port = split_domain_port(urlsplit(settings.BASE_URL).netloc)
    except ValueError:
        return False
    if not host:
        return not parts.scheme
    return validate_host(split_domain_port(host)[0], [own, *settings.ALLOWED_HOSTS])


def local_part(address: str) -> str | None:
    """Return `address` of this site without its host, query and fragment kept; None for another."""
    text = address.strip().strip("<>")
    if not text or not is_own(text):
        return None
    if text.startswith("/"):
        return text
    parts = urlsplit(text if "://" in text else f"//{text}")
    return urlunsplit(("", "", parts.path or "/", parts.query, parts.fragment))


def scope_at(address: str) -> int | None:
    """Return the id of the scope of what is at `address` (whole, or its path), None for nothing."""
    path = path_of(address)
    for resolver in _resolvers:
        found = resolver(path)
        if found is not None:
            return found
    return None
