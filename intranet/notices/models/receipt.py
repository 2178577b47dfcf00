"""What each person has read."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class NoticeCursor(models.Model):
    """How far a person has got: every notice up to `read_up_to` counts as read.

    `marked_at`: when everything was last marked as read, so that it can be undone.
    `revision` grows with each change of what is read, at `touched_at`; the hub tells by
    them that a count it holds is old.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_cursor"
    )
    read_up_to = models.BigIntegerField(default=0)
    marked_at = models.DateTimeField(null=True)
    revision = models.BigIntegerField(default=0)
    touched_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        verbose_name = _("reading position")
        verbose_name_plural = _("reading positions")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.person_id} at {self.read_up_to}"


class Receipt(models.Model):
    """What a person said of one notice: read, or (`read_at` null) kept as unread."""

    notice = models.ForeignKey("notices.Notice", on_delete=models.CASCADE, related_name="receipts")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_receipts"
    )
    read_at = models.DateTimeField(_("read on"), null=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "notice"], name="one_receipt_each"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.notice_id}"
