"""Grants on access scopes, and where they count. Above the directory nobody reads these tables."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from .group import AccessGroup
from .scope import AccessScope
from .user import User


class ScopeInheritance(models.Model):
    """The closure of inheritance: a grant on `ancestor` counts on `descendant`.

    Each scope is its own ancestor at distance 0. Kept by `directory.actions.scopes`,
    so that a question about access is one join, however deep the tree.
    """

    ancestor = models.ForeignKey(AccessScope, on_delete=models.CASCADE, related_name="+")
    descendant = models.ForeignKey(AccessScope, on_delete=models.CASCADE, related_name="+")
    distance = models.PositiveSmallIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["descendant", "ancestor"], name="inheritance_pair")
        ]
        indexes = [models.Index(fields=["ancestor", "descendant"], name="inheritance_down")]

    def __str__(self) -> str:
        return f"{self.ancestor_id} → {self.descendant_id}"


class GrantFields(models.Model):
    """What a grant carries beside who, what and where."""

    kind: ClassVar[str]
    expires_at = models.DateTimeField(_("expires on"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    granted_at = models.DateTimeField(auto_now_add=True)
    # The grant by which the giver gave: this one ends with it, at the latest. None where it was
    # given by a role, by an IT administrator or by Marigot.
    basis_user = models.ForeignKey(
        "directory.UserGrant", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    basis_group = models.ForeignKey(
        "directory.GroupGrant", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )

    class Meta:
        abstract = True

    @property
    def is_bound(self) -> bool:
        """Whether it ends with the grant by which it was given."""
        return self.basis_user_id is not None or self.basis_group_id is not None

    @property
    def is_over(self) -> bool:
        """Whether its end has come: it counts no more."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def key(self) -> str:
        """Its name among the grants of both kinds, as "user-7"."""
        return f"{self.kind}-{self.pk}"


class UserGrant(GrantFields, UserObjectPermissionBase):
    """A grant on a scope to one person: an exception, best with an end."""

    kind = "user"
    id = models.BigAutoField(primary_key=True)
    content_object = models.ForeignKey(
        AccessScope, on_delete=models.CASCADE, related_name="user_grants"
    )

    class Meta(UserObjectPermissionBase.Meta):
        default_permissions = ()
        verbose_name = _("grant to a person")
        verbose_name_plural = _("grants to people")

    def __str__(self) -> str:
        return f"{self.permission.codename} on {self.content_object_id} to user {self.user_id}"

    @property
    def receiver(self) -> User:
        """The account that it is given to."""
        return self.user


class GroupGrant(GrantFields, GroupObjectPermissionBase):
    """A grant on a scope to an access group."""

    kind = "group"
    id = models.BigAutoField(primary_key=True)
    content_object = models.ForeignKey(
        AccessScope, on_delete=models.CASCADE, related_name="group_grants"
    )

    class Meta(GroupObjectPermissionBase.Meta):
        default_permissions = ()
        verbose_name = _("grant to a group")
        verbose_name_plural = _("grants to groups")

    def __str__(self) -> str:
        return f"{self.permission.codename} on {self.content_object_id} to group {self.group_id}"

    @property
    def receiver(self) -> AccessGroup | Group:
        """The access group that it is given to; a group of Django's own has none."""
        return getattr(self.group, "access_group", self.group)
