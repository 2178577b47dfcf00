"""The questions that tests ask of pages."""

from __future__ import annotations

import pytest

from tests.html import element, elements, has, read_in, texts, value_of, values

PAGE = """<main><a
  class="chip on" href="?a=1&amp;b=2">All
  years</a> <a href="/x/">Trésor&nbsp;: <b>&lt;b&gt;</b></a>
<input value="7" name="n"><textarea name="t">
two
lines</textarea></main>"""


def test_lines_and_the_order_of_attributes_are_free():
    assert has(PAGE, "a.chip[href='?a=1&b=2']", "All years")
    assert has(PAGE.encode(), ".chip")
    assert not has(PAGE, "a.chip", "All")
    assert not has(PAGE, "b a")


def test_text_is_as_it_is_seen():
    assert texts(PAGE, "a") == ["All years", "Trésor\xa0: <b>"]
    assert read_in(element(PAGE, "b")) == "<b>"


def test_attributes_and_fields():
    assert values(PAGE, "a", "href") == ["?a=1&b=2", "/x/"]
    assert values(PAGE, "a", "class") == ["chip on"]
    assert (value_of(PAGE, "n"), value_of(PAGE, "t")) == ("7", "two\nlines")


@pytest.mark.parametrize("selector", ["a", "i"])
def test_one_is_one(selector):
    with pytest.raises(AssertionError, match="of '"):
        element(PAGE, selector)
    assert len(elements(PAGE, selector)) != 1
