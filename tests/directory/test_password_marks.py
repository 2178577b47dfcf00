"""What a mark of the directory tells of a password, as OpenLDAP, AD and 389 DS write it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from directory.actions.people import note_passwords
from directory.models import JournalEntry, Person
from directory.password_marks import REMEMBERED, Meaning, meaning, remembered
from tests.directory.factories import make_person

READ_AT = datetime(2026, 11, 26, 11, 0, tzinfo=UTC)
# 2026-11-26 11:06:31, and a month before it
AD_NOW, AD_LONG_AGO = "134401647918904520", "134375727918904520"
DS_NOW, DS_LONG_AGO = "20261126110641Z", "20261026110641Z"


@pytest.mark.parametrize(
    ("kept", "former", "shown", "said"),
    [
        # nothing new
        (DS_NOW, [], DS_NOW, Meaning.SAME),
        ("", [], "", Meaning.SAME),
        (AD_NOW, [], "", Meaning.SAME),  # hidden from the reading account
        # asked for the first time
        (None, [], AD_LONG_AGO, Meaning.NOTED),
        (None, [], "", Meaning.NOTED),
        # changed, whatever the clock of the server says
        (AD_LONG_AGO, [], AD_NOW, Meaning.CHANGED),
        (DS_NOW, [], DS_LONG_AGO, Meaning.CHANGED),
        # OpenLDAP and 389 DS show none before the first change
        ("", [], DS_NOW, Meaning.CHANGED),
        ("", [], "20261126110641.123456Z", Meaning.CHANGED),
        # it was there, and could not be seen
        ("", [], DS_LONG_AGO, Meaning.NOTED),
        ("", [], "20261026110641.5Z", Meaning.NOTED),
        ("", [], AD_LONG_AGO, Meaning.NOTED),
        ("", [], AD_NOW, Meaning.CHANGED),
        # no time at all: in doubt, the sessions end
        ("", [], "20261326110641Z", Meaning.CHANGED),
        ("", [], "yesterday", Meaning.CHANGED),
        ("", [], "999999999999999999", Meaning.CHANGED),
        # AD: a new password has to be chosen; then it was, or the order was taken back
        (AD_NOW, [], "0", Meaning.CHANGED),
        ("0", [AD_LONG_AGO], "0", Meaning.SAME),
        ("0", [AD_LONG_AGO], AD_NOW, Meaning.NOTED),
        # another server of the same directory, which has the change not yet
        (AD_NOW, [AD_LONG_AGO], AD_LONG_AGO, Meaning.BEHIND),
        (DS_NOW, ["20261125000000Z", DS_LONG_AGO], DS_LONG_AGO, Meaning.BEHIND),
    ],
)
def test_what_a_mark_says(kept, former, shown, said):
    assert meaning(shown, kept=kept, former=former, read_at=READ_AT) is said


def test_before_the_first_reading_a_first_mark_is_a_change():
    assert meaning(DS_LONG_AGO, kept="", former=[], read_at=None) is Meaning.CHANGED


def test_the_last_marks_are_remembered_and_no_more():
    former: list[str] = []
    for number in range(REMEMBERED + 3):
        former = remembered(f"mark {number}", former)
    assert former == ["mark 6", "mark 5", "mark 4", "mark 3"]
    assert remembered("0", former) == remembered("", former) == remembered(None, former) == former
    assert remembered("mark 4", former) == ["mark 4", "mark 6", "mark 5", "mark 3"]


# Kept, and sessions ended


@pytest.fixture
def zoe(db: None) -> Person:
    return make_person("zoe.finance", password_mark=DS_LONG_AGO).person


def ends(person: Person, mark: str, *, signing_in: bool = False) -> int:
    """Be shown `mark`; return how often the sessions of `person` ended by it."""
    before = JournalEntry.objects.filter(action="session.all_ended").count()
    note_passwords(
        actor=None,
        source=person.source,
        marks={person.external_id: mark},
        read_at=READ_AT,
        signing_in=signing_in,
    )
    person.refresh_from_db()
    return JournalEntry.objects.filter(action="session.all_ended").count() - before


def test_servers_that_are_not_equally_far_end_the_sessions_once(zoe):
    assert ends(zoe, DS_NOW) == 1
    assert [ends(zoe, mark) for mark in (DS_LONG_AGO, DS_NOW) * 3] == [0] * 6
    assert zoe.password_mark == DS_NOW
    assert ends(zoe, "20261127000000Z") == 1  # by an administrator, and by herself
    assert [ends(zoe, mark) for mark in (DS_LONG_AGO, DS_NOW, "20261127000000Z")] == [0] * 3


def test_a_session_begun_on_a_server_that_lags_ends_with_the_next_reading(zoe):
    assert ends(zoe, DS_NOW) == 1
    # That server may have let her in by the password of before.
    assert ends(zoe, DS_LONG_AGO, signing_in=True) == 0
    assert ends(zoe, DS_NOW) == 1
    assert ends(zoe, DS_LONG_AGO) == 0


def test_an_order_to_choose_a_password_ends_the_sessions_and_the_choice_none(zoe):
    first, second = AD_LONG_AGO, AD_NOW
    assert [ends(zoe, mark) for mark in (first, "0", "0", second, second)] == [1, 1, 0, 0, 0]
    assert [ends(zoe, mark) for mark in ("0", second)] == [1, 0]  # given again, taken back
    assert ends(zoe, "134401656000000000") == 1
