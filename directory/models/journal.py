"""The journal: audit, outbox and live feed in one log."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class JournalHead(models.Model):
    """The one row that is locked while entries are numbered (primary key 1)."""

    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_journal_head"),
        ]

    def __str__(self) -> str:
        return str(self.sequence)


class JournalEntry(models.Model):
    """Something that was done. Written by `directory.journal` alone, and never changed.

    `sequence` has no gap and is the order of commits. `hash` is that of the fields and
    of the entry before (see `directory.journal.chain`).
    """

    class Outcome(models.TextChoices):
        """How it went."""

        DONE = "done", _("done")
        DENIED = "denied", _("denied")
        FAILED = "failed", _("failed")

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(_("time"), db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="journal_entries",
        verbose_name=_("who"),
        db_index=False,  # journal_actor
    )
    actor_name = models.CharField(_("name"), max_length=200, blank=True)
    action = models.CharField(_("action"), max_length=60)
    object_type = models.CharField(_("kind of object"), max_length=60, blank=True)
    object_id = models.CharField(_("object"), max_length=64, blank=True)
    scope_id = models.BigIntegerField(_("access scope"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.DONE)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    payload = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")
        default_permissions = ("view",)
        ordering = ["sequence"]
        # Each ends with the number: see directory.journal.selectors.
        indexes = [
            models.Index(fields=["object_type", "object_id", "sequence"], name="journal_object"),
            models.Index(fields=["object_type", "sequence"], name="journal_kind"),
            models.Index(fields=["actor", "sequence"], name="journal_actor"),
            models.Index(fields=["outcome", "sequence"], name="journal_outcome"),
            models.Index(fields=["action", "sequence"], name="journal_action"),
            models.Index(fields=["scope_id", "sequence"], name="journal_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action} {self.object_type}:{self.object_id}"

    @property
    def words(self) -> str:
        """What was done, in the reader's language."""
        from directory.journal.events import words_for

        return words_for(self.action)
