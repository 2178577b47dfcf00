"""What the directory says of groups, and what became of each reading of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .group import AccessGroup
from .person import DirectorySource, Person


class DirGroup(models.Model):
    """A group of the directory, as last read.

    Identity is (source, external_id), as with people; `dn` is only shown. A group that
    the directory has no more keeps its row, with `gone_at`, while a rule names it.
    """

    source = models.ForeignKey(DirectorySource, on_delete=models.PROTECT, related_name="groups")
    external_id = models.UUIDField(_("immutable id in the directory"))
    name = models.CharField(_("name"), max_length=255)
    dn = models.TextField(_("DN"), blank=True)
    description = models.CharField(_("description"), max_length=500, blank=True)
    gone_at = models.DateTimeField(_("gone since"), null=True, blank=True)

    class Meta:
        verbose_name = _("directory group")
        verbose_name_plural = _("directory groups")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="dir_group_identity")
        ]

    def __str__(self) -> str:
        return self.name


class GroupEdge(models.Model):
    """The directory lists the group `child` among the members of the group `parent`."""

    parent = models.ForeignKey(DirGroup, on_delete=models.CASCADE, related_name="child_edges")
    child = models.ForeignKey(DirGroup, on_delete=models.CASCADE, related_name="parent_edges")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["parent", "child"], name="group_edge_once")]

    def __str__(self) -> str:
        return f"{self.parent_id} ⊃ {self.child_id}"


class GroupMember(models.Model):
    """The directory lists `person` among the members of `group`."""

    group = models.ForeignKey(DirGroup, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="dir_groups")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["group", "person"], name="group_member_once")
        ]

    def __str__(self) -> str:
        return f"{self.group_id} ∋ {self.person_id}"


class GroupRule(models.Model):
    """Who is in `dir_group` is in `access_group`; with `nested`, through groups in it too."""

    dir_group = models.ForeignKey(
        DirGroup,
        on_delete=models.PROTECT,
        related_name="rules",
        verbose_name=_("directory group"),
    )
    access_group = models.ForeignKey(
        AccessGroup,
        on_delete=models.PROTECT,
        related_name="rules",
        verbose_name=_("access group"),
    )
    nested = models.BooleanField(_("members of nested groups too"), default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("group rule")
        verbose_name_plural = _("group rules")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["dir_group", "access_group"], name="group_rule_once")
        ]

    def __str__(self) -> str:
        return f"{self.dir_group} → {self.access_group}"


class SyncRun(models.Model):
    """One reading of the directory and what came of it.

    Where it is not `is_whole`, of what was written lately alone.
    `diff` lists what was, or would be, changed (bounded; `counts` are exact); `digest`
    stands for what is held, so that an approval is of this and nothing else; `beside` has
    counts and diff of what was written all the same while the rest is held; `position` is
    how far the directory had come when it was read; `shows_passwords`: whether it showed of
    anybody when the password was changed, None where nothing is known of that; `shown`: which
    attributes of people somebody was shown with; `losses`: what
    was lost by it and looked at by nobody (`directory.sync.lately`).
    """

    class Trigger(models.TextChoices):
        """What made the run start."""

        SCHEDULE = "schedule", _("schedule")
        CHANGE = "change", _("change in the directory")
        COMMAND = "command", _("command line")
        PAGE = "page", _("administration page")

    class State(models.TextChoices):
        """How it ended."""

        UNCHANGED = "unchanged", _("nothing to change")
        APPLIED = "applied", _("applied")
        HELD = "held", _("held for approval")
        FAILED = "failed", _("failed")
        DRY_RUN = "dry_run", _("dry run")

    source = models.ForeignKey(DirectorySource, on_delete=models.PROTECT, related_name="runs")
    trigger = models.CharField(_("started by"), max_length=10, choices=Trigger)
    state = models.CharField(_("outcome"), max_length=10, choices=State)
    is_whole = models.BooleanField(default=True, editable=False)
    started_at = models.DateTimeField(_("start"))
    finished_at = models.DateTimeField(_("end"))
    position = models.CharField(max_length=300, blank=True)
    shows_passwords = models.BooleanField(null=True, editable=False)
    shown = models.JSONField(default=list, editable=False)
    counts = models.JSONField(default=dict)
    diff = models.JSONField(default=dict)
    beside = models.JSONField(default=dict, blank=True)
    losses = models.JSONField(default=dict, editable=False)
    digest = models.CharField(max_length=64, blank=True)
    hold_reasons = models.JSONField(default=list)
    error = models.TextField(_("error"), blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    approves = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="approval"
    )

    class Meta:
        verbose_name = _("synchronisation")
        verbose_name_plural = _("synchronisations")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(approves=F("pk")), name="run_does_not_approve_itself"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.get_state_display()}"
