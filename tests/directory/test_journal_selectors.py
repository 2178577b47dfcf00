"""A long journal: its filters find the same as a walk through all of it, and do not walk."""

from __future__ import annotations

import random

import pytest
from django.db import OperationalError, connection
from django.db.models import Q
from django.urls import reverse

from directory import journal
from directory.journal.selectors import loaded
from directory.models import JournalEntry
from directory.views.access.journal import Filters
from tests.cost import steps
from tests.directory.factories import event

from .access_world import admin, client, world
from .factories import make_person, make_scope, make_service
from .outages import missing_table, out_of_reach, row_that_is_no_text

pytestmark = pytest.mark.django_db
__all__ = ["admin", "client", "world"]  # fixtures


def write(number: int, action: str = "document.uploaded", **fields) -> None:
    """Append `number` entries in one transaction."""
    with journal.transaction():
        for _ in range(number):
            journal.append(
                event(action), actor=fields.get("actor"), **{"scope": fields.get("scope")}
            )


def shown(filters: Filters, limit: int, before: int | None = None) -> list[int]:
    return [entry.sequence for entry in filters.newest(limit, before)]


def test_the_filters_find_what_a_walk_through_the_journal_finds():
    dice = random.Random(7)
    service, other = make_service("finance"), make_service("works")
    below = make_scope(parent=service.scope, inherits=True)
    scopes = [service.scope, service.public_scope, below, other.scope, None]
    people = [make_person("ada.one"), make_person("bea.two"), None]
    outcomes = JournalEntry.Outcome.values
    for _ in range(300):
        with journal.transaction():
            journal.append(
                event(dice.choice(["grant.given", "grant.revoked", "document.moved"])),
                actor=dice.choice(people),
                obj=dice.choice([*people, service]),
                scope=dice.choice(scopes),
                outcome=dice.choice(outcomes),
            )
    inside = [service.scope_id, service.public_scope_id, below.pk]
    conditions = {
        ("service", "finance"): Q(scope_id__in=inside),
        ("person", "ada.one"): Q(actor=people[0])
        | Q(object_type="directory.user", object_id=str(people[0].pk)),
        ("action", "grant."): Q(action__startswith="grant."),
        ("outcome", "failed"): Q(outcome="failed"),
    }
    last = journal.last_sequence()
    for _ in range(60):
        chosen = dice.sample(list(conditions), dice.randint(0, 4))
        limit = dice.choice([1, 5, 50, 1000])
        before = dice.choice([None, dice.randint(1, last)])
        walked = JournalEntry.objects.order_by("-sequence")
        for each in chosen:
            walked = walked.filter(conditions[each])
        if before is not None:
            walked = walked.filter(sequence__lt=before)
        expected = list(walked.values_list("sequence", flat=True)[:limit])
        assert shown(Filters(**dict(chosen)), limit, before) == expected, (chosen, limit, before)


def test_what_nobody_did_is_not_found():
    assert shown(Filters(action="nothing."), 10) == []
    assert shown(Filters(person="nobody"), 10) == []


# Each filter, with a value that entries pass.
PASSING = {
    "service": "finance",
    "person": "ida.admin",
    "action": "session.",
    "outcome": "done",
    "since": "2001-01-01",
    "until": "2999-12-31",
}
# Those that may ask for what no entry can be.
BARREN = {"person": "nobody", "action": "nothing."}


@pytest.mark.parametrize("barren", BARREN)
@pytest.mark.parametrize("beside", PASSING)
def test_a_filter_that_nothing_passes_finds_nothing_beside_any_other(client, world, beside, barren):
    write(1, "session.begun", scope=world.service.scope)
    asked = {beside: PASSING[beside]} | {barren: BARREN[barren]}
    assert shown(Filters(**asked), 10) == []
    answer = client.get(reverse("directory:access_journal"), asked)
    assert answer.status_code == 200
    assert answer.context["lines"] == []
    taken = client.post(reverse("directory:access_journal_export"), asked)
    if barren == "person":  # of whom the page tells that nobody is known by it
        assert taken.status_code == 302
    else:
        rows = b"".join(taken.streaming_content).decode("utf-8-sig").splitlines()
        assert [row.split(";")[0] for row in rows] == ["number"]


@pytest.mark.parametrize(
    "asked",
    [
        {"action": "session."},
        {"outcome": "failed"},
        {"person": "ida.admin"},
        {"service": "finance"},
        {"until": "2001-01-01"},
        {},
    ],
)
def test_a_filter_costs_what_it_shows_however_long_the_journal(client, world, asked):
    url = reverse("directory:access_journal")
    write(100)
    client.get(url, asked)
    few = steps(lambda: client.get(url, asked))
    write(3000)
    assert steps(lambda: client.get(url, asked)) < 1.5 * few


def test_the_overview_costs_what_it_shows_however_long_the_journal(client, world):
    url = reverse("directory:access")
    write(100)
    client.get(url)
    few = steps(lambda: client.get(url))
    write(3000)
    assert steps(lambda: client.get(url)) < 1.5 * few


def test_all_actions_there_are_can_be_chosen():
    write(1, "one.done")
    write(5000)
    write(1, "other.done")
    assert {"one.done", "other.done", "document.uploaded"} <= set(journal.actions())
    assert journal.actions() == sorted(set(journal.actions()))


@pytest.mark.django_db
@pytest.mark.parametrize("at", ["once", "the single one"])
def test_a_database_that_goes_away_makes_no_entry_unreadable(at):
    write(1)
    damaged = missing_table() if connection.vendor == "postgresql" else row_that_is_no_text()
    gone, asked = out_of_reach(), []

    def answer(execute, sql, params, many, context):
        asked.append(sql)
        if at == "once" or len(asked) == 3:
            raise gone
        if len(asked) == 1:
            raise damaged
        return execute(sql, params, many, context)

    with connection.execute_wrapper(answer), pytest.raises(OperationalError) as raised:
        loaded(JournalEntry.objects.order_by("sequence")[:3])
    assert raised.value is gone
