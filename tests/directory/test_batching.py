"""Things taken some at a time, in one way."""

from __future__ import annotations

import re

from django.conf import settings

from directory.batching import batched, weighed

APPS = ("directory", "documents", "intranet", "search", "config")
# They cut bytes, not rows: a stream, the records of a format.
OF_BYTES = {
    "intranet/pictures/job.py",
    "search/extraction/formats/outlook.py",
    "search/extraction/sink.py",
}
BY_HAND = re.compile(r"range\(0, len\([\w.]+\)[^,)]*, \w+\)")


def test_lists_of_one_size():
    assert list(batched([], 3)) == []
    assert list(batched(range(6), 3)) == [[0, 1, 2], [3, 4, 5]]
    assert list(batched((each for each in "abcd"), 3)) == [["a", "b", "c"], ["d"]]


def test_lists_that_weigh_what_they_may():
    def of(*weights):
        return list(weighed(weights, lambda weight: weight, most=3, heaviest=10))

    assert of() == []
    assert of(1, 1, 1, 1) == [[1, 1, 1], [1]]
    assert of(4, 6, 9, 9, 1) == [[4, 6], [9, 9], [1]]
    assert of(50, 50) == [[50], [50]]  # nothing is left out for its weight


def test_nobody_cuts_a_list_by_hand():
    files = [path for app in APPS for path in (settings.ROOT / app).rglob("*.py")]
    found = {
        str(path.relative_to(settings.ROOT)) for path in files if BY_HAND.search(path.read_text())
    }
    assert found - {"directory/batching.py"} == OF_BYTES
