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
from documents import blobs, reading, serving
from documents.models import Node, Version, texts_of

from .addresses import crumbs_to
from .answers import DAMAGED

EXCERPT = 4000
VERSIONS = 50


def document_page(request: HttpRequest, node: Node) -> HttpResponse:
    """Show a document that the person reads."""
    current = reading.version_for(node)
    level = access.levels(request.user, [node.scope_id]).get(node.scope_id, Level.READ)
    versions = list(node.versions.select_related("author")[: VERSIONS + 1])
    extraction = texts_of([current.pk]).get(current.pk)
    response = render(
        request,
        "documents/document.html",
        {
            "node": node,
            "version": current,
            "versions": versions[:VERSIONS],
            "more_versions": len(versions) > VERSIONS,
            "path": crumbs_to(node, request),
            "preview": _preview_of(current),
            "damaged": blobs.is_known_damaged(current.blob_id, current.size),
            "extraction": extraction,
            "excerpt": extraction.beginning(EXCERPT) if extraction else "",
            "cut": bool(extraction and extraction.text_length > EXCERPT),
            "may_change": level >= Level.CONTRIBUTE and not node.is_trashed,
            "may_restore": level >= Level.CONTRIBUTE and node.is_trashed,
            "may_manage": level >= Level.MANAGE,
            "in_space": access.can(request.user, Level.READ, node.space.scope_id),
        },
    )
    # The browser's own PDF viewer wants a frame.
    response._csp_update = {"frame-src": [SELF]}  # type: ignore[attr-defined]
    return response


def _preview_of(version: Version) -> str:
    """Return how the page shows the version: "image", "pdf", or "" for its text alone."""
    if not serving.may_show(version):
        return ""
    return "pdf" if version.mime == "application/pdf" else "image"


@require_safe
def download(request: HttpRequest, pk: uuid.UUID, number: int | None = None) -> HttpResponseBase:
    """Send the bytes of a document, of its current version unless told, as a download."""
    node = reading.node_for(request.user, pk)
    version = reading.version_for(node, number)
    return _send(request, node, version, inline=False)


@require_safe
def preview(request: HttpRequest, pk: uuid.UUID, number: int | None = None) -> HttpResponseBase:
    """Send the bytes of a document to be shown by the browser, where that is safe; else 404."""
    node = reading.node_for(request.user, pk)
    version = reading.version_for(node, number)
    if not serving.may_show(version):
        raise Http404
    return _send(request, node, version, inline=True)


def _send(request: HttpRequest, node: Node, version: Version, *, inline: bool) -> HttpResponseBase:
    try:
        return serving.send(request, version, name=node.name, inline=inline)
    except blobs.Damaged as error:
        context = {"node": node, "text": str(error), "status": DAMAGED}
        return render(request, "documents/damaged.html", context, status=DAMAGED)
