"""One grant: what its end does, and those whose giver is gone."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import CharField, QuerySet, Value
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from directory.access import Grant
from directory.actions.grants import keep_grant, revoke_access
from directory.delegation import effect_of_ending, losing_elsewhere
from directory.grant_review import to_review
from directory.granted import GrantLine, lines_of
from directory.labels import label_scopes
from directory.models import User
from directory.models.grants import GroupGrant, UserGrant
from directory.sorting import BY_NAME

from .gate import AdminRequest, for_it_admins

PAGE = 50
LOSING = 50
"""How many of those who lose access are named before it is taken away."""
_MODELS: dict[str, type[UserGrant] | type[GroupGrant]] = {
    model.kind: model for model in (UserGrant, GroupGrant)
}


def _lines(grants: Collection[Grant], viewer: User) -> list[GrantLine]:
    labels = label_scopes({grant.content_object for grant in grants}, viewer=viewer)
    return lines_of(grants, labels)


def _with_names(kind: str) -> QuerySet[Grant]:
    also = ["user"] if kind == "user" else ["group__access_group__service"]
    return _MODELS[kind]._default_manager.select_related(
        "permission", "content_object", "granted_by", *also
    )


def _found(kind: str, pk: int) -> Grant:
    if kind not in _MODELS:
        raise Http404
    grant: Grant = get_object_or_404(_with_names(kind), pk=pk)
    return grant


@for_it_admins
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: AdminRequest, kind: str, pk: int) -> HttpResponse:
    """Take a grant away, having said what that does."""
    grant = _found(kind, pk)
    if request.method == "POST":
        revoke_access(actor=request.user, grant=grant)
        messages.success(request, _("Access removed, with immediate effect."))
        return _back(request, grant)
    effect = effect_of_ending(grant)
    losing = effect.loses.order_by(*BY_NAME)
    elsewhere = losing_elsewhere(grant.content_object, effect.ends).order_by(*BY_NAME)
    return render(
        request,
        "directory/access/ending.html",
        {
            "line": _lines([grant], request.user)[0],
            "ends": _lines([other for other in effect.ends if other != grant], request.user),
            "losing": losing[:LOSING],
            "loses": losing.count(),
            "losing_elsewhere": elsewhere[:LOSING],
            "loses_elsewhere": elsewhere.count(),
            "scope": grant.content_object_id,
            "review": "review" in request.GET,
        },
    )


@for_it_admins
@require_POST
def keep(request: AdminRequest, kind: str, pk: int) -> HttpResponse:
    """Stand in for the giver of a grant who is gone."""
    grant = _found(kind, pk)
    keep_grant(actor=request.user, grant=grant)
    messages.success(request, _("Access kept: you answer for it from now on."))
    return _back(request, grant)


def _back(request: AdminRequest, grant: Grant) -> HttpResponse:
    if "review" in request.POST:
        return redirect("directory:access_review")
    return redirect("directory:access_scope", grant.content_object_id)


@for_it_admins
def review(request: AdminRequest) -> HttpResponse:
    """List the grants in force whose giver is gone, or could not give them any more."""
    kinds = {kind: Value(kind, output_field=CharField(max_length=5)) for kind in _MODELS}
    found = (
        to_review(UserGrant)
        .values_list("granted_at", "pk", kinds["user"])
        .union(to_review(GroupGrant).values_list("granted_at", "pk", kinds["group"]))
        .order_by("granted_at", "pk")
    )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = {
        kind: _with_names(kind).in_bulk(
            [pk for _at, pk, which in page.object_list if which == kind]
        )
        for kind in _MODELS
    }
    grants = [rows[kind][pk] for _at, pk, kind in page.object_list if pk in rows[kind]]
    return render(
        request,
        "directory/access/review.html",
        {"page": page, "lines": _lines(grants, request.user)},
    )
