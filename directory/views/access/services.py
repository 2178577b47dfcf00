"""Services and their access groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from directory.actions.services import create_service, rename_service
from directory.forms.access import ServiceForm
from directory.models import AccessGroup, GroupRule, Membership, Role, Service, User
from directory.models.group import SERVICE_ROLES
from directory.outside import text_from_outside
from directory.selectors import service_tree
from directory.sorting import BY_NAME, SortKey
from directory.text import sort_key

from .gate import AdminRequest, for_it_admins

PAGE = 50


@dataclass(slots=True)
class Branch:
    """A service in the tree, with its people in number, by role, and its heads."""

    service: Service
    depth: int
    sizes: dict[str, int] = field(default_factory=dict)
    heads: list[str] = field(default_factory=list)


@for_it_admins
def services(request: AdminRequest) -> HttpResponse:
    """List the services as a tree, and the groups of the site."""
    groups = AccessGroup.objects.select_related("group").annotate(
        size=Count("group__user", filter=Q(group__user__is_active=True), distinct=True)
    )
    by_service: dict[int, dict[str, int]] = defaultdict(dict)
    others: list[AccessGroup] = []
    for group in groups.order_by("role", "pk"):
        if group.service_id is None:
            others.append(group)
        else:
            by_service[group.service_id][group.role] = group.size
    heads: dict[int, list[str]] = defaultdict(list)
    for service, first, last in (
        Membership.objects.filter(access_group__role=Role.HEAD, user__is_active=True)
        .order_by("user__sort_name", "user")
        .values_list("access_group__service", "user__first_name", "user__last_name")
        .distinct()
    ):
        heads[service].append(f"{first} {last}".strip())
    branches = [
        Branch(service, depth, by_service[service.pk], heads[service.pk])
        for service, depth in service_tree()
    ]
    return render(
        request, "directory/access/services.html", {"branches": branches, "groups": others}
    )


@for_it_admins
def service(request: AdminRequest, slug: str) -> HttpResponse:
    """Show a service: who is in it with which role, by which way, and the rules."""
    found = get_object_or_404(Service.objects.select_related("parent"), slug=slug)
    role = text_from_outside(request.GET.get("role"), longest=20)
    memberships = Membership.objects.filter(access_group__service=found)
    if role in SERVICE_ROLES:
        memberships = memberships.filter(access_group__role=role)
    page = _people_page(request, memberships)
    return render(
        request,
        "directory/access/service.html",
        {
            "service": found,
            "role": role,
            "roles": [(r.value, r.label) for r in SERVICE_ROLES],
            "page": page,
            "members": _strongest(memberships, page.object_list),
            "rules": GroupRule.objects.filter(access_group__service=found)
            .select_related("dir_group", "access_group")
            .order_by("access_group__role", SortKey("dir_group__name"), "pk"),
            "children": sorted(found.children.all(), key=lambda s: sort_key(s.name)),
        },
    )


def _people_page(request: AdminRequest, memberships: QuerySet[Membership]) -> Page:
    """Return a page of the people who have `memberships`, by name."""
    people = User.objects.filter(pk__in=memberships.values("user_id")).order_by(*BY_NAME)
    return Paginator(people, PAGE).get_page(request.GET.get("page"))


def _strongest(memberships: QuerySet[Membership], people: Iterable[User]) -> list[Membership]:
    """Return of each of `people` the membership with the highest role, the shortest way first."""
    order = {role: place for place, role in enumerate(reversed(SERVICE_ROLES))}
    best: dict[int, Membership] = {}
    shown = [user.pk for user in people]
    for membership in sorted(
        memberships.filter(user_id__in=shown).select_related("user__person", "access_group"),
        key=lambda m: (order.get(Role(m.access_group.role), 0), len(m.via)),
    ):
        best.setdefault(membership.user_id, membership)
    return [best[pk] for pk in shown]


@for_it_admins
def service_new(request: AdminRequest) -> HttpResponse:
    """Add a service."""
    form = ServiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_service(actor=request.user, **form.cleaned_data)
        except ValidationError as taken:
            form.add_error("slug", taken)
        else:
            messages.success(
                request, _("Service added. Rules will fill its groups from the directory.")
            )
            return redirect("directory:access_service", made.slug)
    return render(
        request,
        "directory/access/service_form.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


@for_it_admins
def service_edit(request: AdminRequest, slug: str) -> HttpResponse:
    """Give a service other names."""
    found = get_object_or_404(Service.objects.select_related("scope", "public_scope"), slug=slug)
    form = ServiceForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        found.refresh_from_db(fields=["name_fr", "name_en"])  # the form has changed them already
        rename_service(actor=request.user, service=found, **form.cleaned_data)
        messages.success(request, _("Names changed."))
        return redirect("directory:access_service", slug)
    return render(
        request,
        "directory/access/service_form.html",
        {"form": form, "service": found},
        status=422 if form.errors else 200,
    )


@for_it_admins
def group(request: AdminRequest, pk: int) -> HttpResponse:
    """Show an access group that is of no service: everyone, the IT admins, others."""
    found = get_object_or_404(
        AccessGroup.objects.select_related("group"), pk=pk, service__isnull=True
    )
    memberships = Membership.objects.filter(access_group=found)
    page = _people_page(request, memberships)
    return render(
        request,
        "directory/access/group.html",
        {
            "group": found,
            "page": page,
            "members": _strongest(memberships, page.object_list),
            "rules": GroupRule.objects.filter(access_group=found)
            .select_related("dir_group", "access_group")
            .order_by(SortKey("dir_group__name"), "pk"),
        },
    )
