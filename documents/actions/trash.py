"""The trash: nothing is destroyed there."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from directory import access, journal
from directory.access import Level
from directory.models import User
from documents import events, names
from documents.models import Node

from . import branches, tree
from .errors import Refused


def trash(*, actor: User | None, node: Node) -> Node:
    """Put `node`, with all below it, into the trash of its space and return it.

    What was in the trash already stays as it was put there. What is out of the actor's reach
    stays in the folder above (see `branches`). Raises Refused for a root, and where something
    below is seen by the actor and not theirs to change.
    """
    with journal.transaction():
        (node,) = tree.locked(node)
        tree.require(actor, Level.CONTRIBUTE, node.scope_id)
        if node.is_trashed:
            return node
        if node.parent is None:
            raise Refused(_("A document space cannot be moved to the trash."), code="root")
        branches.leave_behind(actor=actor, node=node, into_trash=True)
        node.trashed_at, node.trashed_by, node.trash_root = timezone.now(), actor, node
        count = (
            Node.objects.under(node)
            .live()
            .update(trashed_at=node.trashed_at, trashed_by=actor, trash_root=node)
        )
        journal.append(
            events.TRASHED[node.kind],
            obj=node,
            actor=actor,
            scope=node.scope_id,
            payload={"name": node.name, "parent": str(node.parent_id), "nodes": count},
        )
    return node


def restore_from_trash(*, actor: User | None, node: Node) -> Node:
    """Take back what was put into the trash, with all that went along with it.

    It goes where it was; where that folder is itself in the trash, into the nearest one
    above that is not. A name taken meanwhile gets a number. What is out of the actor's reach
    stays in the trash by itself. Raises Refused for what went into the trash along with a
    folder that the actor may take back: that is taken back instead.
    """
    with journal.transaction():
        (node,) = tree.locked(node)
        tree.require(actor, Level.CONTRIBUTE, node.scope_id)
        if not node.is_trashed:
            return node
        if node.trash_root_id != node.pk and _may_restore(actor, node.trash_root):
            raise Refused(
                _(
                    "“%(name)s” was moved to the trash with the folder that contains it: restore "
                    "that folder."
                )
                % {"name": node.name},
                code="trashed_with_folder",
            )
        parent = home = _parent(node)
        while home.is_trashed and home.parent is not None:
            home = home.parent
        on_its_own = node.own_scope is not None and not node.own_scope.inherits
        if home.scope_id != parent.scope_id and not on_its_own:
            # In another folder it would be seen by others than those it was meant for.
            raise Refused(
                _(
                    "“%(name)s” was in a folder with access rights of its own, which is in the "
                    "trash too: restore that folder first."
                )
                % {"name": node.name},
                code="folder_first",
            )
        wanted = tree.free_name(
            names.mended(node.name),
            folder=home,
            actor=actor,
            scope=node.scope_id,
            apart_from=node,
        )
        branches.trash_alone(node)
        branches.keep_in_trash(actor=actor, node=node)
        moved = home.pk != parent.pk
        Node.objects.filter(trash_root=node).exclude(pk=node.pk).update(
            trashed_at=None, trashed_by=None, trash_root=None
        )
        node.trashed_at = node.trashed_by = node.trash_root = None
        old_name = node.name
        branches.hang(actor=actor, node=node, folder=home)
        node.set_name(wanted)
        node.save(
            update_fields=[
                *("parent", "name", "name_key", "name_sort"),
                *("trashed_at", "trashed_by", "trash_root"),
            ]
        )
        branches.take_back_in(actor=actor, folder=node)
        journal.append(
            events.RESTORED[node.kind],
            obj=node,
            actor=actor,
            scope=node.scope_id,
            payload={"name": wanted, "old_name": old_name, "elsewhere": moved},
        )
    return node


def _may_restore(actor: User | None, root: Node | None) -> bool:
    return root is not None and (
        actor is None or access.can(actor, Level.CONTRIBUTE, root.scope_id)
    )


def _parent(node: Node) -> Node:
    # The database sees to it that nothing without a folder above it is in the trash.
    assert node.parent is not None  # noqa: S101
    return node.parent
