"""What an event declares is what its entries hold."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import NotRequired, TypedDict

import pytest
from django.core.management import call_command

from directory import journal
from directory.journal import Effect, Event
from directory.models import JournalEntry
from tests.directory.factories import event, make_person

ROOT = Path(__file__).resolve().parents[2]


class Told(TypedDict):
    name: str
    number: int | None
    more: NotRequired[list[dict[str, int]]]


TOLD = Event("thing.told", "Thing told", Told)
WRONG = [
    {},
    {"name": "a"},
    {"name": 1, "number": 2},
    {"name": "a", "number": "2"},
    {"name": "a", "number": 2, "odd": 3},
    {"name": "a", "number": 2, "more": [{"a": 1}, {"a": "b"}]},
]


def append(payload):
    with journal.transaction():
        journal.append(TOLD, actor=None, payload=payload)


@pytest.mark.django_db
@pytest.mark.parametrize("payload", WRONG)
def test_a_payload_that_does_not_fit_is_an_error_here(payload):
    with pytest.raises(TypeError, match=r"thing\.told is not as declared"):
        append(payload)
    assert not JournalEntry.objects.filter(action="thing.told").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("payload", WRONG)
def test_in_production_it_is_logged_and_kept(payload, settings, caplog):
    settings.STRICT_EVENTS = False
    with caplog.at_level(logging.ERROR, "directory.journal.events"):
        append(payload)
    assert "thing.told" in caplog.text
    assert JournalEntry.objects.get(action="thing.told").payload == payload


@pytest.mark.django_db
@pytest.mark.parametrize(
    "payload", [{"name": "a", "number": None}, {"name": "", "number": 3, "more": [{"a": 1}]}]
)
def test_one_that_fits_is_kept(payload):
    append(payload)
    assert JournalEntry.objects.get(action="thing.told").payload == payload


@pytest.mark.django_db
def test_an_entry_says_which_event_it_tells_and_what_that_affects():
    person = make_person("zoe")
    with journal.transaction():
        journal.append(event("session.all_ended"), obj=person, actor=None, payload={"why": "it"})
        journal.append(event("thing.done"), actor=None)
    ended = JournalEntry.objects.get(action="session.all_ended")
    assert journal.effects_of(ended) == {Effect.SESSIONS}
    other = JournalEntry.objects.get(action="thing.done")
    assert journal.event_of(other) is None
    assert journal.effects_of(other) == set()


def test_two_events_have_two_names():
    [known] = [each for each in journal.declared() if each.name == "session.all_ended"]
    journal.declare([known])
    with pytest.raises(ValueError, match=known.name):
        journal.declare([event(known.name)])


def test_a_code_is_told_in_words_and_none_that_is_not_known():
    [signed] = [each for each in journal.declared() if each.codes is not None][:1]
    code = next(iter(signed.codes.words))
    assert str(signed.codes.words[code]) in signed.code_in({signed.codes.key: code})
    assert signed.code_in({signed.codes.key: "of another release"}) == ""
    assert signed.code_in({}) == event("thing.done").code_in({"why": code}) == ""


def test_the_page_of_the_journal_has_the_table_of_all_events(capsys):
    call_command("journal_events")
    table = capsys.readouterr().out
    assert table.startswith("| event |")
    page = (ROOT / "docs/journal.md").read_text()
    assert page.endswith(table), "write it again: manage.py journal_events"
