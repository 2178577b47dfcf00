"""What a periodic job is, and which there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils.functional import Promise

Function = Callable[[], bool | None]
"""Does a bounded part of the work; true where there is more, which is done at once then.

Who stops the worker waits for its end. Raises whatever goes wrong; `TryLater` where a server is
down that it needs. It may be killed in the middle, and is run again then.
"""

NAME_LENGTH: Final = 60


@dataclass(frozen=True, slots=True)
class Job:
    """A function that is run `every` so often, after its last end; by one process at a time.

    `name` is its row's and must not change; `words` says what it does, to who runs the site.
    """

    name: str
    every: timedelta
    function: Function
    words: str | Promise


_registered: dict[str, Job] = {}


def register(name: str, every: timedelta, function: Function, *, words: str | Promise = "") -> None:
    """Have the worker run `function`, soon where it never was, then `every` so often.

    Raises ValueError where the name is another job's or too long, or `every` is no time at all.
    """
    if not 0 < len(name) <= NAME_LENGTH:
        raise ValueError(f"The name of a job has 1 to {NAME_LENGTH} characters: {name!r}.")
    if every <= timedelta(0):
        raise ValueError(f"{name} cannot be run every {every}.")
    if name in _registered:
        raise ValueError(f"Two jobs are called {name}.")
    _registered[name] = Job(name, every, function, words or name)


def get(name: str) -> Job:
    """Return the job of that name; KeyError where there is none."""
    return _registered[name]


def registered() -> list[Job]:
    """Return every job, by name."""
    return [_registered[name] for name in sorted(_registered)]
