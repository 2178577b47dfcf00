"""When each periodic job ran last, and how that ended."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone

from directory.lease import is_dead


class PeriodicJob(models.Model):
    """A job that is done by the clock: when it is due, its last run, and who is at work on it.

    `started_at` is of the last run, `finished_at` and `milliseconds` of the last that came to its
    end, well or not. `failures` counts those in a row that did not end well; `failure` says how
    the last of them failed, nothing where the process was gone in the middle of it.
    """

    name = models.CharField(max_length=60, primary_key=True)
    due_at = models.DateTimeField()
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    milliseconds = models.PositiveBigIntegerField(null=True)
    failures = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    failure = models.TextField(blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    def is_at_work(self, now: datetime | None = None) -> bool:
        """Tell whether somebody is at work on it."""
        until = self.lease_until
        held = bool(self.lease_owner) and until is not None and until > (now or timezone.now())
        return held and not is_dead(self.lease_owner)

    def was_interrupted(self, now: datetime | None = None) -> bool:
        """Tell whether its last run was left in the middle, or had to be begun anew for that."""
        if self.is_at_work(now):
            return False
        return bool(self.lease_owner) or bool(self.failures and not self.failure)
