"""Access scopes: who may read them and why, and the grants on them."""

from __future__ import annotations

from typing import TypeVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from directory import access, places
from directory.access import Level
from directory.actions.grants import grant_access
from directory.finding import found_people
from directory.forms.granting import GrantForm
from directory.granted import lines_of
from directory.labels import by_shown_name, label_scopes
from directory.models import (
    AccessScope,
    ScopeKind,
    Service,
    User,
)
from directory.outside import number_from_outside, text_from_outside
from directory.sorting import BY_NAME
from directory.text import folded

from .gate import AdminRequest, for_it_admins

PAGE = 50


def found_scopes(text: str, kind: str = "", *, viewer: User) -> QuerySet[AccessScope]:
    """Return the scopes of the services whose name has `text`, or the one of that number.

    An address of the site gives the scope of what is there. The names of other scopes are
    not searched: an answer would tell them. They come as `viewer` is shown them.
    """
    scopes = by_shown_name(AccessScope.objects.all(), viewer=viewer)
    if kind in ScopeKind.values:
        scopes = scopes.filter(kind=kind)
    if places.is_address(text):
        return scopes.filter(pk=places.scope_at(text) or 0)
    if (number := number_from_outside(text)) is not None:
        return scopes.filter(pk=number)
    if text:
        words = folded(text)
        named = Service.objects.filter(
            pk__in=[
                service.pk
                for service in Service.objects.all()
                if words in folded(f"{service.name_fr}\n{service.name_en}\n{service.slug}")
            ]
        )
        own = Q(pk__in=named.values("scope_id")) | Q(pk__in=named.values("public_scope_id"))
        below = Q(parent__in=named.values("scope_id")) | Q(
            parent__in=named.values("public_scope_id")
        )
        further = Q(parent__parent__in=named.values("scope_id"))
        scopes = scopes.filter(own | ((below | further) & ~Q(kind=ScopeKind.SERVICE)))
    return scopes


@for_it_admins
def scopes(request: AdminRequest) -> HttpResponse:
    """List scopes, by the service they belong to or by number."""
    text = text_from_outside(request.GET.get("q"), longest=300)
    kind = text_from_outside(request.GET.get("kind"), longest=20)
    found = found_scopes(text, kind, viewer=request.user)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    labels = label_scopes(page.object_list, viewer=request.user)
    return render(
        request,
        "directory/access/scopes.html",
        {
            "page": page,
            "labels": [labels[scope.pk] for scope in page.object_list],
            "q": text,
            "kind": kind if kind in ScopeKind.values else "",
            "kinds": [("", _("All")), *ScopeKind.choices],
        },
    )


@for_it_admins
def scope(request: AdminRequest, pk: int) -> HttpResponse:
    """Show a scope: its grants, those that it inherits, who may read it."""
    found = get_object_or_404(AccessScope.objects.select_related("parent"), pk=pk)
    return _scope_page(request, found, _form())


def _scope_page(
    request: AdminRequest, found: AccessScope, form: GrantForm, status: int = 200
) -> HttpResponse:
    level = _level(text_from_outside(request.GET.get("level"), longest=20))
    able = access.having(level, found).select_related("person").order_by(*BY_NAME)
    if words := text_from_outside(request.GET.get("q"), longest=100):
        able = able.filter(pk__in=found_people(words).order_by().values("pk"))
    grants = access.grants_on(found)
    shown = {found, *(grant.content_object for grant in grants)}
    labels = label_scopes(shown | {found.parent} if found.parent else shown, viewer=request.user)
    lines = lines_of(grants, labels, at=found.pk)
    return render(
        request,
        "directory/access/scope.html",
        {
            "scope": found,
            "label": labels[found.pk],
            "parent": labels.get(found.parent_id or 0),
            "own": [line for line in lines if line.here],
            "inherited": [line for line in lines if not line.here],
            "page": Paginator(able, PAGE).get_page(request.GET.get("page")),
            "managed": access.having(Level.MANAGE, found).exists(),
            "level": level,
            "levels": list(Level),
            "q": words,
            "form": form,
        },
        status=status,
    )


def _form(data: QueryDict | None = None) -> GrantForm:
    return GrantForm(data, offered_at=reverse("directory:access_people_offered"), with_reason=True)


def _level(codename: str) -> Level:
    try:
        return Level.from_codename(codename)
    except KeyError:
        return Level.READ


@for_it_admins
@require_POST
def grant(request: AdminRequest, pk: int) -> HttpResponse:
    """Give a group or a person a level on a scope."""
    found = get_object_or_404(AccessScope.objects.select_related("parent"), pk=pk)
    form = _form(request.POST)
    if not form.is_valid():
        return _scope_page(request, found, form, status=422)
    data = form.cleaned_data
    try:
        grant_access(
            actor=request.user,
            scope=found,
            level=data["level"],
            to=data["to"],
            expires_at=data["expires_at"],
            reason=data["reason"],
        )
    except ValidationError as error:
        form.add_error(None, error)
        return _scope_page(request, found, form, status=422)
    messages.success(request, _("Access given, with immediate effect."))
    return redirect("directory:access_scope", pk)


@for_it_admins
def explain(request: AdminRequest) -> HttpResponse:
    """Answer "may this person see this, and why?"; help to choose both."""
    who = _chosen(
        User.objects.select_related("person"), number_from_outside(request.GET.get("person"))
    )
    where = _chosen(AccessScope.objects.all(), number_from_outside(request.GET.get("scope")))
    person_words = text_from_outside(request.GET.get("who"), longest=100)
    scope_words = text_from_outside(request.GET.get("what"), longest=300)
    if where is None and places.is_address(scope_words):
        where = AccessScope.objects.filter(pk=places.scope_at(scope_words) or 0).first()
    context: dict[str, object] = {
        "who": who,
        "scope": where,
        "person_words": person_words,
        "scope_words": scope_words,
        "people": found_people(person_words)[:12] if person_words and who is None else [],
    }
    wanted = [where] if where is not None else []
    offered: list[AccessScope] = []
    if scope_words and where is None:
        offered = list(found_scopes(scope_words, viewer=request.user)[:20])
    explanation = None
    if who is not None and where is not None:
        explanation = access.explain(who, where)
        wanted += [reason.scope for reason in explanation.reasons]
    labels = label_scopes([*wanted, *offered], viewer=request.user)
    context |= {
        "explanation": explanation,
        "reasons": [(reason, labels[reason.scope.pk]) for reason in explanation.reasons]
        if explanation
        else [],
        "label": labels.get(where.pk) if where is not None else None,
        "scopes": [labels[scope.pk] for scope in offered],
    }
    return render(request, "directory/access/explain.html", context)


_Row = TypeVar("_Row", bound=Model)


def _chosen(rows: QuerySet[_Row], number: int | None) -> _Row | None:
    return rows.filter(pk=number).first() if number is not None else None
