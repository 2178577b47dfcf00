"""Numbers, text and days from outside come through one door: held over the whole tree."""

from __future__ import annotations

import pytest

from tests.directory.outside_rule import breaches, broken


@pytest.mark.parametrize(
    "planted",
    [
        'page = int(request.GET["page"])',
        'page = int(request.GET.get("page", 1))',
        'n = int(self.request.headers["X-Number"])',
        'n = float(request.COOKIES.get("n"))',
        'day = date.fromisoformat(request.POST["day"])',
        "if text.isdigit(): pass",
        "if text.isnumeric() or text.isdecimal(): pass",
    ],
)
def test_a_planted_breach_is_found(planted):
    assert list(broken(planted, at_the_door=False))


def test_where_requests_are_read_no_number_is_made_by_hand():
    assert list(broken("n = int(text)", at_the_door=True)) == [(1, "int")]
    assert not list(broken("n = int(text)", at_the_door=False))
    assert not list(broken("n = number_from_outside(request.GET.get('n'))", at_the_door=True))


def test_the_tree_keeps_the_rule():
    assert not breaches(), "use directory.outside for: " + ", ".join(breaches())
