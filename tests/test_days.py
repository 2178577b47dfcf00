"""No test begins on a day that ends before it does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from . import days


@pytest.mark.parametrize(
    ("now", "minutes"),
    [
        ("2026-11-30T12:00:00+00:00", 12 * 60),
        ("2026-11-30T23:59:00+00:00", 1),
        ("2026-12-01T00:00:00+00:00", 4 * 60),  # of the site's day
        ("2026-12-01T03:58:30+00:00", 1.5),
        ("2026-12-01T04:00:00+00:00", 20 * 60),
    ],
)
def test_the_day_of_the_site_counts_and_that_of_utc(settings, now, minutes):
    settings.TIME_ZONE = "America/Martinique"
    assert days.left(datetime.fromisoformat(now)) == timedelta(minutes=minutes)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_on_which_the_clock_is_changed_is_shorter_or_longer(settings, day, hours):
    settings.TIME_ZONE = "Europe/Paris"
    zone = ZoneInfo("Europe/Paris")
    begins = datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC)
    # The day of UTC ends two hours, or one, after that of Paris; from then on it is that one.
    assert days.left(begins + timedelta(hours=hours - 0.5)) == timedelta(minutes=30)


def test_who_comes_just_before_midnight_waits_for_it(monkeypatch):
    now = [datetime(2026, 11, 30, 23, 58, 30, tzinfo=UTC)]

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return now[0]

    def sleep(seconds):
        now[0] += timedelta(seconds=seconds)

    monkeypatch.setattr(days, "datetime", Clock)
    monkeypatch.setattr(days.time, "sleep", sleep)
    days.wait_where_one_ends()
    assert now[0].day == 1
    before = now[0]
    days.wait_where_one_ends()
    assert now[0] == before
