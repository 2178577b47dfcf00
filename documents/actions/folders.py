"""Making folders, and naming things."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from directory import journal
from directory.access import Level
from directory.actions.scopes import rename_scope
from directory.models import User
from documents import events, names
from documents.models import Kind, Node
from search import filetypes

from . import tree
from .errors import Refused


def create_folder(*, actor: User | None, parent: Node, name: str) -> Node:
    """Make a folder in `parent` and return it. Raises NameTaken, ValidationError."""
    name = names.clean(name)
    with journal.transaction():
        (folder,) = tree.locked(parent)
        tree.require(actor, Level.CONTRIBUTE, folder.scope_id)
        tree.live_folder(folder)
        tree.refuse_taken(name, folder=folder, actor=actor, scope=folder.scope_id)
        return add_folder(actor=actor, parent=folder, name=name)


def add_folder(
    *, actor: User | None, parent: Node, name: str, modified_at: datetime | None = None
) -> Node:
    """Write the folder; rights and name were checked under the lock."""
    node = Node(
        kind=Kind.FOLDER,
        space=parent.space,
        parent=parent,
        scope_id=tree.scope_inside(parent),
        name=name,
        created_by=actor,
        modified_by=actor,
        modified_at=modified_at or timezone.now(),
    )
    node.save(force_insert=True)
    journal.append(
        events.FOLDER_CREATED,
        obj=node,
        actor=actor,
        scope=node.scope_id,
        payload={"name": name, "parent": str(parent.pk)},
    )
    return node


def ensure_path(*, actor: User | None, parent: Node, parts: list[str]) -> Node:
    """Return the folder at `parts` below `parent`, made where it is missing.

    For uploads of whole folders. Raises ValidationError on a name that cannot be, and
    NameTaken where a document has one of the names.
    """
    if not parts:
        return parent
    cleaned = [names.clean(part) for part in parts]
    with journal.transaction():
        (folder,) = tree.locked(parent)
        tree.require(actor, Level.READ, folder.scope_id)
        for name in cleaned:
            tree.live_folder(folder)
            there = tree.holder_of(name, folder=folder, actor=actor, scope=folder.scope_id)
            if there is None:
                tree.require(actor, Level.CONTRIBUTE, folder.scope_id)
                folder = add_folder(actor=actor, parent=folder, name=name)
            elif there.is_folder:
                folder = there
            else:
                raise tree.NameTaken(there)
        return folder


def rename(*, actor: User | None, node: Node, name: str) -> Node:
    """Give a folder or document another name and return it; id, link and history stay.

    Raises NameTaken, ValidationError, and Refused for the root of a space.
    """
    name = names.clean(name)
    with journal.transaction():
        (node,) = tree.locked(node)
        tree.require(actor, Level.CONTRIBUTE, node.scope_id)
        tree.live(node)
        if node.parent is None:
            raise Refused(node.title, code="root")
        if node.name == name:
            return node
        tree.refuse_taken(
            name, folder=node.parent, actor=actor, scope=node.scope_id, apart_from=node
        )
        old = node.name
        node.set_name(name)
        if not node.is_folder:
            node.mime = filetypes.mime_of(name)
        node.save(update_fields=["name", "name_key", "name_sort", "mime"])
        if node.own_scope is not None:
            rename_scope(actor=actor, scope=node.own_scope, label=name)
        journal.append(
            events.RENAMED[node.kind],
            obj=node,
            actor=actor,
            scope=node.scope_id,
            payload={"from": old, "to": name},
        )
    return node
