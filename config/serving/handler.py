"""The handler of HTTP requests: views in threads, clients in the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import IO, Any, cast

from django.conf import settings
from django.core import signals
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.db import close_old_connections
from django.http import HttpResponse, StreamingHttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.template import loader
from django.urls import reverse, set_script_prefix
from django.utils import translation

from directory.asgi import Receive, Scope, Send
from directory.incoming import IncomingRequest
from directory.middleware import OPEN
from documents.uploads import BodyWanted, TooBusy, TooManyAtOnce, TooSlow
from documents.uploads.asking import owner_of
from intranet.pictures import looking

from .askers import Askers
from .incoming import ClientLeft, IncomingBody, OpenFile
from .lanes import Full, Lane
from .pace import Pace
from .shares import Shares

_PIECE = 256 * 1024


class Handler(ASGIHandler):
    """Django's handler, for clients of any pace.

    `pace` is that of bodies and answers; `uploads` and `downloads` bound those under way;
    `open_file` opens where a large form is kept.
    """

    request_class = IncomingRequest

    def __init__(
        self,
        *,
        pace: Pace = Pace(),  # noqa: B008  (frozen)
        uploads: Shares | None = None,
        downloads: Shares | None = None,
        open_file: OpenFile = TemporaryFile,
    ) -> None:
        super(ASGIHandler, self).__init__()
        self.load_middleware(is_async=False)
        self._pace = pace
        self._open_file = open_file
        self._uploads = uploads or Shares(each=6, all=64)
        self._downloads = downloads or Shares(each=12, all=256)
        self._askers = Askers()
        self._reading = Lane("reading", settings.VIEWS_AT_WORK, shared=True)
        self._writing = Lane("writing", settings.VIEWS_AT_WORK, shared=True)
        self._door = Lane("door", 2)
        self._pictures = Lane("pictures", looking.AT_ONCE, shared=True)
        self._images = reverse("wagtailimages:index")
        self._sign_in = reverse("directory:sign_in")
        # Those who take files in wait for their clients, those who keep a form for the disk; none
        # has a database connection. There are as many as there may be uploads.
        self._bodies = ThreadPoolExecutor(64, thread_name_prefix="body")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = IncomingBody(
            receive, scope, self._pace, writers=self._bodies, open_file=self._open_file
        )
        try:
            response = await self._answer(scope, body)
            if isinstance(response, StreamingHttpResponse):
                try:
                    with self._downloads.held(response.owner):  # type: ignore[attr-defined]
                        return await self._stream(response, body, send)
                except (TooManyAtOnce, TooBusy) as error:
                    response.close()
                    response = await self._refused(scope, body, error)
            await self._send(response, send)
        except ClientLeft:
            return None
        except TooSlow:
            await self._send(HttpResponse(status=408), send)
        except Full as error:
            await self._send(_full(error), send)

    def close(self) -> None:
        """Let the views come to their end, and the threads with them."""
        self._bodies.shutdown(wait=False)
        for lane in (self._reading, self._writing, self._door, self._pictures):
            lane.close()

    async def _answer(self, scope: Scope, body: IncomingBody) -> HttpResponseBase:
        """Return the answer to a request, its body taken in where it is wanted.

        Raises ClientLeft, TooSlow, Full.
        """
        early = body.is_small or not body.on_the_wire
        stream = await body.collect() if early else cast("IO[bytes]", body)
        request, fault = self.create_request(scope, stream)
        if request is None:
            return cast("HttpResponseBase", fault)
        request.body_on_the_wire = body.on_the_wire  # type: ignore[attr-defined]
        response = await self._view(request, body)
        if isinstance(response, BodyWanted):
            response = await self._view(await self._taken(scope, body, response), body)
        return response

    async def _taken(self, scope: Scope, body: IncomingBody, wanted: BodyWanted) -> ASGIRequest:
        """Return the request with its body taken in, or with the reason why it was not.

        Raises ClientLeft.
        """
        body.limit = wanted.limit
        request = self.request_class(scope, cast("IO[bytes]", body))
        try:
            with self._uploads.held(wanted.owner):
                if wanted.take is None:
                    request = self.request_class(scope, await body.collect())
                else:
                    loop = asyncio.get_running_loop()
                    await loop.run_in_executor(self._bodies, _take, wanted, request)
        except ClientLeft:
            raise
        except Exception as error:  # noqa: BLE001  (raised by the view that asked)
            request.body_failure = error  # type: ignore[attr-defined]
        return request

    async def _refused(
        self, scope: Scope, body: IncomingBody, error: Exception
    ) -> HttpResponseBase:
        request = self.request_class(scope, await body.collect())
        request.body_failure = error  # type: ignore[attr-defined]
        return await self._view(request, body)

    # Views

    async def _view(self, request: ASGIRequest, body: IncomingBody) -> HttpResponseBase:
        """Return what the view answers. Raises ClientLeft where nobody waits for it any more."""
        lane = self._lane_of(request)
        job = asyncio.ensure_future(self._in_turn(lane, request))
        if body.on_the_wire:  # what comes next is the body, not the client's leaving
            return await job
        left = asyncio.ensure_future(body.left())
        try:
            await asyncio.wait({job, left}, return_when=asyncio.FIRST_COMPLETED)
            if job.done():
                return job.result()
            raise ClientLeft("The client left.")
        finally:
            job.cancel()
            left.cancel()

    async def _in_turn(self, lane: Lane, request: ASGIRequest) -> HttpResponseBase:
        asker = self._askers.of(request)
        work = partial(self._respond, request)
        response = await lane.run(asker.name, work, of_one=asker.most, standing=asker.standing)
        self._askers.remember(request)
        if lane is self._door and request.path == self._sign_in:
            self._askers.judge(request, response)
        return response

    def _lane_of(self, request: ASGIRequest) -> Lane:
        if request.method in ("GET", "HEAD"):
            return self._reading
        if request.path.startswith(OPEN):
            return self._door
        # What decodes a picture takes its time: only others who bring one wait for it.
        return self._pictures if request.path.startswith(self._images) else self._writing

    def _respond(self, request: ASGIRequest) -> HttpResponseBase:
        """Run the view, in a thread; what it held is given back when this returns."""
        set_script_prefix(get_script_prefix(request.scope))
        signals.request_started.send(sender=self.__class__, scope=request.scope)
        response: HttpResponseBase = self.get_response(request)
        response._handler_class = self.__class__  # type: ignore[attr-defined]
        if isinstance(response, StreamingHttpResponse):
            response.owner = owner_of(request)  # type: ignore[attr-defined]
            if not response.is_async:
                response.streaming_content = _pieces(_gathered(response))
            close_old_connections()
        else:
            response.close()
        return response

    # Clients

    async def _send(self, response: HttpResponseBase, send: Send) -> None:
        await send(_start(response))
        content = cast("HttpResponse", response).content
        await self._in_time(send, {"type": "http.response.body", "body": content}, [0.0, 0])

    async def _stream(
        self, response: StreamingHttpResponse, body: IncomingBody, send: Send
    ) -> None:
        """Send the pieces as they are taken; stop where the client left, or takes too little."""
        left = asyncio.ensure_future(body.left())
        spent: list[float] = [0.0, 0]
        try:
            await send(_start(response))
            async for piece in cast("AsyncIterator[bytes]", response.streaming_content):
                if left.done():
                    return
                message = {"type": "http.response.body", "body": piece, "more_body": True}
                await self._in_time(send, message, spent)
            await send({"type": "http.response.body"})
        finally:
            left.cancel()
            response.close()

    async def _in_time(self, send: Send, message: dict[str, Any], spent: list[float]) -> None:
        """Send a piece. Raises ClientLeft where the client takes it too slowly.

        `spent` is the seconds in which it was waited for before, and the bytes it took.
        """
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            async with asyncio.timeout(self._pace.left(spent[0], int(spent[1]))):
                await send(message)
        except TimeoutError as error:
            raise ClientLeft("The client takes too little.") from error
        spent[0] += clock() - started
        spent[1] += len(message["body"])


def _take(wanted: BodyWanted, request: ASGIRequest) -> None:
    assert wanted.take is not None  # noqa: S101
    with translation.override(wanted.language):
        try:
            wanted.take(request)
        except UnreadablePostError as error:
            if isinstance(ours := error.__cause__, UnreadablePostError):
                raise ours from error  # Django raises one of its own around it
            raise


def _start(response: HttpResponseBase) -> dict[str, object]:
    headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    headers += [
        (b"Set-Cookie", cookie.output(header="").encode("ascii").strip())
        for cookie in response.cookies.values()
    ]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}


def _gathered(response: StreamingHttpResponse) -> IO[bytes]:
    """Return all that a view yields piece by piece, so that no client keeps it at work."""
    file = cast("IO[bytes]", SpooledTemporaryFile(max_size=_PIECE))  # noqa: SIM115
    response._resource_closers.append(file.close)  # type: ignore[attr-defined]
    for piece in cast("Iterator[bytes]", response.streaming_content):
        file.write(piece)
    file.seek(0)
    return file


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, _PIECE):
        yield piece


def _full(error: Full) -> HttpResponse:
    page = loader.get_template("503.html").render()
    headers = {"Retry-After": "5", "Cache-Control": "no-store"}
    return HttpResponse(page, status=error.status, headers=headers)
