"""Who can see a folder or document, for those who manage it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from directory import access
from directory.access import Grant, Level
from directory.acquaintance import known_groups, known_people
from directory.actions.grants import LongerThanGiven
from directory.delegation import Effect, HeadsStay, bound_of, effect_of_ending
from directory.finding import offered_people
from directory.forms.granting import GrantForm
from directory.granted import GrantLine, lines_of
from directory.labels import names_of
from directory.models import User
from directory.outside import text_from_outside
from directory.sorting import BY_NAME
from documents import actions, selectors
from documents.models import Node

from .addresses import crumbs_to
from .answers import EXPECTED, actor_of, done, is_sheet, sheet, told, words_of

READERS = 200
LOSING = 20
"""How many of those who lose access are named before it is taken away."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """A change that takes the person's own access away, to be confirmed: what was asked."""

    text: str
    do: str
    grant: str


def grants_on(node: Node, viewer: User) -> list[GrantLine]:
    """Return the grants on `node` as lines, its own first; seven queries at most.

    What is over is listed where it can be given anew, on what has it for its own.
    """
    lines = _lines(access.grants_on(node.scope_id), node, viewer)
    return [line for line in lines if line.here or not line.grant.is_over]


def _lines(
    grants: list[Grant],
    node: Node,
    viewer: User,
    kept: Mapping[Grant, Level] = MappingProxyType({}),
) -> list[GrantLine]:
    """Return the lines of `grants` on `node` and on what it inherits from, in their order.

    A place that `viewer` does not read has no name: it may tell what is in it.
    """
    scopes = [grant.content_object for grant in grants]
    readable, names = access.levels(viewer, scopes), names_of(scopes)
    places = {pk: name for pk, name in names.items() if pk in readable}
    own = node.access_scope
    return lines_of(grants, places, at=own.pk if own is not None else None, kept=kept)


