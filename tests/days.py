"""Days: a test begins and ends on the same one.

Many tests enter today, or yesterday, and look at what a page makes of it: where midnight falls
between the two, what was right is wrong.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from django.utils import timezone

LONGEST = timedelta(minutes=2)
"""What a test takes that enters a day, on a slow machine."""


def left(now: datetime) -> timedelta:
    """Return how long it is until a day ends: that of the site, or that of UTC."""
    ends = []
    for zone in (UTC, timezone.get_default_timezone()):
        there = now.astimezone(zone)
        # Not a day of 24 hours: where the clock is put forward or back, it has 23 or 25.
        tomorrow = datetime.combine(there.date() + timedelta(days=1), datetime.min.time(), zone)
        ends.append(tomorrow.astimezone(UTC) - now)
    return min(ends)


def wait_where_one_ends() -> None:
    """Wait for the next day where this one is nearly over."""
    while (until := left(datetime.now(UTC))) <= LONGEST:
        time.sleep(until.total_seconds() + 0.01)
