"""The page of a document, and its bytes."""

from __future__ import annotations

import uuid

from csp.constants import SELF
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from directory import access
from directory.access import Level
from documents import blobs, selectors, serving
from documents.models import Node, Version, texts_of

from .addresses import crumbs_to
from .answers import DAMAGED

EXCERPT = 4000
VERSIONS = 50


def document_page(request: HttpRequest, node: Node) -> HttpResponse:
    """Show a document that the person reads."""
    current = selectors.version_for(node)
    level = access.levels(request.user, [node.scope_id]).get(node.scope_id, Level.READ)
    versions = list(node.versions.select_related("author")[: VERSIONS + 1])
    extraction = texts_of([current.pk]).get(current.pk)
    preview, damaged = _preview_of(current)
    response = render(
        request,
        "documents/document.html",
        {
            "node": node,
            "version": current,
            "versions": versions[:VERSIONS],
            "more_versions": len(versions) > VERSIONS,
            "path": crumbs_to(node, request),
            "preview": preview,
            "damaged": damaged,
            "extraction": extraction,
            "excerpt": extraction.beginning(EXCERPT) if extraction else "",
            "cut": bool(extraction and extraction.text_length > EXCERPT),
            "may_change": level >= Level.CONTRIBUTE and not node.is_trashed,
            "may_restore": level >= Level.CONTRIBUTE and node.is_trashed,
            "may_manage": level >= Level.MANAGE,
            "until": access.ends(request.user, [node.scope_id]).get(node.scope_id),
            "in_space": access.can(request.user, Level.READ, node.space.scope_id),
        },
    )
    # The browser's own PDF viewer wants a frame.
    response._csp_update = {"frame-src": [SELF]}  # type: ignore[attr-defined]
    return response


def _preview_of(version: Version) -> tuple[str, bool]:
    """Return how the page shows the version, and whether its bytes are damaged.

    It is shown as an "image", a "pdf", or "" for its text alone. What is shown is checked as
    what is sent is; of anything else the page tells what is known.
    """
    if blobs.is_known_damaged(version.blob_id, version.size):
        return "", True
    try:
        shown = serving.may_show(version)
    except blobs.Damaged:
        return "", True
    if not shown:
        return "", False
    return ("pdf" if version.mime == "application/pdf" else "image"), False


@require_safe
def download(request: HttpRequest, pk: uuid.UUID, number: int | None = None) -> HttpResponseBase:
    """Send the bytes of a document, of its current version unless told, as a download."""
    node = selectors.node_for(request.user, pk)
    version = selectors.version_for(node, number)
    return _send(request, node, version, inline=False)


@require_safe
def preview(request: HttpRequest, pk: uuid.UUID, number: int | None = None) -> HttpResponseBase:
    """Send the bytes of a document to be shown by the browser, where that is safe; else 404."""
    node = selectors.node_for(request.user, pk)
    version = selectors.version_for(node, number)
    try:
        shown = serving.may_show(version)
    except blobs.Damaged as error:
        return _damaged(request, node, error)
    if not shown:
        raise Http404
    return _send(request, node, version, inline=True)


def _send(request: HttpRequest, node: Node, version: Version, *, inline: bool) -> HttpResponseBase:
    try:
        return serving.send(request, version, name=node.name, inline=inline)
    except blobs.Damaged as error:
        return _damaged(request, node, error)


def _damaged(request: HttpRequest, node: Node, error: blobs.Damaged) -> HttpResponse:
    context = {"node": node, "text": str(error), "status": DAMAGED}
    return render(request, "documents/damaged.html", context, status=DAMAGED)
