"""Access groups: who holds which role where."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What the members of an access group are to the service, or to the site."""

    MEMBER = "member", _("member")
    CONTRIBUTOR = "contributor", _("contributor")
    HEAD = "head", _("head")
    EVERYONE = "everyone", _("everyone")
    IT_ADMIN = "it_admin", _("IT administrator")
    CUSTOM = "custom", _("other")


SERVICE_ROLES = (Role.MEMBER, Role.CONTRIBUTOR, Role.HEAD)


class AccessGroup(models.Model):
    """A set of people that grants are given to; one to one with Django's group."""

    group = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="access_group")
    service = models.ForeignKey(
        "directory.Service",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="access_groups",
        verbose_name=_("service"),
    )
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.CUSTOM)

    class Meta:
        verbose_name = _("access group")
        verbose_name_plural = _("access groups")
        constraints = [
            models.UniqueConstraint(
                fields=["service", "role"],
                condition=Q(role__in=["member", "contributor", "head"]),
                name="one_group_per_role_of_a_service",
            ),
            models.UniqueConstraint(
                fields=["role"],
                condition=Q(role__in=["everyone", "it_admin"]),
                name="one_group_per_role_of_the_site",
            ),
            models.CheckConstraint(
                condition=Q(service__isnull=False) | ~Q(role__in=["member", "contributor", "head"]),
                name="role_of_a_service_has_a_service",
            ),
        ]

    def __str__(self) -> str:
        if self.service is not None:
            return f"{self.service} · {self.get_role_display()}"
        if self.role == Role.CUSTOM:
            return self.group.name
        return str(self.get_role_display())


class Membership(models.Model):
    """Why somebody is in an access group.

    `origin` directory: the sync made it and the sync alone may take it away; `via` is
    then the path of directory groups that led to it. `origin` manual: a person did.
    A person is in the group while there is at least one such row; Django's
    `user.groups` follows them (see `directory.actions.memberships`).
    """

    class Origin(models.TextChoices):
        """Who made the membership."""

        DIRECTORY = "directory", _("directory")
        MANUAL = "manual", _("by hand")

    access_group = models.ForeignKey(
        AccessGroup, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    origin = models.CharField(max_length=20, choices=Origin, default=Origin.DIRECTORY)
    via = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["access_group", "user", "origin"], name="one_membership_per_origin"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.access_group_id} ({self.origin})"
