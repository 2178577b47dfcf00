"""Moving folders and documents, within a space and between spaces."""

from __future__ import annotations

from directory import journal
from directory.access import Level
from directory.actions.scopes import move_scope
from directory.delegation import refuse_handing_over
from directory.models import AccessScope, User
from documents import events, names
from documents.models import Node

from . import branches, tree
from .errors import IntoItself, Refused


def move(
    *, actor: User | None, node: Node, to: Node, keep_both: bool = False, name: str = ""
) -> Node:
    """Put `node`, with all below it, into the folder `to` and return it.

    Id, link and history stay. What stood in the scope of the old place stands in that of
    the new one; what has a scope of its own keeps it, under the new place's. The actor
    contributes on both sides; to another service its heads alone hand it over. What is out
    of their reach stays in the folder that `node` lay in (see `branches`). `keep_both` numbers
    the name where it is taken; otherwise NameTaken is raised. Raises IntoItself, HandedOver,
    Refused for the root of a space.
    """
    with journal.transaction():
        node, to = tree.locked(node, to)
        tree.require(actor, Level.CONTRIBUTE, node.scope_id)
        tree.require(actor, Level.CONTRIBUTE, to.scope_id)
        tree.live(node)
        tree.live_folder(to)
        if node.parent is None:
            raise Refused(node.title, code="root")
        if node.parent_id == to.pk:
            return node
        refuse_handing_over(actor, node.scope_id, to.scope_id)
        # First: what is set aside may hold the folder `to`, which is no secret to tell then.
        branches.leave_behind(actor=actor, node=node, into_trash=False)
        if node.is_folder and Node.objects.above(to).filter(pk=node.pk).exists():
            raise IntoItself
        old_parent, old_space, old_scope = node.parent, node.space_id, node.scope_id
        enclosing = _enclosing(node)
        new_scope = tree.scope_inside(to)
        scope_after = node.scope_id if node.own_scope_id else new_scope
        wanted = name or names.mended(node.name)
        if keep_both:
            wanted = tree.free_name(wanted, folder=to, actor=actor, scope=scope_after)
        else:
            tree.refuse_taken(wanted, folder=to, actor=actor, scope=scope_after)
        if new_scope != enclosing:
            _change_scope(actor=actor, node=node, old=enclosing, new=new_scope)
        if to.space_id != old_space:
            Node.objects.under(node).update(space=to.space_id)
        node.parent, node.space, node.scope_id = to, to.space, scope_after
        node.back_to = None
        node.set_name(wanted)
        node.save(
            update_fields=["parent", "space", "scope", "name", "name_key", "name_sort", "back_to"],
        )
        journal.append(
            events.MOVED[node.kind],
            obj=node,
            actor=actor,
            scope=node.scope_id,
            payload={
                "name": wanted,
                "from": str(old_parent.pk),
                "to": str(to.pk),
                "from_space": old_space,
                "to_space": to.space_id,
                "from_scope": old_scope,
                "to_scope": node.scope_id,
            },
        )
    return node


def _enclosing(node: Node) -> int:
    """Return the id of the scope that the place of `node` gives to what has none of its own."""
    return node.parent.scope_id if node.parent is not None else node.space.scope_id


def _change_scope(*, actor: User | None, node: Node, old: int, new: int) -> None:
    """Let what stood in the scope `old`, at or below `node`, stand in `new`."""
    below = Node.objects.under(node)
    parent = AccessScope.objects.get(pk=new)
    owned = AccessScope.objects.filter(
        parent_id=old, pk__in=below.filter(own_scope__isnull=False).values("own_scope_id")
    )
    for scope in owned:
        move_scope(actor=actor, scope=scope, parent=parent)
    below.filter(scope_id=old).update(scope_id=new)
