"""Notices and their audiences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.access.scoped import ScopedModel
from directory.languages import in_english
from intranet.notices.querysets import NoticeQuerySet

if TYPE_CHECKING:
    from collections.abc import Iterable

TITLE_LENGTH = 200
BODY_LENGTH = 600


class NoticeKind(models.TextChoices):
    """What a notice is about."""

    NOTE = "note", _("note")
    MESSAGE = "message", _("message")
    REVIEW = "review", _("to review")
    CHANGES = "changes", _("changes requested")
    PUBLISHED = "published", _("published")
    DIRECTORY = "directory", _("directory")

    @property
    def icon(self) -> str:
        """The icon of the design that stands beside such a notice."""
        return _ICONS[self]


_ICONS = {
    NoticeKind.NOTE: "newspaper",
    NoticeKind.MESSAGE: "megaphone",
    NoticeKind.REVIEW: "square-pen",
    NoticeKind.CHANGES: "square-pen",
    NoticeKind.PUBLISHED: "circle-check",
    NoticeKind.DIRECTORY: "network",
}

# The kinds that come and go by themselves, with a draft's review or a reading of the directory.
NOT_SENT = (
    NoticeKind.REVIEW,
    NoticeKind.CHANGES,
    NoticeKind.PUBLISHED,
    NoticeKind.DIRECTORY,
)


class AudienceKind(models.TextChoices):
    """Whom a row of an audience names; none goes beyond those who may read the scope."""

    SCOPE_READERS = "scope_readers", _("everybody who may read it")
    EVERYONE = "everyone", _("the whole organisation")
    SERVICE = "service", _("a service")
    ACCESS_GROUP = "access_group", _("a group")
    PERSON = "person", _("a person")


# The kinds that take every reader of the notice's scope.
TO_ALL_READERS = (AudienceKind.SCOPE_READERS, AudienceKind.EVERYONE)


class Notice(ScopedModel):
    """A short piece of news for an audience.

    A notice is for a person who is in its audience, may read its scope and, where it is
    about a page, may read that page as it stands now. `sequence` is that of the journal
    entry of its publication: the order in which everybody gets the notices. Written by
    `intranet.notices.actions` alone.
    """

    sequence = models.BigIntegerField(null=True, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=NoticeKind)
    title_fr = models.CharField(_("title in French"), max_length=TITLE_LENGTH, blank=True)
    title_en = models.CharField(_("title in English"), max_length=TITLE_LENGTH, blank=True)
    body_fr = models.CharField(_("text in French"), max_length=BODY_LENGTH, blank=True)
    body_en = models.CharField(_("text in English"), max_length=BODY_LENGTH, blank=True)
    url = models.CharField(_("link"), max_length=500, blank=True)
    page = models.ForeignKey(
        settings.WAGTAIL_PAGE_MODEL,
        # Without its page nobody could tell any more who may know of it.
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("page"),
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="notices_written",
        verbose_name=_("author"),
    )
    published_at = models.DateTimeField(_("published on"))
    withdrawn_at = models.DateTimeField(_("withdrawn on"), null=True, blank=True)
    expires_at = models.DateTimeField(_("shown until"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        default_permissions = ()
        ordering = ["-sequence"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(title_fr="") | ~Q(title_en=""), name="notice_has_a_title"
            ),
        ]
        indexes = [models.Index(fields=["scope", "sequence"], name="notice_of_scope")]

    def __str__(self) -> str:
        return self.title

    def _in_language(self, french: str, english: str) -> str:
        if in_english():
            return english or french
        return french or english

    @property
    def title(self) -> str:
        """The title in the active language, else in the other."""
        return self._in_language(self.title_fr, self.title_en)

    @property
    def body(self) -> str:
        """The text in the active language, else in the other; may be empty."""
        return self._in_language(self.body_fr, self.body_en)

    @property
    def title_language(self) -> str:
        """Code of the language that `title` is in, for the `lang` attribute."""
        return "en" if (in_english() and self.title_en) or not self.title_fr else "fr"

    @property
    def icon(self) -> str:
        """The icon of its kind."""
        return NoticeKind(self.kind).icon

    @property
    def leads_somewhere(self) -> bool:
        """Whether there is a page or an address behind the notice."""
        return bool(self.page_id or self.url)

    @property
    def is_over(self) -> bool:
        """Whether the notice is past its end."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def get_absolute_url(self) -> str:
        """Address that opens what the notice is about, and marks it as read."""
        return reverse("notices:open", args=[self.pk])


class NoticeAudience(models.Model):
    """Whom a notice is for; several rows add up.

    `ref` is the id of the service, access group or account that `kind` speaks of, else null.
    """

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="audiences")
    kind = models.CharField(_("kind"), max_length=20, choices=AudienceKind)
    ref = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("audience")
        verbose_name_plural = _("audiences")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["notice", "kind", "ref"], name="audience_once"),
            # Two nulls are not equal to a database, so rows without a ref need their own.
            models.UniqueConstraint(
                fields=["notice", "kind"], condition=Q(ref__isnull=True), name="audience_kind_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["scope_readers", "everyone"], ref__isnull=True)
                | Q(kind__in=["service", "access_group", "person"], ref__isnull=False),
                name="audience_names_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.ref}" if self.ref is not None else self.kind

    @staticmethod
    def payload(audiences: Iterable[NoticeAudience]) -> list[dict[str, object]]:
        """Return `audiences` as the journal keeps them."""
        return [{"kind": str(row.kind), "ref": row.ref} for row in audiences]


class NoticeCause(models.Model):
    """A journal entry that asked for a notice; keeps it from being answered twice."""

    entry = models.OneToOneField(
        "directory.JournalEntry", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="causes")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.entry_id} → {self.notice_id}"
