"""Room on the stack of Python for a request (docs/decisions/0037)."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Final, TypeVar, cast

from django.http import HttpRequest, HttpResponse

WORDS: Final = 32_000
"""Of eight bytes: a quarter of a MiB, of which nothing is touched; as much is free below it."""
_F = TypeVar("_F", bound=Callable[..., object])


def with_room(function: _F) -> _F:
    """Have each call of `function` take a large piece of the stack, where all that it calls lies.

    Python takes its stack in pieces of 16 KiB and gives each back as soon as the call that began
    it ends. A loop that calls across a border takes and gives one each time round.
    """
    plain = cast(FunctionType, function)
    plain.__code__ = plain.__code__.replace(co_stacksize=WORDS)
    return function


class RoomyStackMiddleware:
    """Handles each request with room on the stack; it stands before all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response

    @with_room
    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        return self._next(request)
