"""How much may change in one reading by itself."""

from __future__ import annotations

import pytest

from directory.sync.limits import Limit


@pytest.mark.parametrize(
    ("text", "total", "most"),
    [("5 2%", 100, 5), ("5 2%", 1000, 20), (" 0  50 % ", 5, 2), ("0 0%", 10_000, 0)],
)
def test_a_limit_is_a_number_or_a_share_whichever_is_more(text, total, most):
    assert Limit.parse(text).of(total) == most


@pytest.mark.parametrize(
    "text", ["", "5", "2%", "5 2", "-1 2%", "5 101%", "5 2.5%", "²  2%", "5,2%"]
)
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(ValueError, match="number"):
        Limit.parse(text)
