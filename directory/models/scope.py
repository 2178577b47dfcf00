"""Access scopes: the places where access is granted."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


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
