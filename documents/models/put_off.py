"""What waits to be read until nothing else does, and what reading an asker's files takes.

An asker is a person, by number, or 0: what operators import, and what nobody brought.
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from .version import Version


class PutOff(models.Model):
    """A version that is read when no arrival waits, in turn by asker.

    `again`: its turn has come already, and its first seconds were not enough. `sequence` is that
    of the journal's entry which told of it.
    """

    version = models.OneToOneField(
        Version, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    asker = models.BigIntegerField()
    sequence = models.BigIntegerField()
    again = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        indexes = (models.Index(fields=["asker", "again", "sequence"], name="put_off_in_turn"),)

    def __str__(self) -> str:
        return str(self.version_id)


class ReadingTime(models.Model):
    """How long reading the files of an asker took since `since` (see `documents.turns`)."""

    asker = models.BigIntegerField(primary_key=True)
    milliseconds = models.BigIntegerField(default=0)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.asker}: {self.milliseconds} ms"
