"""IT administrators are written to when a reading of the directory is held."""

from __future__ import annotations

import smtplib
import socket
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.mail.backends.smtp import EmailBackend
from django.utils import timezone

from directory import consumers, events, journal
from directory.actions.memberships import add_member
from directory.consumers.runner import TryLater
from directory.held_mail import PATIENCE
from directory.models import AccessGroup, JournalEntry, ParkedEntry, Role, SyncRun
from directory.sync import config
from tests.directory.factories import make_person

pytestmark = pytest.mark.django_db


def an_admin(login: str, *, language: str = "", email: str | None = None):
    person = make_person(login)
    person.email = f"{login}@example.org" if email is None else email
    person.language = language
    person.save()
    group = AccessGroup.objects.get(role=Role.IT_ADMIN)
    add_member(actor=None, access_group=group, user=person)
    return person


def hold() -> SyncRun:
    consumers.drain("directory.held_mail")
    now = timezone.now()
    run = SyncRun.objects.create(
        source=config.source(), trigger="command", state="held", started_at=now, finished_at=now
    )
    with journal.transaction():
        journal.append(events.SYNC_HELD, obj=run, actor=None, payload={"counts": {}})
    return run


def test_each_is_written_to_in_their_language(settings):
    settings.BASE_URL = "https://intranet.example.org"
    an_admin("rodrigue", language="fr")
    an_admin("shanice", language="en")
    an_admin("without.address", email="")
    make_person("alicia")
    run = hold()
    consumers.drain("directory.held_mail")
    french, english = sorted(mail.outbox, key=lambda message: message.to)
    assert french.to == ["rodrigue@example.org"]
    assert "attend une approbation" in french.subject
    assert "waits for approval" in english.subject
    for message in (french, english):
        assert f"https://intranet.example.org/access/directory/runs/{run.pk}/" in message.body
    consumers.drain("directory.held_mail")
    assert len(mail.outbox) == 2


def test_what_is_no_more_than_read_is_told_to_nobody(settings):
    an_admin("rodrigue")
    hold()
    consumers.drain("directory.held_mail")
    with journal.transaction():
        run = SyncRun.objects.latest("pk")
        journal.append(events.SYNC_APPLIED, obj=run, actor=None, payload={"counts": {}})
    consumers.drain("directory.held_mail")
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("event", [events.SYNC_RELEASED, events.SYNC_APPROVED, events.SYNC_HELD])
def test_what_is_over_before_the_mail_could_be_sent_is_told_no_more(event):
    an_admin("rodrigue")
    run = hold()
    with journal.transaction():
        payload = None if event is events.SYNC_RELEASED else {"counts": {}}
        journal.append(event, obj=run, actor=None, payload=payload)
    consumers.drain("directory.held_mail")
    assert len(mail.outbox) == (1 if event is events.SYNC_HELD else 0)


def test_what_grows_by_and_by_is_told_now_and_then():
    an_admin("rodrigue")
    first = hold()
    begun = JournalEntry.objects.latest("sequence").at
    consumers.drain("directory.held_mail")
    for minute in range(1, 31):
        with journal.transaction():
            journal.append(events.SYNC_HELD, obj=first, actor=None, payload={"counts": {}})
        newest = JournalEntry.objects.latest("sequence")
        at = begun + timedelta(minutes=minute)
        JournalEntry.objects.filter(pk=newest.pk).update(at=at)
        consumers.drain("directory.held_mail")
    assert len(mail.outbox) == 3
    with journal.transaction():
        journal.append(events.SYNC_RELEASED, obj=first, actor=None)
    hold()
    consumers.drain("directory.held_mail")
    assert len(mail.outbox) == 4


def test_of_what_grew_while_nobody_could_be_told_the_newest_is_told(settings):
    an_admin("rodrigue")
    hold()
    now = timezone.now()
    newest = SyncRun.objects.create(
        source=config.source(), trigger="command", state="held", started_at=now, finished_at=now
    )
    with journal.transaction():
        journal.append(events.SYNC_HELD, obj=newest, actor=None, payload={"counts": {}})
    consumers.drain("directory.held_mail")
    assert [f"/runs/{newest.pk}/" in message.body for message in mail.outbox] == [True]


def to_a_server(settings, url: str) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = urlsplit(url).hostname, urlsplit(url).port


