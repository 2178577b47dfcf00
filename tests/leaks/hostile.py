"""What a hostile client sends: values of fields, pieces of paths, headers and cookies."""

from __future__ import annotations

import re
from random import Random
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, QueryDict

VALUES: dict[str, str] = {
    "nothing": "",
    "5,000 digits": "9" * 5000,
    "30 digits": "9" * 30,
    "one more than a column holds": str(2**63),
    "a negative number": "-1",
    "a superscript": "²",
    "digits of another script": "١٢",
    "a NUL": "a\x00b",
    "a NUL after a number": "1\x00",
    "the last day": "9999-12-31",
    "the last minute": "9999-12-31T23:59",
    "the first day": "0001-01-01",
    "an address that is none": "http://[",
    "a long text": "é'\"%_\\" * 2000,
    "many brackets": "(" * 3000,
    "a quotation mark": '"',
    "lists without an end": "[" * 3000,
}
"""Texts, as they are meant; `encoded` makes them fit for an address."""

NOTHING = "zzz"
"""What nothing is called, nor begins with: a filter by it is passed by nothing."""

GOOD: dict[str, str] = {
    "action": "session.",
    "audience": "service",
    "outcome": "done",
    "person": "hal.head",
    "q": "note",
    "service": "finance",
    "since": "2001-01-01",
    "until": "2999-12-31",
}
"""Values by which something is found, by the field."""

RAW: dict[str, str] = {
    "half a surrogate pair": "%ED%A0%80",
    "bytes that are no UTF-8": "%FF%FE%C3",
}
"""What is no text at all, as it stands in an address."""

HEADERS: list[dict[str, str]] = [
    {"Origin": "http://["},
    {"Origin": "null\x00"},
    {"Referer": "https://[::"},
    {"Host": "[" * 40},
    {"Host": "testserver:99999999999"},
    {"Accept-Language": "fr;q=²,en;q=9" + "9" * 400},
    {"Accept-Language": "x" * 5000 + ",-,;q=,\x00"},
    {"Accept": "text/html;q=²;q=" + "9" * 5000},
    {"Accept": "/" * 3000},
    {"HX-Request": "true", "HX-Current-URL": "http://["},
    {"HX-Request": "true", "HX-Current-URL": "%00", "HX-Current-URL-URI-AutoEncoded": "true"},
    {"If-Modified-Since": "Fri, 31 Dec 9999 23:59:59 GMT"},
    {"If-Modified-Since": "Fri, 31 Feb 0000 99:99:99 GMT"},
    {"If-Unmodified-Since": "9" * 5000},
    {"If-None-Match": '"' * 3000 + "\x00"},
    {"If-Match": 'W/"' + "9" * 3000},
    {"Range": "bytes=" + "9" * 5000 + "-"},
    {"Range": "bytes=²-³"},
    {"Range": "bytes=-" + "9" * 30},
    {"Range": "bytes=0-1", "If-Range": '"\x00'},
    {"Content-Length": "²"},
    {"Content-Length": "9" * 5000},
    {"Content-Type": "multipart/form-data; boundary=" + "²" * 300},
    {"X-Request-ID": "\x00" * 20},
    {"X-Forwarded-For": "9" * 5000},
    {"X-Forwarded-For": "[::1, ²", "X-Forwarded-Proto": "²"},
    {"X-Requested-With": "XMLHttpRequest\x00"},
    {"User-Agent": "\x00" * 300},
]

# A quoted cookie says any byte by its octal number.
_ODD = ['"\\000"', '"a\\000b"', "9" * 3000, "²", '"\\377\\376"', "a:b:c", ":::"]
COOKIES = [f"{name}={value}" for name in (
    "sessionid", "csrftoken", "marigot_browser", "marigot_language", "marigot_language_chosen",
    "marigot_theme", "messages",
) for value in _ODD]  # fmt: skip


def as_query(fields: dict[str, str]) -> str:
    """Return `fields` as they stand in an address; the values of `RAW` stay as they are."""
    raw = set(RAW.values())
    return "&".join(
        f"{quote(key)}={value if value in raw else quote(value, safe='')}"
        for key, value in fields.items()
    )


_PIECE = re.compile(r"(?<=/)[^/?]+(?=/|\?|$)")
_IN_A_PATH = ("9" * 5000, "9" * 30, str(2**63), "²", "%00", "a%00b", "%FF", "%ED%A0%80")


def hostile_path(url: str, chance: Random) -> str:
    """Return `url` with a piece of its path made hostile, a number where there is one."""
    path, question, query = url.partition("?")
    pieces = list(_PIECE.finditer(path))
    if not pieces:
        return url
    numbers = [piece for piece in pieces if piece.group().isdecimal()]
    piece = chance.choice(numbers or pieces)
    value = chance.choice(_IN_A_PATH[: 5 if numbers else None])
    return path[: piece.start()] + value + path[piece.end() :] + question + query


ASKED: set[str] = set()
"""Which fields the request under way asked for, of its address and of its form."""


class Fields(QueryDict):
    """Fields that note which of them are asked for."""

    def __getitem__(self, key: str) -> Any:
        ASKED.add(key)
        return super().__getitem__(key)

    def getlist(self, key: str, default: Any = None) -> list[Any]:
        ASKED.add(key)
        return super().getlist(key, default)

    def get(self, key: str, default: Any = None) -> Any:
        ASKED.add(key)
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        ASKED.add(str(key))
        return super().__contains__(key)


def _noting(given: QueryDict) -> Fields:
    fields = Fields(mutable=True)
    for key, values in given.lists():
        fields.setlist(key, values)
    fields._mutable = False
    return fields


def noting_fields(get_response: Any) -> Any:
    """Be a middleware that notes in `ASKED` which fields a view asks for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.GET = _noting(request.GET)  # type: ignore[assignment]
        read = request._load_post_and_files  # type: ignore[attr-defined]

        def reading() -> None:
            read()
            request._post = _noting(request._post)  # type: ignore[attr-defined]

        request._load_post_and_files = reading  # type: ignore[attr-defined]
        return get_response(request)

    return middleware
