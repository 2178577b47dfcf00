"""What all actions on the tree share: rights, locks, and who has a name."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _

from directory import access
from directory.access import Level
from directory.models import AccessScope, User
from documents import names
from documents.models import Node, Space

from .errors import NameTaken, Refused


def require(actor: User | None, level: Level, scope: AccessScope | int) -> None:
    """Raise Http404 unless the actor has `level` on `scope`; None, Marigot itself, has it."""
    if actor is not None:
        access.require(actor, level, scope)


def locked(*nodes: Node | uuid.UUID) -> list[Node]:
    """Return the nodes as they are now, their spaces locked to the end of the transaction.

    Every change of a space's tree holds that lock, so that what one reads (where a node
    hangs, whose scope it has, which names are taken) still holds when it writes; spaces
    are locked in the order of their ids. SQLite's transactions exclude one another anyway.
    Raises Http404 where a node is not there.
    """
    pks = [node if isinstance(node, uuid.UUID) else node.pk for node in nodes]
    held: set[int] = set()
    while True:
        spaces = set(Node.objects.filter(pk__in=pks).values_list("space_id", flat=True))
        if not spaces:
            raise Http404
        if spaces <= held:
            break
        held |= set(
            Space.objects.select_for_update(no_key=True)
            .filter(pk__in=spaces)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
    found = Node.objects.select_related("space", "scope", "current_version").in_bulk(pks)
    if len(found) != len(set(pks)):
        raise Http404
    return [found[pk] for pk in pks]


def live_folder(folder: Node) -> Node:
    """Return `folder` if things can be put into it. Raises Refused otherwise."""
    if not folder.is_folder:
        raise Refused(_("A document cannot contain other documents."), code="not_a_folder")
    if folder.is_trashed:
        raise Refused(
            _("The folder “%(name)s” is in the trash.") % {"name": folder.title}, code="trashed"
        )
    return folder


def live(node: Node) -> Node:
    """Return `node` if it is not in the trash. Raises Refused otherwise."""
    if node.is_trashed:
        raise Refused(_("“%(name)s” is in the trash.") % {"name": node.name}, code="trashed")
    return node


def holder_of(
    name: str, *, folder: Node, actor: User | None, scope: int, apart_from: Node | None = None
) -> Node | None:
    """Return the live node of that name in `folder`, None where the name is free for `actor`.

    A node of `scope` (that the new one will stand in) always counts; one of another scope
    counts where the actor may see it. One that they may not see does not: to refuse its
    name would tell that it is there.
    """
    there = _holders([names.key(name)], folder=folder, actor=actor, scope=scope)
    if apart_from is not None:
        there = [node for node in there if node.pk != apart_from.pk]
    return min(there, key=lambda node: (node.scope_id != scope, node.pk), default=None)


def free_name(
    name: str, *, folder: Node, actor: User | None, scope: int, apart_from: Node | None = None
) -> str:
    """Return `name`, or the first of "name (2)", "name (3)" … that is free for `actor`."""
    candidates = [name]
    number = 2
    while True:
        there = _holders(
            [names.key(candidate) for candidate in candidates],
            folder=folder,
            actor=actor,
            scope=scope,
        )
        taken = {n.name_key for n in there if apart_from is None or n.pk != apart_from.pk}
        for candidate in candidates:
            if names.key(candidate) not in taken:
                return candidate
        count = 4 * len(candidates)
        candidates = [names.numbered(name, n) for n in range(number, number + count)]
        number += count


def _holders(
    keys: Collection[str], *, folder: Node, actor: User | None, scope: int
) -> Iterable[Node]:
    there = Node.objects.live().filter(parent=folder, name_key__in=keys)
    if actor is not None:
        there = there.filter(Q(scope=scope) | Q(scope__in=access.scopes_for(actor)))
    return list(there)


def refuse_taken(
    name: str, *, folder: Node, actor: User | None, scope: int, apart_from: Node | None = None
) -> None:
    """Raise NameTaken where the name is not free for `actor`; see `holder_of`."""
    holder = holder_of(name, folder=folder, actor=actor, scope=scope, apart_from=apart_from)
    if holder is not None:
        raise NameTaken(holder)


def scope_inside(folder: Node) -> int:
    """Return the id of the scope that what is put into `folder` stands in."""
    return folder.scope_id
