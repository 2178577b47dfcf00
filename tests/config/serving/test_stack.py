"""Requests have room on the stack of Python."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.test import RequestFactory

from config.serving.stack import RoomyStackMiddleware, with_room

CALLS, DEPTHS = 400, 500
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="faults are counted by Linux")


def faults() -> int:
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt


def leaf() -> int:
    # Larger than what a level of `at` takes, so that no border is missed.
    a = b = c = d = e = f = g = h = i = j = k = m = n = o = p = q = r = s = t = u = 1
    return a + b + c + d + e + f + g + h + i + j + k + m + n + o + p + q + r + s + t + u


def at(depth: int) -> int:
    """Return how many pages of memory a loop of calls asks for, so many calls down."""
    if depth:
        return at(depth - 1)
    before = faults()
    for _ in range(CALLS):
        leaf()
    return faults() - before


def worst() -> int:
    return max(at(depth) for depth in range(DEPTHS))


def in_a_thread(function: Callable[[], int]) -> int:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def test_a_loop_across_a_border_of_the_stack_takes_and_gives_a_piece_each_time():
    """Where this fails Python has become better at it, and the middleware can go."""
    assert in_a_thread(worst) >= CALLS


def test_with_room_there_is_no_border_where_requests_are():
    assert in_a_thread(with_room(lambda: worst())) < CALLS // 2


def test_what_is_called_with_room_is_called_as_before():
    answer = object()
    middleware = RoomyStackMiddleware(lambda request: (answer, request))
    request = RequestFactory().get("/")
    assert middleware(request) == (answer, request)
    assert settings.MIDDLEWARE[0] == "config.serving.stack.RoomyStackMiddleware"
