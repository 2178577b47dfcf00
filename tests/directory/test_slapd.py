"""The embedded directory server."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import ldap
import pytest

from config.embedded import slapd
from config.embedded.certificates import certificates_in
from config.embedded.organisation import BASE_DN, DEMO_PASSWORD, READER_DN, staff
from config.embedded.organisation.entries import person_dn
from config.embedded.slapd import EmbeddedDirectory, EmbeddedDirectoryError
from tests.servers.base import free_port
from tests.servers.slapd import Slapd


def _search(connection, text="(objectClass=*)", scope=ldap.SCOPE_SUBTREE, attributes=None):
    return connection.search_s(BASE_DN, scope, text, attributes)


def test_the_reading_account_reads_everybody_and_no_password(ldap_reading):
    connection = ldap_reading.bind(READER_DN, ldap_reading.config.bind_password)
    found = _search(connection, "(objectClass=inetOrgPerson)", attributes=["*", "+"])
    assert len(found) == 150
    assert not any("userPassword" in attributes for _dn, attributes in found)
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        connection.delete_s(found[0][0])


def test_nothing_is_read_anonymously_and_no_password_taken_in_clear(ldap_reading):
    connection = ldap.initialize(ldap_reading.url)
    with pytest.raises(ldap.LDAPError):
        _search(connection, scope=ldap.SCOPE_BASE)
    with pytest.raises(ldap.CONFIDENTIALITY_REQUIRED):
        connection.simple_bind_s(person_dn(staff()[0]), DEMO_PASSWORD)


def test_both_ways_of_tls_carry_a_certificate_of_our_authority(ldap_reading, tmp_path):
    other = certificates_in(tmp_path)
    for url, start_tls in ((ldap_reading.url, True), (ldap_reading.tls_url, False)):
        for authority, trusted in ((ldap_reading.authority, True), (other.authority, False)):
            connection = ldap.initialize(url)
            connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(authority))
            connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
            try:
                if start_tls:
                    connection.start_tls_s()
                connection.simple_bind_s(person_dn(staff()[0]), DEMO_PASSWORD)
                succeeded = True
            except (ldap.SERVER_DOWN, ldap.CONNECT_ERROR):
                succeeded = False
            assert succeeded is trusted, (url, trusted)


def test_a_second_start_keeps_entries_and_identifiers():
    server = Slapd()
    try:
        server.start()
        dn = server.add_person("zoe.nouvelle")
        before = server.identifier(dn)
        server.stop()
        assert not server.running
        server.start()
        assert server.identifier(dn) == before
    finally:
        server.discard()


def test_what_a_killed_run_left_behind_is_taken_over():
    first = Slapd()
    second = EmbeddedDirectory(first.folder, first.port)
    try:
        first.start()
        left = first.process.pid
        first.freeze()
        second.start()
        assert second.process.pid != left
        first.process.wait(120)
    finally:
        second.stop()
        first.discard()


def test_killing_the_server_loses_nothing():
    server = Slapd()
    try:
        server.start()
        dn = server.add_person("zoe.nouvelle")
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        server.start()
        assert server.identifier(dn)
    finally:
        server.discard()


def test_half_a_load_is_begun_again(tmp_path):
    server = Slapd(entries=lambda _password: "dn: not an entry\n")
    try:
        with pytest.raises(EmbeddedDirectoryError, match="could not be loaded"):
            server.start()
        (server.folder / "database.part").mkdir()
        again = EmbeddedDirectory(server.folder, server.port)
        again.start()
        again.stop()
    finally:
        server.discard()


def test_a_busy_port_is_named(ldap_reading, tmp_path):
    with pytest.raises(EmbeddedDirectoryError, match=f"Port {ldap_reading.port}"):
        EmbeddedDirectory(tmp_path, ldap_reading.port).start()


def test_a_missing_server_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(slapd, "_MODULES", Path("/nowhere"))
    with pytest.raises(EmbeddedDirectoryError, match="apt-get install slapd"):
        EmbeddedDirectory(tmp_path, free_port()).start()


def test_secrets_are_for_the_owner_alone(ldap_reading):
    for name in ("passwords.json", "slapd.conf", "tls/ca.key", "tls/server.key"):
        assert (ldap_reading.folder / name).stat().st_mode & 0o077 == 0, name


def test_a_server_that_hangs_is_stopped_all_the_same():
    server = Slapd()
    try:
        server.start()
        left = server.process
        server.freeze()
        server.stop()
        assert left.poll() is not None
        assert not server.running
    finally:
        server.discard()
