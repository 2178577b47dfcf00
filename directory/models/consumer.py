"""Where each reader of the journal stands."""

from __future__ import annotations

from django.db import models


class ConsumerCursor(models.Model):
    """A reader of the journal: the last entry it has done, and who holds its lease."""

    name = models.CharField(max_length=60, primary_key=True)
    sequence = models.BigIntegerField(default=0)
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} at {self.sequence}"


class ParkedEntry(models.Model):
    """An entry that a consumer could not handle after several tries, kept with its error."""

    consumer = models.CharField(max_length=60)
    entry = models.ForeignKey("directory.JournalEntry", on_delete=models.PROTECT, related_name="+")
    attempts = models.PositiveSmallIntegerField()
    error = models.TextField()
    parked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["consumer", "entry"], name="parked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.consumer}: {self.entry_id}"
