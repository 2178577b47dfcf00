"""Where the directory shows no change of a password, those who run the site are told."""

from __future__ import annotations

import logging

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from config.embedded.organisation.entries import hashed
from directory.models import SyncRun, User
from directory.sync import config, report
from directory.sync.concerns import untold

from .test_doubt import narrow
from .test_engine import dn_of, sync

pytestmark = pytest.mark.django_db

TITLE = {
    "fr": "L’annuaire n’indique aucun changement de mot de passe",
    "en": "The directory shows no change of password",
}


def pages(language: str) -> list[str]:
    """The first page of the administration and that of the directory."""
    client = Client(headers={"accept-language": language})
    client.force_login(
        User.objects.get(username="rodrigue.telford"),
        backend="directory.backends.DirectoryBackend",
    )
    names = ("directory:access", "directory:access_directory")
    return [client.get(reverse(name)).content.decode() for name in names]


def warnings(caplog) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if "no change of password" in record.message
    ]


def test_a_directory_that_shows_no_change_is_told_of_once_and_until_it_does(organisation, caplog):
    assert SyncRun.objects.latest("pk").shows_passwords is True
    for language, title in TITLE.items():
        assert not any(title in page for page in pages(language))
    narrow(organisation, "to attrs=pwdChangedTime by * none")
    with caplog.at_level(logging.WARNING, "directory.sync.engine"):
        run = sync()
        sync()
    assert run.shows_passwords is False
    assert len(warnings(caplog)) == 1
    for words in (*warnings(caplog), "\n".join(report.lines(run))):
        for part in ("stays signed in", "olcOverlay=ppolicy", "read pwdChangedTime"):
            assert part in words
    for language, title in TITLE.items():
        for page in pages(language):
            assert title in page
            assert "olcOverlay=ppolicy" in page.replace("\u00a0", " ")
    narrow(organisation)
    organisation.modify(dn_of("maryse.lubin"), "userPassword", hashed("Autre-mot-2026"))
    assert sync().shows_passwords is True
    for language, title in TITLE.items():
        assert not any(title in page for page in pages(language))
    assert "stays signed in" not in "\n".join(report.lines(SyncRun.objects.latest("pk")))


@pytest.mark.parametrize(
    ("schema", "setting"),
    [
        ("openldap", "olcOverlay=ppolicy"),
        ("389ds", "passwordTrackUpdateTime"),
        ("ad", "pwdLastSet"),
    ],
)
def test_the_cure_is_that_of_the_server(settings, django_assert_max_num_queries, schema, setting):
    settings.LDAP = settings.LDAP | {
        "url": "ldaps://directory.example.org",
        "bind_dn": "cn=marigot",
        "bind_password": "secret",
        "base_dn": "dc=example,dc=org",
        "schema": schema,
    }
    assert untold() == []  # never read
    now = timezone.now()
    run = SyncRun.objects.create(
        source=config.source(),
        trigger=SyncRun.Trigger.COMMAND,
        state=SyncRun.State.UNCHANGED,
        started_at=now,
        finished_at=now,
        position="912",
    )
    assert untold() == []  # by an earlier version: nothing is known
    SyncRun.objects.filter(pk=run.pk).update(shows_passwords=False)
    for language, title in TITLE.items():
        with translation.override(language), django_assert_max_num_queries(2):
            (concern,) = untold()
        assert (concern.kind, str(concern.title)) == ("warn", title)
        assert setting in concern.text
    settings.LDAP = settings.LDAP | {"url": ""}
    assert untold() == []


UNTOLD = {
    "fr": "L’annuaire n’indique pas quand on y écrit",
    "en": "The directory does not tell when it is written to",
}


def test_a_directory_that_does_not_tell_when_it_is_written_to_is_told_of(organisation):
    for language, title in UNTOLD.items():
        assert not any(title in page for page in pages(language))
    narrow(organisation, "to attrs=contextCSN by * none")
    assert sync().position == ""
    for language, title in UNTOLD.items():
        for page in pages(language):
            assert title in page
            assert "olcOverlay=syncprov" in page.replace("\u00a0", " ")
    narrow(organisation)
    assert sync().position
    for language, title in UNTOLD.items():
        assert not any(title in page for page in pages(language))
