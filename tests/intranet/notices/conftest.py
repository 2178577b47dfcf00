"""A served Marigot for the tests of live delivery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as live_settings

from directory.models import User

from .serving import Ear, Site, running, session_of

ON_POSTGRES = live_settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
WAYS = ["local", "redis", *(["postgres"] if ON_POSTGRES else [])]


@pytest.fixture(scope="session")
def served_locally(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    """One server for all tests that leave it as it was."""
    with django_db_blocker.unblock():
        site = Site()
        site.start()
    yield site
    site.stop()


@pytest.fixture
def site(served_locally: Site, transactional_db: None) -> Iterator[Site]:
    """A served Marigot on the test's database, woken as it is by default."""
    before = len(served_locally.lines)
    yield served_locally
    faults = [line for line in served_locally.lines[before:] if "ERROR" in line]
    assert not faults, "".join(served_locally.lines[before:])


@pytest.fixture(params=WAYS)
def site_woken(
    request: pytest.FixtureRequest, transactional_db: None, settings: Any
) -> Iterator[Site]:
    """A served Marigot for each way of waking; the test's own process wakes the same way."""
    way = request.param
    if way == "redis":
        way = request.getfixturevalue("redis_url")
    settings.WAKEUP = way
    with running(Site(way)) as site:
        yield site


@pytest.fixture
def listen(site: Site) -> Iterator[Callable[..., Ear]]:
    """`listen(user, since=None)`: sign `user` in and open a socket, closed after the test."""
    ears: list[Ear] = []

    def open_for(user: User, since: int | None = None) -> Ear:
        ear = site.open(session_of(user), since)
        ears.append(ear)
        return ear

    yield open_for
    for ear in ears:
        ear.close()
