"""Who can see a folder or document, for those who manage it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from directory import access
from directory.access import Level
from directory.actions.grants import revoke_access
from directory.models import GroupGrant, ScopeInheritance, UserGrant
from documents import actions, reading
from documents.forms import ShareForm
from documents.models import Node

from .addresses import crumbs_to
from .answers import actor_of, told


@dataclass(frozen=True, slots=True)
class Line:
    """One grant that counts on a node: to whom, what, until when, and where it was given."""

    who: str
    person: bool
    level: Level
    expires_at: datetime | None
    place: str
    own: bool
    field: str


def grants_on(node: Node) -> list[Line]:
    """Return every grant in force on `node`, its own first; three queries."""
    distance = dict(
        ScopeInheritance.objects.filter(descendant_id=node.scope_id).values_list(
            "ancestor_id", "distance"
        )
    )
    in_force = Q(content_object__in=distance) & (
        Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    )
    groups = GroupGrant.objects.filter(in_force).select_related(
        "permission", "content_object", "group__access_group__service"
    )
    people = UserGrant.objects.filter(in_force).select_related(
        "permission", "content_object", "user"
    )
    lines: list[tuple[int, Line]] = [
        (distance[grant.content_object_id], _line(grant, str(grant.group.access_group), node))
        for grant in groups
    ]
    lines += [
        (distance[grant.content_object_id], _line(grant, str(grant.user), node)) for grant in people
    ]
    lines.sort(key=lambda pair: (pair[0], -pair[1].level, pair[1].who.casefold()))
    return [line for _distance, line in lines]


def _line(grant: GroupGrant | UserGrant, who: str, node: Node) -> Line:
    person = isinstance(grant, UserGrant)
    return Line(
        who=who,
        person=person,
        level=Level.from_codename(grant.permission.codename),
        expires_at=grant.expires_at,
        place=str(grant.content_object),
        own=grant.content_object_id == node.own_scope_id,
        field=f"{'user' if person else 'group'}-{grant.pk}",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def node_access(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show who has access, and change it. Field `do`: break, keep, restore, share or take."""
    node = reading.node_for(request.user, pk, Level.MANAGE)
    form = ShareForm()
    if request.method == "POST":
        match request.POST.get("do"):
            case "break" | "keep" as do:
                with told(request):
                    actions.break_inheritance(
                        actor=actor_of(request), node=node, keep_access=do == "keep"
                    )
                    messages.success(request, _("It has access rights of its own now."))
            case "restore":
                with told(request):
                    actions.restore_inheritance(actor=actor_of(request), node=node)
                    messages.success(request, _("It has the access rights of its folder again."))
            case "take":
                _take(request, node, request.POST.get("grant", ""))
            case "share":
                form = ShareForm(request.POST)
                if not form.is_valid() or not _share(request, node, form):
                    return _page(request, node, form, status=422)
            case _:
                raise Http404
        # Whoever has just taken their own right away sees the page no more.
        return HttpResponseRedirect(reverse("documents:access", args=[node.pk]))
    return _page(request, node, form)


def _page(request: HttpRequest, node: Node, form: ShareForm, *, status: int = 200) -> HttpResponse:
    scope = node.own_scope
    return render(
        request,
        "documents/access.html",
        {
            "node": node,
            "form": form,
            "path": crumbs_to(node, request),
            "in_space": access.can(request.user, Level.READ, node.space.scope_id),
            "lines": grants_on(node),
            "readers": access.readers(node.scope_id).count(),
            "alone": scope is not None and not scope.inherits,
        },
        status=status,
    )


def _share(request: HttpRequest, node: Node, form: ShareForm) -> bool:
    end = form.cleaned_data["expires_at"]
    try:
        actions.share(
            actor=actor_of(request),
            node=node,
            to=form.cleaned_data["to"],
            level=form.cleaned_data["level"],
            # To the end of that day, where the administration is.
            expires_at=timezone.make_aware(datetime.combine(end, time.max)) if end else None,
            reason=form.cleaned_data["reason"],
        )
    except ValidationError as error:
        form.add_error(None, error)
        return False
    messages.success(request, _("The access is given."))
    return True


def _take(request: HttpRequest, node: Node, field: str) -> None:
    """Take away a grant on the node itself. Raises Http404 for any other."""
    kind, _dash, number = field.partition("-")
    models: dict[str, Any] = {"user": UserGrant, "group": GroupGrant}
    if kind not in models or not number.isdecimal() or node.own_scope_id is None:
        raise Http404
    grant = models[kind].objects.filter(pk=int(number), content_object_id=node.own_scope_id).first()
    if grant is None:
        raise Http404
    revoke_access(actor=actor_of(request), grant=grant)
    messages.success(request, _("The access is taken away."))
