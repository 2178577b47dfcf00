"""Looking around: the spaces, a folder, the trash."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from directory import access
from directory.access import Level
from directory.outside import text_from_outside
from documents import selectors
from documents.models import Node, Space

from .addresses import crumbs_to
from .document import document_page

PAGE = 100
MANY = 20
"""From how many lines on a listing can be filtered by names."""
UNDO = "documents-undo"
"""Key of the session: what the person has just put into the trash, offered back once."""


@require_safe
def spaces(request: HttpRequest) -> HttpResponse:
    """Show the spaces that the person reads, what changed last, and what was shared with them."""
    groups = selectors.spaces_of(request.user)
    shared = selectors.shared_with(request.user)
    seen = [space.scope_id for group in groups for space in group.spaces]
    ends = access.ends(request.user, [*seen, *(node.scope_id for node in shared)])
    return render(
        request,
        "documents/spaces.html",
        {
            "groups": [
                (group, [(space, ends.get(space.scope_id)) for space in group.spaces])
                for group in groups
            ],
            "recent": selectors.recent(request.user),
            "shared": [(node, ends.get(node.scope_id)) for node in shared],
            "trashed": selectors.trashed_for(request.user),
            "may_create": bool(selectors.services_managed_by(request.user)),
        },
    )


@require_safe
def space(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the root folder of a space."""
    found = selectors.space_for(request.user, slug)
    root = found.root
    root.space = found
    return folder_page(request, root, in_space=True)


@require_safe
def folder(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    """Lead from the address that folders once had, and that mails still hold, to the one they have.

    Whoever reads the folder alone comes through too, so that the name of the space in the
    address counts for nothing: to refuse a wrong one would tell the right one. The address of a
    document made in this way leads to it as well: pickers take it (`documents.places`).
    """
    return _led_on(request, selectors.node_for(request.user, pk).get_absolute_url())


@require_safe
def node(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what a permanent link leads to."""
    found = selectors.node_for(request.user, pk)
    if not found.is_folder:
        return document_page(request, found)
    if found.is_root:
        return _led_on(request, found.space.get_absolute_url())
    # Who reads this folder, but not the space, is not to learn the name of the space.
    in_space = access.can(request.user, Level.READ, found.space.scope_id)
    return folder_page(request, found, in_space=in_space and not found.is_trashed)


def _led_on(request: HttpRequest, address: str) -> HttpResponse:
    """Lead to `address` with what was asked for: an order, a page, a name."""
    asked = request.GET.urlencode()
    return redirect(f"{address}?{asked}" if asked else address)


def folder_page(request: HttpRequest, node: Node, *, in_space: bool) -> HttpResponse:
    """Show the contents of a folder that the person reads."""
    sort = text_from_outside(request.GET.get("sort", "name"), longest=20)
    name = text_from_outside(request.GET.get("name"), longest=100)
    listed = selectors.named_like(selectors.listing(node, request.user, sort), name)
    paginator = Paginator(listed.select_related("modified_by", "own_scope"), PAGE)
    page = paginator.get_page(request.GET.get("page"))
    found = list(page.object_list)
    levels = access.levels(request.user, {node.scope_id, *(row.scope_id for row in found)})
    level = levels.get(node.scope_id, Level.READ)
    rows = _rows(found, node, levels)
    return render(
        request,
        "documents/folder.html",
        {
            "node": node,
            "space": node.space,
            "in_space": in_space,
            "until": access.ends(request.user, [node.scope_id]).get(node.scope_id),
            "path": crumbs_to(node, request),
            "page": page,
            "rows": rows,
            "selectable": any(row.may_change for row in rows),
            "columns": _columns(sort),
            "name": name,
            "filtered": bool(name) or paginator.count > MANY,
            "sort": sort,
            "may_add": level >= Level.CONTRIBUTE and not node.is_trashed,
            "may_change": level >= Level.CONTRIBUTE and not node.is_root,
            "may_manage": level >= Level.MANAGE,
            "may_restore": level >= Level.CONTRIBUTE and node.is_trashed,
            "limit": settings.UPLOAD_MAX_BYTES,
            "undo": request.session.pop(UNDO, None),
        },
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a folder's listing: the node, what it says, and what the person may do with it.

    What is said is put into words here, once: a listing has a hundred lines.
    """

    node: Node
    address: str
    size: str
    by: str
    select: str
    actions: str
    may_change: bool
    may_manage: bool
    protected: bool


def _rows(nodes: Iterable[Node], folder: Node, levels: dict[int, Level]) -> list[Row]:
    select, actions = _("Select %(name)s"), _("Actions for %(name)s")
    authors: dict[int | None, str] = {None: ""}
    rows = []
    for node in nodes:
        node.space = folder.space
        level = levels.get(node.scope_id, Level.READ)
        if node.modified_by_id not in authors:
            authors[node.modified_by_id] = str(node.modified_by)
        row = Row(
            node=node,
            address=node.get_absolute_url(),
            size="" if node.is_folder else filesizeformat(node.size),
            by=authors[node.modified_by_id],
            select=select % {"name": node.name},
            actions=actions % {"name": node.name},
            may_change=level >= Level.CONTRIBUTE,
            may_manage=level >= Level.MANAGE,
            protected=node.own_scope is not None and not node.own_scope.inherits,
        )
        rows.append(row)
    return rows


def _columns(sort: str) -> list[dict[str, str]]:
    """Return the heads of the table: what each sorts by, and how it is sorted now."""
    current, backwards = sort.removeprefix("-"), sort.startswith("-")
    titles = {"name": _("Name"), "type": _("Type"), "size": _("Size"), "date": _("Modified")}
    # The first press shows what one looks for: the newest, the largest.
    first = {"date": "-date", "size": "-size"}
    columns = []
    for key, title in titles.items():
        state = ("descending" if backwards else "ascending") if key == current else ""
        turned = key if backwards else f"-{key}"
        columns.append(
            {
                "key": key,
                "title": title,
                "state": state,
                "query": turned if key == current else first.get(key, key),
            }
        )
    return columns


@require_safe
def trash(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what was put into the trash of a space, to those who may take it back."""
    found: Space = selectors.space_for(request.user, slug)
    access.require(request.user, Level.CONTRIBUTE, found.scope_id)
    page = Paginator(selectors.in_trash(found, request.user), PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "documents/trash.html", {"space": found, "page": page})
