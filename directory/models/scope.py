"""Access scopes: the places where access is granted."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase


class ScopeKind(models.TextChoices):
    """What a scope stands for."""

    SITE = "site", _("whole organisation")
    SERVICE = "service", _("service")
    SECTION = "section", _("public part of a service")
    SPACE = "space", _("document space")
    FOLDER = "folder", _("folder")
    DOCUMENT = "document", _("document")
    CUSTOM = "custom", _("other")


class AccessScope(models.Model):
    """A place where access is granted, in a tree.

    `inherits` true: the grants of the parent count here too; false: only its own do.
    Rows are made and changed by `directory.actions.scopes` alone, which keeps
    `ScopeInheritance` in step.
    """

    kind = models.CharField(_("kind"), max_length=20, choices=ScopeKind)
    label = models.CharField(_("name"), max_length=255)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    inherits = models.BooleanField(_("inherits the parent’s grants"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("access scope")
        verbose_name_plural = _("access scopes")
        default_permissions = ()
        permissions = [
            ("read", "Can read what is in the scope"),
            ("contribute", "Can add to and change what is in the scope"),
            ("manage", "Can manage the scope and who has access to it"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind="site"), name="one_site_scope"
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("pk")), name="scope_is_not_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @classmethod
    def site(cls) -> AccessScope:
        """The scope of what the whole organisation reads.

        Raises AccessScope.DoesNotExist before the first migration has made it.
        """
        return cls.objects.get(kind=ScopeKind.SITE)


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
    def receiver(self) -> Any:
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
    def receiver(self) -> Any:
        """The access group that it is given to; a group of Django's own has none."""
        return getattr(self.group, "access_group", self.group)
