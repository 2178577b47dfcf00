"""Each kind of directory server for the tests that hold of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from tests.servers.branch import Branch, DirectoryServer
from tests.servers.ds389 import DirectoryServer389
from tests.servers.fixtures import started
from tests.servers.samba import Samba
from tests.servers.slapd import Slapd

from .conftest import running_slapd

__all__ = ["branch", "directory_server"]  # fixtures


def _openldap() -> Iterator[Slapd]:
    yield from running_slapd()


_KINDS: dict[str, Callable[[], Iterator[Any]]] = {
    "openldap": _openldap,
    "ad": lambda: started(Samba()),
    "389ds": lambda: started(DirectoryServer389()),
}


@pytest.fixture(scope="session", params=_KINDS)
def directory_server(request: pytest.FixtureRequest) -> Iterator[DirectoryServer]:
    """A server of each kind, which all tests share, each in a branch of its own."""
    yield from _KINDS[request.param]()


@pytest.fixture
def branch(directory_server: DirectoryServer, settings: Settings) -> Iterator[Branch]:
    """A branch of the test's own, set as Marigot's directory."""
    branch = Branch(directory_server)
    settings.LDAP = branch.django
    try:
        yield branch
    finally:
        branch.remove()
