"""In a request rows of pages and images are read for somebody, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from django.conf import settings
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from .viewing import each_within, in_a_request


class SomebodyLooksMiddleware:
    """Has each request say whose eyes pages and images are read with."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._next = get_response
        # Made with the first request otherwise: Wagtail's filters look at how pages are asked for
        # while they are made, for nobody.
        import_module(settings.ROOT_URLCONF)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request; what it streams is read after this, and by the same rule."""
        with in_a_request():
            response = self._next(request)
        if (
            isinstance(response, StreamingHttpResponse)
            and not isinstance(response, FileResponse)
            and not response.is_async
        ):
            response.streaming_content = each_within(in_a_request, response.streaming_content)
        return response
