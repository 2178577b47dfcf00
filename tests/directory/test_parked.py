"""Looking at the consumers, and taking up again what they parked."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from directory import consumers
from directory.consumers import parked
from directory.models import ParkedEntry

from .test_consumers import Recorder, recorder, write

__all__ = ["recorder"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def poisoned(recorder: Recorder) -> list[int]:
    """Two parked entries among four."""
    sequences = write(4)
    recorder.poisonous = {sequences[0], sequences[2]}
    consumers.drain(recorder.name)
    return sequences


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("consumers", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_what_works_now_is_parked_no_more_and_the_rest_stays(recorder, poisoned):
    recorder.seen.clear()
    recorder.poisonous = {poisoned[2]}
    handled = {entry.entry_id: good for entry, good in parked.retry(recorder.name)}
    assert handled == {poisoned[0]: True, poisoned[2]: False}
    assert recorder.seen == [poisoned[0]]
    (left,) = ParkedEntry.objects.filter(consumer=recorder.name)
    assert left.entry_id == poisoned[2]
    assert left.attempts == 4


def test_the_command_tells_how_each_stands_and_what_is_parked(recorder, poisoned):
    write(1)
    told = run()
    assert f"{recorder.name}: at {poisoned[-1]}, 2 behind, not at work" in told
    assert f"parked: {poisoned[0]}, after 3 attempts: ValueError: poison" in told
    assert "notices: has not run yet" in told


def test_the_command_tries_again_and_fails_where_something_stays(recorder, poisoned):
    recorder.poisonous = {poisoned[2]}
    with pytest.raises(CommandError, match="1 entries handled; 1 failed again"):
        run("--retry", recorder.name)
    recorder.poisonous = set()
    assert "1 entries handled; none is parked." in run("--retry", recorder.name)
    assert not ParkedEntry.objects.filter(consumer=recorder.name).exists()


def test_a_server_that_is_down_is_told_and_leaves_everything_parked(recorder, poisoned):
    recorder.down = True
    with pytest.raises(CommandError, match="the server is down"):
        run("--retry", recorder.name)
    assert ParkedEntry.objects.filter(consumer=recorder.name).count() == 2


def test_an_unknown_consumer_is_refused_with_those_there_are(recorder):
    with pytest.raises(CommandError, match=r"no consumer called nothing; there are: .*notices"):
        run("--retry", "nothing")
