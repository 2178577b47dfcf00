"""The directory server of the tests of the directory serves here too."""

from __future__ import annotations

from tests.directory.conftest import ldap_server

__all__ = ["ldap_server"]
