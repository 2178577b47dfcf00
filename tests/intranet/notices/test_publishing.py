"""Publishing and withdrawing: what is refused, what is journaled, in which order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from directory import journal
from directory.models import JournalEntry
from intranet.notices.actions import withdraw_notice
from intranet.notices.models import Notice
from intranet.notices.querysets import state_of
from tests.directory.factories import make_person

from .factories import make_notice, to_person

pytestmark = pytest.mark.django_db


def test_the_sequence_is_that_of_the_journal():
    with journal.transaction():
        first = make_notice("un")
        second = make_notice("deux")
        assert first.sequence is None
    entries = JournalEntry.objects.filter(action="notice.published").order_by("sequence")
    assert [entry.sequence for entry in entries] == [first.sequence, second.sequence]
    first.refresh_from_db()
    assert first.sequence == entries[0].sequence
    assert entries[0].payload["audience"] == [{"kind": "scope_readers", "ref": None}]
    assert list(journal.verify()) == []


def test_what_is_refused_leaves_nothing():
    for fields in (
        {"title": " "},
        {"url": "https://elsewhere.example/"},
        {"url": "//elsewhere.example/"},
        {"url": "/\\elsewhere.example"},
        {"url": "javascript:alert(1)"},
        {"expires_at": timezone.now() - timedelta(seconds=1)},
    ):
        with pytest.raises(ValidationError):
            make_notice(**fields)
    with pytest.raises(ValidationError):
        from intranet.notices.actions import publish_notice
        from intranet.notices.models import NoticeKind

        publish_notice(
            actor=None,
            kind=NoticeKind.MESSAGE,
            scope=make_notice().scope,
            audiences=[],
            title_fr="x",
        )
    assert Notice.objects.count() == 1


def test_texts_are_cut_at_a_word():
    notice = make_notice("mot " * 100, body_fr="x" * 1000)
    assert len(notice.title_fr) <= 200
    assert notice.title_fr.endswith("mot…")
    assert len(notice.body_fr) == 600


def test_who_publishes_has_read_it():
    zoe = make_person("zoe.finance")
    make_notice(actor=zoe)
    assert state_of(zoe).unread == 0


def test_titles_follow_the_language_where_there_is_one():
    notice = make_notice("Bonjour", title_en="Hello", body_fr="Le texte")
    only_english = make_notice("", title_en="English only")
    with translation.override("en"):
        assert (notice.title, notice.body, notice.title_language) == ("Hello", "Le texte", "en")
    with translation.override("fr"):
        assert (notice.title, notice.title_language) == ("Bonjour", "fr")
        assert (only_english.title, only_english.title_language) == ("English only", "en")


def test_withdrawing_is_journaled_once():
    notice = make_notice(audiences=to_person(make_person("zoe.finance")))
    withdraw_notice(actor=None, notice=notice, reason="wrong date")
    withdraw_notice(actor=None, notice=notice)
    entry = JournalEntry.objects.get(action="notice.withdrawn")
    assert (entry.object_id, entry.payload) == (str(notice.pk), {"reason": "wrong date"})
