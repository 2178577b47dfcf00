"""Sending the bytes of a version: whole, in part, or not at all where the reader has them.

The caller has checked the right first: what comes here may be told by its ETag.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import BinaryIO
from urllib.parse import quote

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, parse_etags, quote_etag

from directory.outside import number_from_outside, text_from_outside
from documents import blobs
from documents.models import Version
from search import filetypes

CHUNK = 512 * 1024

# The types that a browser may show by itself, and how their content begins. Anything else,
# and anything that does not begin so, is a download: HTML in a file called .png is not shown.
_INLINE: dict[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/avif": (b"ftypavif", b"ftypavis"),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/webp": (b"WEBP",),
}
_BEGINS_AT = {"image/avif": 4, "image/webp": 8}

_CLOSED = "default-src 'none'; sandbox"
# A sandboxed document may not start the browser's own PDF viewer, which runs nothing of ours.
_PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def may_show(version: Version) -> bool:
    """Tell whether a browser may show the version by itself: an image or a PDF, truly one.

    Raises blobs.Damaged where the store does not hold its bytes; one query, for those types.
    """
    starts = _INLINE.get(version.mime)
    if not starts:
        return False
    blobs.require_intact(version.blob_id)
    with blobs.open_blob(version.blob_id) as file:
        head = file.read(32)[_BEGINS_AT.get(version.mime, 0) :]
    return head.startswith(starts)


def send(request: HttpRequest, version: Version, *, name: str, inline: bool) -> HttpResponseBase:
    """Answer with the version's bytes, called `name`.

    `inline` asks to show it, which is done for what `may_show` allows alone. Understands
    one range, If-Range, If-None-Match and If-Match (RFC 9110, 13 and 14). Raises blobs.Damaged
    where the store does not hold the bytes; also where nginx would send them.
    """
    shown = inline and may_show(version)
    etag = quote_etag(version.blob_id)
    response = _answer(request, version, etag)
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = (
        _PDF if shown and version.mime == "application/pdf" else _CLOSED
    )
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    # Kept by the reader's browser alone, and asked for anew each time: the right may be gone.
    response["Cache-Control"] = "private, no-cache"
    if response.status_code in (200, 206):
        response["Content-Type"] = version.mime if shown else _download_type(version.mime)
        response["Content-Disposition"] = (
            content_disposition_header(not shown, name) or "attachment"
        )
    return response


def _download_type(mime: str) -> str:
    """Return the type to send with a download: none that a browser could take for a page."""
    runs = ("text/", "image/svg", "application/xhtml", "application/xml", "application/javascript")
    return filetypes.UNKNOWN if mime.startswith(runs) else mime


def _answer(request: HttpRequest, version: Version, etag: str) -> HttpResponseBase:
    conditional = get_conditional_response(request, etag=etag)
    if conditional is not None:
        return conditional
    blobs.require_intact(version.blob_id)
    if settings.ACCEL_LOCATION:
        # nginx sends the file and understands ranges itself.
        response = HttpResponse()
        path = f"{version.blob_id[:2]}/{version.blob_id}"
        response["X-Accel-Redirect"] = f"{settings.ACCEL_LOCATION.rstrip('/')}/{quote(path)}"
        return response
    start, end = 0, version.size
    asked = _range(request, version.size, etag)
    if asked is not None:
        start, end = asked
        if start >= end:
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{version.size}"
            return response
    streaming = _stream(request, version, start, end)
    streaming["Accept-Ranges"] = "bytes"
    streaming["Content-Length"] = str(end - start)
    if asked is not None:
        streaming.status_code = 206
        streaming["Content-Range"] = f"bytes {start}-{end - 1}/{version.size}"
    return streaming


def _range(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """Return the half-open range asked for, None for all; an empty one cannot be had."""
    header = text_from_outside(request.headers.get("Range"), longest=200)
    if request.method != "GET" or not header.startswith("bytes=") or "," in header:
        return None
    condition = text_from_outside(request.headers.get("If-Range"), longest=200)
    if "If-Range" in request.headers and parse_etags(condition) != [etag]:
        return None
    first, dash, last = header.removeprefix("bytes=").strip().partition("-")
    start, end = number_from_outside(first), number_from_outside(last)
    if not dash or (first and start is None) or (last and end is None):
        return None
    if start is None:
        return (max(0, size - end), size) if end is not None else None
    if end is None:
        return start, size
    return (start, min(end + 1, size)) if end >= start else None


def _stream(request: HttpRequest, version: Version, start: int, end: int) -> HttpResponseBase:
    if request.method == "HEAD" or start == end:
        return HttpResponse()
    file = blobs.open_blob(version.blob_id)
    file.seek(start)
    # Under ASGI Django would gather a plain iterator in memory before it sends the first byte.
    content = (
        _read_async(file, end - start)
        if isinstance(request, ASGIRequest)
        else _read(file, end - start)
    )
    response = StreamingHttpResponse(content)
    response._resource_closers.append(file.close)  # type: ignore[attr-defined]
    return response


def _read(file: BinaryIO, left: int) -> Iterator[bytes]:
    with file:
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


async def _read_async(file: BinaryIO, left: int) -> AsyncIterator[bytes]:
    try:
        while left > 0 and (chunk := await asyncio.to_thread(file.read, min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
    finally:
        file.close()
