"""What the pages show, and to whom. Each function says how many queries it makes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.http import Http404
from django.utils import timezone

from directory import access
from directory.access import Level, Somebody
from directory.models import AccessScope, Service
from directory.places import path_of
from directory.text import sort_key
from documents import names, places
from documents.models import Kind, Node, Space, Version
from documents.querysets import NodeQuerySet

RECENT = timedelta(days=60)
SORTS = {
    "name": ("name_sort", "id"),
    "date": ("modified_at", "id"),
    "size": ("size", "id"),
    "type": ("mime", "name_sort", "id"),
}


def node_for(person: Somebody, pk: uuid.UUID, level: Level = Level.READ) -> Node:
    """Return the node if `person` has `level` on it; one query.

    What is in the trash is there for those who contribute. Raises Http404.
    """
    node = (
        Node.objects.visible_to(person, level)
        .select_related("space__service", "parent", "current_version", "own_scope", "modified_by")
        .filter(pk=pk)
        .first()
    )
    if node is None:
        raise Http404
    if node.is_trashed and level < Level.CONTRIBUTE:
        access.require(person, Level.CONTRIBUTE, node.scope_id)
    return node


def space_for(person: Somebody, slug: str, level: Level = Level.READ) -> Space:
    """Return the space if `person` has `level` on it; one query. Raises Http404."""
    space = (
        Space.objects.visible_to(person, level)
        .select_related("service", "scope", "root")
        .filter(slug=slug)
        .first()
    )
    if space is None:
        raise Http404
    return space


@dataclass(frozen=True, slots=True)
class ServiceSpaces:
    """The spaces of one service; `mine` where the person belongs to it."""

    service: Service
    spaces: Sequence[Space]
    mine: bool


def spaces_of(person: Somebody) -> list[ServiceSpaces]:
    """Return the spaces that `person` reads, by service, their own services first; one query."""
    mine = Service.objects.filter(
        pk=OuterRef("service_id"), access_groups__group__user=person.pk or 0
    )
    found = Space.objects.visible_to(person).select_related("service").annotate(mine=Exists(mine))
    ordered = sorted(
        found,
        key=lambda s: (not s.mine, sort_key(s.service.name), s.service_id, sort_key(s.name)),
    )
    return [
        ServiceSpaces(spaces[0].service, spaces, spaces[0].mine)
        for spaces in (
            list(group) for _key, group in groupby(ordered, key=lambda space: space.service_id)
        )
    ]


def services_managed_by(person: Somebody) -> list[Service]:
    """Return the services where `person` may make spaces; one query."""
    managed = Service.objects.filter(scope__in=access.scopes_for(person, Level.MANAGE))
    return sorted(managed, key=lambda service: sort_key(service.name))


def recent(person: Somebody, limit: int = 8) -> list[Node]:
    """Return the documents that changed last among those `person` reads; two queries.

    `in_space` of each tells whether they read its space, too, and may learn its name.
    They lie in the scopes whose newest documents are the newest, `limit` of these at the most.
    What is stored beside them is not read: each scope is entered at the end of its index.
    """
    documents = Node.objects.live().filter(current_version__isnull=False)
    since = timezone.now() - RECENT
    in_scope = documents.filter(scope=OuterRef("pk"), modified_at__gt=since)
    dates = in_scope.order_by("-modified_at").values("modified_at")
    newest = list(
        AccessScope.objects.filter(pk__in=access.scopes_for(person))
        .annotate(newest=Subquery(dates[:1]), edge=Subquery(dates[limit - 1 : limit]))
        .filter(newest__isnull=False)
        .order_by("-newest")
        .values_list("pk", "newest", "edge")[:limit]
    )
    # From any of these on there are `limit` documents: the last one shown is no older.
    edges = [edge for _scope, _newest, edge in newest if edge is not None]
    if len(newest) == limit:
        edges.append(newest[-1][1])
    return list(
        documents.filter(
            scope__in=[scope for scope, _newest, _edge in newest],
            modified_at__gte=max(edges, default=since),
        )
        .annotate(in_space=_is_read(person, "space__scope"))
        .select_related("space", "modified_by")
        .order_by("-modified_at")[:limit]
    )


def _is_read(person: Somebody, scope: str) -> ExpressionWrapper:
    """Return the expression that tells whether `person` reads the scope at `scope`."""
    return ExpressionWrapper(
        Q(**{f"{scope}__in": access.scopes_for(person)}), output_field=BooleanField()
    )


def folder_at(person: Somebody, address: str) -> Node | None:
    """Return the live folder at `address` (of a space: its root) that `person` reads; one query."""
    there = places.nodes_at(path_of(address))
    if there is None:
        return None
    return (
        there.filter(kind=Kind.FOLDER, trashed_at=None, scope__in=access.scopes_for(person))
        .select_related("space__service", "parent")
        .first()
    )


def where_to_begin(person: Somebody, node: Node) -> uuid.UUID:
    """Return the id of the folder from which a place for `node` is looked for.

    It is the one that the node lies in; for somebody who does not read that, a folder that
    was shared with them, else a space. Raises Http404 where there is none.
    """
    live = Node.objects.live().visible_to(person).filter(kind=Kind.FOLDER)
    found = live.filter(children=node.pk).first()
    if found is None:
        found = next((shared for shared in shared_with(person) if shared.is_folder), None)
    if found is None:
        found = live.filter(parent=None).order_by("pk").first()
    if found is None:
        raise Http404
    return found.pk


def shared_with(person: Somebody, limit: int = 50) -> list[Node]:
    """Return what `person` reads in places that they do not read otherwise; one query."""
    readable = access.scopes_for(person)
    return list(
        Node.objects.live()
        .filter(own_scope__in=readable)
        .exclude(parent__scope__in=readable)
        .select_related("modified_by")
        .order_by("kind", "name_sort", "id")[:limit]
    )


def listing(folder: Node, person: Somebody, sort: str = "name") -> NodeQuerySet:
    """Return what `person` sees in `folder`, folders first; `sort` is a key of SORTS, "-" turns it.

    Raises Http404 on another `sort`.
    """
    backwards, key = sort.startswith("-"), sort.removeprefix("-")
    if key not in SORTS:
        raise Http404
    fields = [f"-{field}" if backwards else field for field in SORTS[key]]
    return Node.objects.live().visible_to(person).filter(parent=folder).order_by("kind", *fields)


def named_like(nodes: NodeQuerySet, text: str) -> NodeQuerySet:
    """Keep what has each word of `text` in its name; accents and capitals do not count."""
    for word in names.key(text).split()[:8]:
        nodes = nodes.filter(
            Q(name_key__contains=names.key(word)) | Q(name_sort__contains=names.sort_key(word))
        )
    return nodes


def folders_in(folder: Node, person: Somebody) -> NodeQuerySet:
    """Return the folders that `person` sees in `folder`."""
    return listing(folder, person).filter(kind=Kind.FOLDER)


def path_to(node: Node, person: Somebody) -> list[Node]:
    """Return the folders above `node` that `person` reads, the root first; one query.

    Where one above is not readable, those above that one are left out too.
    """
    readable = _is_read(person, "scope")
    above = {
        found.pk: found
        for found in Node.objects.above(node)
        .select_related("space__service")
        .annotate(readable=readable)
        if found.readable  # type: ignore[attr-defined]
    }
    path: list[Node] = []
    step = above.get(node.parent_id) if node.parent_id else None
    while step is not None:
        path.insert(0, step)
        step = above.get(step.parent_id) if step.parent_id else None
    return path


def in_trash(space: Space, person: Somebody) -> NodeQuerySet:
    """Return what was put into the trash of `space` and that `person` may take back.

    `in_parent` of each tells whether they read the folder it lay in, and may learn its name.
    """
    return (
        Node.objects.visible_to(person, Level.CONTRIBUTE)
        .trash_roots()
        .filter(space=space)
        .annotate(in_parent=_is_read(person, "parent__scope"))
        .select_related("trashed_by", "parent")
        .order_by("-trashed_at", "pk")
    )


def trashed_for(person: Somebody, limit: int = 50) -> list[Node]:
    """Return what `person` may take back and finds in no trash of a space; two queries.

    It was put there in a place that was shared with them, or went there with a folder that is
    not theirs to take back.
    """
    writable = access.scopes_for(person, Level.CONTRIBUTE)
    alone = (
        Node.objects.get_queryset()
        .trash_roots()
        .filter(scope__in=writable)
        .exclude(space__scope__in=writable)
    )
    along = (
        Node.objects.filter(own_scope__in=writable, trashed_at__isnull=False)
        .exclude(trash_root=F("pk"))
        .exclude(trash_root__scope__in=writable)
    )
    found = [*alone.order_by("-trashed_at")[:limit], *along.order_by("-trashed_at")[:limit]]
    return sorted(found, key=lambda node: (node.trashed_at, node.pk), reverse=True)[:limit]


def version_for(node: Node, number: int | None = None) -> Version:
    """Return a version of a document, the current one unless told. Raises Http404."""
    if node.current_version is None:
        raise Http404
    if number is None or number == node.current_version.number:
        return node.current_version
    version = Version.objects.filter(node=node, number=number).first()
    if version is None:
        raise Http404
    return version


def chosen(person: Somebody, pks: Iterable[uuid.UUID], level: Level) -> list[Node]:
    """Return the live nodes of `pks` on which `person` has `level`; one query."""
    return list(
        Node.objects.live()
        .visible_to(person, level)
        .filter(pk__in=list(pks), parent__isnull=False)
        .select_related("space")
        .order_by("kind", "name_sort")
    )
