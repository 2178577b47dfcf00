"""What is taken out of every request before anything reads it.

A NUL ends a query on PostgreSQL with an error, half a surrogate one anywhere, and so does a
number that no column holds. They come in by an address, a form, a cookie, an encoding that a
client claims: by doors of ours, of Wagtail's and of Django's. One place answers for all.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import IO, Any, Final
from urllib.parse import parse_qsl

from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParser
from django.utils.http import parse_header_parameters

from directory import form_parts
from directory.outside import LARGEST, is_text, not_text, only_text

_NOT_ASCII: Final = re.compile(rb"[^\x00-\x7f]")
_MARK: Final = "\ufffd"
_AS_SENT: Final = "marigot_as_sent"


class IncomingRequest(ASGIRequest):
    """A request whose address and form are UTF-8, as all of this site's are.

    Django believes the encoding that a client claims, of the address too: one that is none for
    text (rot13), or whose name holds a NUL, ends the request with an error before any view. So does
    an address with bytes that are no UTF-8, unless they are written as all others are: "%FF".
    """

    def __init__(self, scope: dict[str, Any], body_file: IO[bytes]) -> None:
        query = _NOT_ASCII.sub(lambda found: b"%%%02X" % found[0][0], scope["query_string"])
        super().__init__(scope | {"query_string": query}, body_file)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            parsed = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            parsed = ("", {})
        self.content_type, self.content_params = parsed


def is_on_the_wire(request: HttpRequest) -> bool:
    """Tell whether the body of the request has not been taken in."""
    return bool(getattr(request, "body_on_the_wire", False))


class IncomingMiddleware:
    """Lets through text that is text, and addresses whose numbers a column holds.

    Fields of an address and of a form lose what is no text; a form is read no earlier for it.
    What a field lost is told by `what_was_lost`.
    A cookie that holds any goes as a whole: it is not one of ours. An address answers 404.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        request.GET = _only_text(  # type: ignore[assignment]
            # Wagtail makes requests of its own for a preview, without a query.
            _as_sent(request.GET, request.META.get("QUERY_STRING", "").encode())
        )
        for name, value in list(request.COOKIES.items()):
            if not (is_text(value) and is_text(name)):
                del request.COOKIES[name]
        _when_read(request)
        return self._next(request)

    def process_view(
        self,
        request: HttpRequest,
        view: object,
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> None:
        """Raise Http404 where the address names what cannot be. The person is known by now."""
        for value in (*args, *kwargs.values()):
            if isinstance(value, int) and value > LARGEST:
                raise Http404
            if isinstance(value, str) and not is_text(value):
                raise Http404


class _OnlyText(QueryDict):
    """Fields of which some said more than the text that they have now: what is in `lost`."""

    lost: Mapping[str, str] = {}


def what_was_lost(fields: Mapping[str, object], name: str) -> str:
    """Return what the field `name` said that is no text, and has no more; nothing, nearly always.

    Bytes that are no UTF-8 are halves of surrogates in it.
    """
    return fields.lost.get(name, "") if isinstance(fields, _OnlyText) else ""


def _only_text(fields: QueryDict) -> QueryDict:
    """Return `fields` themselves where all is text, else others without what is none."""
    if all(is_text(key) and all(map(is_text, values)) for key, values in fields.lists()):
        return fields
    clean = _OnlyText(mutable=True, encoding=fields.encoding)
    for key, values in fields.lists():
        clean.setlist(only_text(key), [only_text(value) for value in values])
    clean.lost = {
        only_text(key): "".join(map(not_text, values))
        for key, values in fields.lists()
        if not all(map(is_text, values))
    }
    clean._mutable = False
    return clean


def _as_sent(fields: QueryDict, sent: bytes) -> QueryDict:
    """Return `fields`, those that were `sent` as no UTF-8 with halves of surrogates for it.

    Django puts a mark in the place of such bytes, which is text: a name would be kept with it.
    """
    if not any(_MARK in text for key, values in fields.lists() for text in (key, *values)):
        return fields
    damaged = QueryDict(mutable=True, encoding=fields.encoding)
    text = sent.decode(errors="surrogateescape")
    for key, value in parse_qsl(text, keep_blank_values=True, errors="surrogateescape"):
        damaged.appendlist(key, value)
    return damaged


class FormParser(MultiPartParser):
    """Reads a form with files; bytes that are no UTF-8 are halves of surrogates in its fields.

    Django puts its mark in their place, as in an address. No file is passed over for its name.
    """

    def __init__(self, meta: Mapping[str, Any], body: Any, handlers: Any) -> None:
        super().__init__(meta, body, handlers, _AS_SENT)

    def sanitize_file_name(self, file_name: str) -> str:
        """Return the name without the folders before it, a mark in the place of what is no text."""
        return super().sanitize_file_name(only_text(file_name, mark="_")) or "_"


def _parsed(request: HttpRequest, meta: Mapping[str, Any], body: Any) -> Any:
    return FormParser(meta, body, request.upload_handlers).parse()


def _codec(name: str) -> codecs.CodecInfo | None:
    """Return the encoding of a `FormParser`: UTF-8 that loses nothing, whatever is asked of it."""
    if name != _AS_SENT:
        return None

    def decode(sent: Any, errors: str = "strict", /) -> tuple[str, int]:
        return codecs.utf_8_decode(sent, "surrogateescape", True)

    return codecs.CodecInfo(codecs.utf_8_encode, decode, name=name)


codecs.register(_codec)
form_parts.install()


def _when_read(request: HttpRequest) -> None:
    """Have the form of `request` go through `_only_text` at the moment a view reads it.

    Django reads a form when `request.POST` or `.FILES` is first asked for, by this method.
    """
    if hasattr(request, "_post"):  # read by what takes files in
        request._post = _only_text(request._post)
    request.parse_file_upload = partial(_parsed, request)  # type: ignore[method-assign]
    read = request._load_post_and_files

    def reading() -> None:
        read()
        fields = request._post  # type: ignore[attr-defined]
        if request.content_type == "application/x-www-form-urlencoded":
            fields = _as_sent(fields, getattr(request, "_body", b""))  # read, where there are any
        request._post = _only_text(fields)  # type: ignore[attr-defined]

    request._load_post_and_files = reading  # type: ignore[method-assign]
