"""A directory server for the tests of the directory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings
from pytest_django.fixtures import Settings

from config.demo.organisation import load as load_organisation
from config.embedded.slapd import EmbeddedDirectoryError
from tests.kept import kept
from tests.servers.base import unavailable
from tests.servers.slapd import Slapd


def running_slapd() -> Iterator[Slapd]:
    """Run a server with the demo organisation for the life of a fixture."""
    server = Slapd()
    try:
        server.start()
    except EmbeddedDirectoryError as error:
        unavailable(str(error))
    try:
        yield server
    finally:
        server.discard()


@pytest.fixture(scope="module")
def ldap_reading() -> Iterator[Slapd]:
    """A server that the tests of a module share, and leave as it was."""
    yield from running_slapd()


@pytest.fixture
def ldap_server(settings: Settings) -> Iterator[Slapd]:
    """A server of the test's own, set as Marigot's directory."""
    for server in running_slapd():
        settings.LDAP = server.django
        yield server


@kept
def organisation_read() -> None:
    """The demo organisation as read and mapped from a server that no test has changed."""
    for server in running_slapd():
        with override_settings(LDAP=server.django):
            load_organisation()


@pytest.fixture
def organisation(organisation_read: None, ldap_server: Slapd) -> Slapd:
    """The demo organisation, read and mapped; returns a server with the same entries."""
    return ldap_server