@require_http_methods(["GET", "HEAD", "POST"])
def node_access(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show who has access, and change it. Field `do`: break, keep, restore, share or take.

    `sure` says that losing one's own access is meant.
    """
    node = selectors.node_for(request.user, pk, Level.MANAGE)
    form = _form(request, node)
    if request.method == "POST":
        do, grant = _asked_for(request.POST)
        sure = "sure" in request.POST
        try:
            match do:
                case "break" | "keep":
                    with told(request):
                        actions.break_inheritance(
                            actor=actor_of(request), node=node, keep_access=do == "keep"
                        )
                        messages.success(
                            request,
                            _("“%(name)s” has access rights of its own now.")
                            % {"name": node.title},
                        )
                case "restore":
                    with _told_but_own(request):
                        actions.restore_inheritance(actor=actor_of(request), node=node, sure=sure)
                        messages.success(
                            request,
                            _("“%(name)s” has the access rights of its folder again.")
                            % {"name": node.title},
                        )
                case "take":
                    _take(request, node, grant, sure=sure)
                case "share":
                    form = _form(request, node, request.POST)
                    if not form.is_valid() or not _share(request, node, form):
                        return _page(request, node, form, status=422)
                case _:
                    raise Http404
        except actions.OwnAccess as error:
            unsure = Unsure(words_of(error), do, grant)
            if is_sheet(request):
                return _asked(request, node, unsure.do, unsure.grant, status=422)
            return _page(request, node, form, status=422, unsure=unsure)
        return done(request, _next(request, node))
    return _page(request, node, form)


@require_safe
def access_change(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say what a change of access does, before it is done; it is sent to `node_access`.

    `do` is "break", "restore" or "take", with the `grant` to be taken.
    """
    node = selectors.node_for(request.user, pk, Level.MANAGE)
    return _asked(request, node, *_asked_for(request.GET))


def _asked_for(fields: QueryDict) -> tuple[str, str]:
    """Return what is to be done, and the grant that is meant."""
    do = text_from_outside(fields.get("do"), longest=20)
    return do, text_from_outside(fields.get("grant"), longest=40)


def _asked(
    request: HttpRequest, node: Node, do: str, field: str, *, status: int = 200
) -> HttpResponse:
    alone = node.access_scope is not None and not node.access_scope.inherits
    grant: Grant | None = None
    refused = ""
    match do:
        case "break" if not alone:
            title = _("Keep only those who manage it?")
            effect = actions.effect_of_breaking(node, keep_access=False)
        case "restore" if alone:
            title = (
                _("Follow the service again?") if node.is_root else _("Follow the folder again?")
            )
            effect = actions.effect_of_restoring(node)
            refused = actions.refusal_of_restoring(
                actor=actor_of(request), node=node, ends=effect.ends
            )
        case "take":
            grant = _grant_on(node, field)
            title = _("Remove this access?")
            effect = effect_of_ending(grant)
            refused = actions.refusal_of_taking(
                actor=actor_of(request), grant=grant, ends=effect.ends
            )
        case _:
            raise Http404
    context = {
        "node": node,
        "do": do,
        "field": field if grant is not None else "",
        "refused": refused,
        "own": effect.unmanaged.filter(pk=actor_of(request).pk).exists(),
    } | _told_of(request, node, effect, grant, kept=actions.kept_after(node, do, effect.ends))
    return sheet(request, "documents/access_change.html", context, title=title, status=status)


def _told_of(
    request: HttpRequest,
    node: Node,
    effect: Effect,
    grant: Grant | None,
    kept: Mapping[Grant, Level],
) -> dict[str, object]:
    """Return what of `effect` the reader may know: all of it, but for places they cannot see."""
    others = [other for other in effect.ends if other != grant]
    ends = _lines(others, node, actor_of(request), kept)
    named = effect.loses.order_by(*BY_NAME)
    return {
        "grant": _lines([grant], node, actor_of(request), kept)[0] if grant is not None else None,
        "ends": [line for line in ends if line.place],
        "losing": named[:LOSING],
        "loses": named.count(),
        "gains": effect.gains.count(),
    }


@require_safe
def offered(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Offer people, to whom the node may be shown, while a name is typed."""
    node = selectors.node_for(request.user, pk, Level.MANAGE)
    found = offered_people(
        text_from_outside(request.GET.get("q"), longest=100),
        among=known_people(actor_of(request), node.scope_id),
    )
    return render(request, "directory/offered.html", {"people": found})


def _form(request: HttpRequest, node: Node, data: object = None) -> GrantForm:
    actor = actor_of(request)
    return GrantForm(
        data,
        offered_at=reverse("documents:access_offered", args=[node.pk]),
        people=known_people(actor, node.scope_id),
        groups=known_groups(actor, node.scope_id),
        bound=bound_of(actor, node.scope_id),
    )


def _next(request: HttpRequest, node: Node) -> str:
    """Return the page that comes next: whoever took their own right away sees this one no more."""
    level = access.levels(request.user, [node.scope_id]).get(node.scope_id)
    if level is None:
        return reverse("documents:spaces")
    if level < Level.MANAGE:
        return node.get_absolute_url()
    return reverse("documents:access", args=[node.pk])


def _page(
    request: HttpRequest,
    node: Node,
    form: GrantForm,
    *,
    status: int = 200,
    unsure: Unsure | None = None,
) -> HttpResponse:
    scope = node.access_scope
    readers = access.readers(node.scope_id)
    return render(
        request,
        "documents/access.html",
        {
            "node": node,
            "form": form,
            "path": crumbs_to(node, request),
            "in_space": access.can(request.user, Level.READ, node.space.scope_id),
            "lines": grants_on(node, actor_of(request)),
            "count": readers.count(),
            "readers": readers.select_related("person").order_by(*BY_NAME)[:READERS],
            "alone": scope is not None and not scope.inherits,
            "unsure": unsure,
        },
        status=status,
    )


def _share(request: HttpRequest, node: Node, form: GrantForm) -> bool:
    try:
        actions.share(
            actor=actor_of(request),
            node=node,
            to=form.cleaned_data["to"],
            level=form.cleaned_data["level"],
            expires_at=form.cleaned_data["expires_at"],
            reason=form.cleaned_data["reason"],
        )
    except (LongerThanGiven, HeadsStay, actions.NobodyLeft) as error:
        form.add_error("expires_at", error)  # another end is what would do
        return False
    except ValidationError as error:
        form.add_error(None, error)
        return False
    messages.success(request, _("%(who)s has access now.") % {"who": form.cleaned_data["to"]})
    return True


@contextmanager
def _told_but_own(request: HttpRequest) -> Iterator[None]:
    """Tell what is refused, but for the loss of one's own access, which is asked about."""
    try:
        yield
    except actions.OwnAccess:
        raise
    except EXPECTED as error:
        messages.error(request, words_of(error))


def _take(request: HttpRequest, node: Node, field: str, *, sure: bool) -> None:
    """Take away a grant on the node itself. Raises Http404 for any other."""
    grant = _grant_on(node, field)
    with _told_but_own(request):
        actions.unshare(actor=actor_of(request), node=node, grant=grant, sure=sure)
        messages.success(request, _("The access is removed."))


def _grant_on(node: Node, field: str) -> Grant:
    """Return the grant on the node itself that `field` of a line names. Raises Http404."""
    grant = access.grant_at(node.access_scope, field)
    if grant is None:
        raise Http404
    return grant
