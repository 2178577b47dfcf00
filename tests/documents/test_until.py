"""Whoever was given access until a day sees that day, and nothing of what others were given."""

from __future__ import annotations

from datetime import date

import pytest

from directory import access, dates
from directory.access import Level
from directory.actions.grants import grant_access
from directory.models import Role
from documents.actions import share
from tests.directory.factories import group_of, join
from tests.html import read_in

from .asking import page
from .factories import make_document, make_folder

pytestmark = pytest.mark.one_database

FIRST, LATER = date(2031, 11, 1), date(2031, 12, 1)
SAID = "Accès jusqu’au 1er novembre 2031"


def shown(person, address):
    return read_in(page(person, address))


def give(full, where, until, *, to=None, level=Level.READ):
    end = dates.end_of(until) if until else None
    share(actor=full.head, node=where, to=to or full.stranger, level=level, expires_at=end)


@pytest.fixture
def lent(full):
    """A folder that somebody from elsewhere was invited to, until a day."""
    full.lent = make_folder(full.folder, "Partage")
    full.inside = make_document(full.lent, "dedans.txt")
    full.addresses = ("/spaces/", f"/d/{full.lent.pk}/", f"/d/{full.inside.pk}/")
    give(full, full.lent, FIRST)
    return full


def test_the_last_day_stands_where_the_person_sees_it(lent):
    for address in lent.addresses:
        assert SAID in shown(lent.stranger, address), address
        english = page(lent.stranger, address, headers={"accept-language": "en"})
        assert "Access until 1 November 2031" in read_in(english), address


def test_the_last_day_of_a_space_stands_in_the_list_and_in_the_space(full):
    scope = full.space.scope
    grant_access(
        actor=None,
        scope=scope,
        level=Level.READ,
        to=full.stranger,
        expires_at=dates.end_of(FIRST),
    )
    for address in ("/spaces/", "/spaces/budgets/", f"/d/{full.document.pk}/"):
        assert SAID in shown(full.stranger, address), address
        assert "Accès jusqu’au" not in shown(full.member, address), address


def test_others_are_told_nothing_of_it(lent):
    for person in (lent.member, lent.head):
        for address in lent.addresses:
            assert "Accès jusqu’au" not in shown(person, address), address


def test_what_lasts_longest_counts_and_what_has_no_end_is_not_told_of(lent):
    here = group_of(lent.schools, Role.MEMBER)
    give(lent, lent.lent, LATER, to=here)
    join(lent.stranger, here)
    assert "Accès jusqu’au 1er décembre 2031" in shown(lent.stranger, lent.addresses[1])
    give(lent, lent.inside, None)
    assert "Accès jusqu’au" not in shown(lent.stranger, lent.addresses[2])
    assert "Accès jusqu’au" in shown(lent.stranger, lent.addresses[1])


def test_the_ends_of_many_places_are_two_queries_and_one_where_nothing_ends(
    lent, django_assert_num_queries
):
    lent.lent.refresh_from_db()
    with django_assert_num_queries(1):
        assert access.ends(lent.member, [lent.lent.scope_id, lent.space.scope_id]) == {}
    with django_assert_num_queries(2):
        found = access.ends(lent.stranger, [lent.lent.scope_id, lent.space.scope_id])
    assert found == {lent.lent.scope_id: dates.end_of(FIRST)}
    with django_assert_num_queries(0):
        assert access.ends(lent.stranger, []) == {}