def test_a_mail_server_that_is_down_is_waited_for(settings, smtp):
    an_admin("rodrigue")
    hold()
    to_a_server(settings, smtp.url)
    with socket.socket() as nobody:  # taken, and nobody listens
        nobody.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = nobody.getsockname()[1]
        with pytest.raises(TryLater, match="MARIGOT_EMAIL_URL"):
            consumers.drain("directory.held_mail")
    to_a_server(settings, smtp.url)
    consumers.drain("directory.held_mail")
    assert [message["To"] for message in smtp.messages] == ["rodrigue@example.org"]


def test_an_address_that_is_refused_keeps_nobody_elses_back(settings, smtp, monkeypatch, caplog):
    an_admin("aa.refused")
    an_admin("rodrigue")
    hold()
    to_a_server(settings, smtp.url)
    send = EmailBackend._send

    def refuse(self, message):
        if message.to == ["aa.refused@example.org"]:
            raise smtplib.SMTPRecipientsRefused({message.to[0]: (550, b"no such user")})
        return send(self, message)

    monkeypatch.setattr(EmailBackend, "_send", refuse)
    consumers.drain("directory.held_mail")
    assert [message["To"] for message in smtp.messages] == ["rodrigue@example.org"]
    assert "aa.refused@example.org" in caplog.text
    consumers.drain("directory.held_mail")
    assert len(smtp.messages) == 1


@pytest.mark.parametrize("address", ["aa@", "aa@b@c", "a a@example.org", f"a@{'b' * 80}.org"])
def test_an_address_that_is_none_keeps_nobody_elses_back(settings, smtp, caplog, address):
    an_admin("aa.none", email=address)
    an_admin("rodrigue")
    hold()
    to_a_server(settings, smtp.url)
    consumers.drain("directory.held_mail")
    assert "rodrigue@example.org" in [message["To"] for message in smtp.messages]
    assert ParkedEntry.objects.count() == 0


def test_a_server_that_fails_midway_is_left_and_the_others_are_written_to_later(
    settings, smtp, monkeypatch
):
    for login in ("aa.first", "bb.second", "cc.third"):
        an_admin(login)
    hold()
    to_a_server(settings, smtp.url)
    send, opened = EmailBackend._send, []

    def fail(self, message):
        opened.append(self)
        if len(opened) == 2:
            raise smtplib.SMTPServerDisconnected("gone")
        return send(self, message)

    monkeypatch.setattr(EmailBackend, "_send", fail)
    with pytest.raises(TryLater, match="gone"):
        consumers.drain("directory.held_mail")
    assert [backend.connection for backend in opened] == [None, None]
    consumers.drain("directory.held_mail")
    told = [message["To"] for message in smtp.messages]
    assert told == ["aa.first@example.org", "bb.second@example.org", "cc.third@example.org"]
    assert all(backend.connection is None for backend in opened)


@pytest.mark.parametrize("whom", ["aa.first", "bb.second"])
def test_who_is_refused_for_now_is_written_to_later_and_nobody_twice(
    settings, smtp, monkeypatch, whom
):
    for login in ("aa.first", "bb.second"):
        an_admin(login)
    hold()
    to_a_server(settings, smtp.url)
    send = EmailBackend._send

    def refuse(self, message):
        if message.to == [f"{whom}@example.org"]:
            raise smtplib.SMTPRecipientsRefused({message.to[0]: (450, b"greylisted")})
        return send(self, message)

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "_send", refuse)
        with pytest.raises(TryLater, match="greylisted"):
            consumers.drain("directory.held_mail")
    assert len(smtp.messages) == 1
    consumers.drain("directory.held_mail")
    told = sorted(message["To"] for message in smtp.messages)
    assert told == ["aa.first@example.org", "bb.second@example.org"]


def test_what_is_never_taken_is_given_up_after_a_day(settings, smtp, caplog):
    an_admin("rodrigue")
    hold()
    JournalEntry.objects.filter(action="sync.held").update(at=timezone.now() - PATIENCE)
    smtp.refusal = "451 try later"
    to_a_server(settings, smtp.url)
    consumers.drain("directory.held_mail")
    assert "1 mails were not sent" in caplog.text
    assert ParkedEntry.objects.count() == 0
