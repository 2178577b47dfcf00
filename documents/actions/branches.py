"""What a folder holds that whoever acts on it may not change.

Somebody who may change a folder may be kept from something in it, and may not even know of
it. Nothing is done to that, and nothing tells of it: the folder goes without it, and what is
out of the actor's reach stays where the folder was, to be found there by those who have
access. See decision 19.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from directory import access, journal
from directory.access import Level
from directory.actions.scopes import move_scope
from directory.models import AccessScope, User
from documents import events
from documents.models import Node

from .errors import Refused


def leave_behind(*, actor: User | None, node: Node, into_trash: bool) -> None:
    """Before `node` goes, put what in it is out of the actor's reach into the folder it lies in.

    `into_trash`: what is in the trash already stays as it is there, and what stays behind is
    put back when the folder is restored. Raises Refused where something in it is seen by the
    actor and not theirs to change: that one is named. Three queries where all is in reach.
    """
    if actor is None or not node.is_folder or node.parent is None:
        return
    inside = _with_rights_of_their_own(Node.objects.under(node).exclude(pk=node.pk))
    if into_trash:
        inside = [inner for inner in inside if not inner.is_trashed]
    hidden, read_only = _out_of_reach(actor, inside)
    for inner in read_only:
        raise Refused(
            _("“%(name)s”, which is inside, is not yours to change: it has to stay.")
            % {"name": inner.name},
            code="not_yours",
        )
    for inner in hidden:
        _set_aside(actor=actor, node=inner, folder=node.parent, for_now=into_trash)


def keep_in_trash(*, actor: User | None, node: Node) -> None:
    """Before `node` comes back, let what went with it and is out of the actor's reach stay.

    It stays in the trash by itself, for those to take back who may.
    """
    if actor is None or not node.is_folder:
        return
    along = Node.objects.filter(trash_root=node).exclude(pk=node.pk)
    hidden, _read_only = _out_of_reach(actor, _with_rights_of_their_own(along))
    for inner in hidden:
        trash_alone(inner)


def trash_alone(node: Node) -> None:
    """Let `node`, which went into the trash with a folder, be there by itself, with what it holds.

    Nothing in the trash is put elsewhere, restored or changed by that.
    """
    if node.trash_root_id in (None, node.pk):
        return
    Node.objects.under(node).filter(trash_root=node.trash_root_id).update(trash_root=node)
    node.trash_root = node


def take_back_in(*, actor: User | None, folder: Node) -> None:
    """After `folder` came back, put into it what stayed behind when it went, and is there still."""
    waiting = Node.objects.filter(back_to__in=Node.objects.under(folder).live()).select_related(
        "back_to", "own_scope"
    )
    for node in waiting:
        home, node.back_to = node.back_to, None
        if home is not None and not node.is_trashed and node.space_id == home.space_id:
            hang(actor=actor, node=node, folder=home)
        node.save(update_fields=["parent", "back_to"])


def hang(*, actor: User | None, node: Node, folder: Node) -> None:
    """Let `node`, which has access rights of its own, lie in `folder`; the caller saves it."""
    scope = node.own_scope
    if scope is not None and scope.parent_id != folder.scope_id:
        parent = AccessScope.objects.get(pk=folder.scope_id)
        move_scope(actor=actor, scope=scope, parent=parent)
    node.parent = folder


def _with_rights_of_their_own(nodes: QuerySet[Node]) -> list[Node]:
    return list(nodes.filter(own_scope__isnull=False).select_related("own_scope").order_by("pk"))


def _out_of_reach(actor: User, inside: Iterable[Node]) -> tuple[list[Node], list[Node]]:
    """Return, of nodes with rights of their own, those not seen, and those seen and not written.

    What lies below one that is not seen counts as a part of it. Who does not contribute does
    not see what is in the trash.
    """
    by_scope = {node.scope_id: node for node in inside}
    levels = access.levels(actor, by_scope)

    def seen(node: Node) -> bool:
        needed = Level.CONTRIBUTE if node.is_trashed else Level.READ
        return levels.get(node.scope_id, 0) >= needed

    def below_unseen(node: Node) -> bool:
        scope = node.own_scope
        while scope is not None and (above := by_scope.get(scope.parent_id or 0)) is not None:
            if not seen(above):
                return True
            scope = above.own_scope
        return False

    on_top = [node for node in by_scope.values() if not below_unseen(node)]
    hidden = [node for node in on_top if not seen(node)]
    read_only = [node for node in on_top if seen(node) and levels[node.scope_id] < Level.CONTRIBUTE]
    return hidden, read_only


def _set_aside(*, actor: User, node: Node, folder: Node, for_now: bool) -> None:
    """Let `node` stay in `folder` while the folder that it lies in goes, `for_now` or for good."""
    was = node.parent_id
    trash_alone(node)
    if for_now and node.back_to_id is None:
        # Where it was set aside before, it goes back to where it was first.
        node.back_to_id = was
    hang(actor=actor, node=node, folder=folder)
    node.save(update_fields=["parent", "back_to"])
    journal.append(
        events.SET_ASIDE[node.kind],
        obj=node,
        actor=actor,
        scope=node.scope_id,
        payload={"from": str(was), "to": str(folder.pk)},
    )
