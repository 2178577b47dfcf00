"""Folders and documents."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.access.scoped import ScopedModel
from directory.models import AccessScope
from directory.sorting import SortKeyField
from documents import names
from documents.querysets import NodeManager

from .ids import new_id
from .space import Space


class Kind(models.IntegerChoices):
    """What a node is; folders sort first."""

    FOLDER = 0, _("folder")
    DOCUMENT = 1, _("document")


class Node(ScopedModel):
    """A folder or a document. Its id, its link and its history outlive every move and rename.

    `scope` says who may read it: that of the nearest node at or above it that has an
    `own_scope`, or that of the space. `name_key` and `name_sort` follow from `name`.
    `size`, `mime` and `modified_*` are those of the current version, kept here so that a
    folder is listed from one table. A node in the trash names in `trash_root` the node
    that was put there, itself or one above it. `back_to` is the folder in the trash that the
    node stayed behind from, out of the reach of who put it there, and goes back to with it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.PositiveSmallIntegerField(_("kind"), choices=Kind)
    space = models.ForeignKey(
        Space, on_delete=models.PROTECT, related_name="nodes", verbose_name=_("document space")
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="children",
        verbose_name=_("folder"),
    )
    name = models.CharField(_("name"), max_length=names.MAX_LENGTH)
    # Casefolding lengthens some letters: "ß" becomes "ss", "ΐ" three code points.
    name_key = models.CharField(max_length=3 * names.MAX_LENGTH, editable=False)
    name_sort = SortKeyField(max_length=names.MAX_LENGTH, editable=False)
    own_scope = models.OneToOneField(
        AccessScope, on_delete=models.PROTECT, null=True, related_name="node", editable=False
    )
    current_version = models.OneToOneField(
        "documents.Version", on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    size = models.BigIntegerField(_("size"), default=0)
    mime = models.CharField(_("type"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created on"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,  # accounts are never deleted
    )
    modified_at = models.DateTimeField(_("modified on"), default=timezone.now)
    modified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,  # accounts are never deleted
    )
    trashed_at = models.DateTimeField(_("moved to the trash on"), null=True)
    trashed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,  # accounts are never deleted
    )
    trash_root = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="trashed_with"
    )

    back_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )

    objects = NodeManager()

    class Meta:
        verbose_name = _("folder or document")
        verbose_name_plural = _("folders and documents")
        default_permissions = ()
        constraints = [
            # By scope: to refuse a name for a node that somebody may not see would tell
            # them that it is there. The actions refuse those that they may see.
            models.UniqueConstraint(
                fields=["parent", "name_key", "scope"],
                condition=Q(trashed_at__isnull=True),
                name="one_live_name_per_folder",
            ),
            models.UniqueConstraint(
                fields=["space"], condition=Q(parent__isnull=True), name="one_root_per_space"
            ),
            models.CheckConstraint(condition=~Q(parent=F("pk")), name="node_is_not_its_own_parent"),
            models.CheckConstraint(
                condition=Q(kind=Kind.FOLDER, current_version__isnull=True)
                | Q(kind=Kind.DOCUMENT, current_version__isnull=False, parent__isnull=False),
                name="documents_alone_have_versions",
            ),
            models.CheckConstraint(
                condition=Q(trashed_at__isnull=True, trash_root__isnull=True)
                | Q(trashed_at__isnull=False, trash_root__isnull=False, parent__isnull=False),
                name="trash_is_complete",
            ),
        ]
        indexes = [
            # A folder's listing, in its usual order, is a walk along this index.
            models.Index(
                fields=["parent", "kind", "name_sort", "id"],
                condition=Q(trashed_at__isnull=True),
                name="node_listing",
            ),
            # The newest documents of a scope. "Has a version" says that it is one: SQLite takes
            # an index with a condition where the query says the same without a value.
            models.Index(
                fields=["scope", "-modified_at"],
                condition=Q(trashed_at__isnull=True, current_version__isnull=False),
                name="node_recent",
            ),
            # A folder's listing, the newest first.
            models.Index(
                fields=["parent", "kind", "-modified_at", "-id"],
                condition=Q(trashed_at__isnull=True),
                name="node_listing_by_date",
            ),
            models.Index(
                fields=["space", "-trashed_at"],
                condition=Q(trash_root=F("id")),
                name="node_trash",
            ),
            models.Index(
                fields=["scope"], condition=Q(trash_root=F("id")), name="node_trash_scope"
            ),
            # What has rights of its own is little among much that has not. Of the index that is
            # unique, SQLite takes the rows for alike, most being empty, and reads the table.
            models.Index(
                fields=["own_scope"], condition=Q(own_scope__isnull=False), name="node_own_scope"
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.space)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the node, with the keys of its name in step."""
        self.set_name(self.name)
        super().save(*args, **kwargs)

    def set_name(self, name: str) -> None:
        """Set the name and the keys that follow from it."""
        self.name, self.name_key, self.name_sort = name, names.key(name), names.sort_key(name)

    @property
    def access_scope(self) -> AccessScope | None:
        """The scope that says who has access to this node apart from the folder it lies in.

        None where it has no rights of its own; the root of a space has those of the space.
        """
        return self.scope if self.parent_id is None else self.own_scope

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.kind == Kind.FOLDER

    @property
    def is_root(self) -> bool:
        """Whether it is the root folder of its space."""
        return self.parent_id is None

    @property
    def is_trashed(self) -> bool:
        """Whether it lies in the trash."""
        return self.trashed_at is not None

    @property
    def title(self) -> str:
        """The name, or that of the space for its root folder."""
        return self.name or self.space.name

    @property
    def extension(self) -> str:
        """The extension in small letters without the dot, empty where there is none."""
        return "" if self.is_folder else names.split(self.name)[1][1:].lower()

    def get_absolute_url(self) -> str:
        """The one address, which names neither the folders above nor, but for a root, the space.

        It stays through rename and move, and is open to whoever reads the node, also to those
        who read nothing around it. A root is known by the address of its space.
        """
        if self.parent_id is None:
            return self.space.get_absolute_url()
        return reverse("documents:node", args=[self.pk])
