"""People: finding them, and what each has and may see."""

from __future__ import annotations

from dataclasses import dataclass

from axes.utils import reset
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from directory import access, events, journal, throttle
from directory.access import Level
from directory.actions.accounts import close_account, open_account
from directory.actions.memberships import add_member, remove_member
from directory.actions.sessions import end_sessions
from directory.finding import found_people, offered_people
from directory.forms.access import MembershipForm
from directory.labels import ScopeLabel, by_shown_name, label_scopes
from directory.models import (
    AccessScope,
    JournalEntry,
    Membership,
    ScopeKind,
    User,
)
from directory.models.grants import UserGrant
from directory.outside import text_from_outside
from directory.text import sort_key

from .gate import AdminRequest, for_it_admins

PAGE = 50
_PLACES = (ScopeKind.SITE, ScopeKind.SERVICE, ScopeKind.SECTION, ScopeKind.SPACE, ScopeKind.CUSTOM)


@dataclass(frozen=True, slots=True)
class Place:
    """A scope that a person has, and how far."""

    label: ScopeLabel
    level: Level


@for_it_admins
def offered(request: AdminRequest) -> HttpResponse:
    """Offer people while a name is typed; with `closed`, those too whose account is closed."""
    found = offered_people(
        text_from_outside(request.GET.get("q"), longest=100), closed="closed" in request.GET
    )
    return render(request, "directory/offered.html", {"people": found})


@for_it_admins
def people(request: AdminRequest) -> HttpResponse:
    """List people, found by words and by state."""
    text = text_from_outside(request.GET.get("q"), longest=100)
    state = text_from_outside(request.GET.get("state"), longest=20)
    found = found_people(text)
    if state == "active":
        found = found.filter(is_active=True)
    elif state == "closed":
        found = found.filter(is_active=False)
    elif state == "local":
        found = found.filter(person=None)
    else:
        state = ""
    found = found.prefetch_related("memberships__access_group__service")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "directory/access/people.html",
        {"page": page, "q": text, "state": state, "states": _states()},
    )


def _states() -> list[tuple[str, str]]:
    return [
        ("", _("All")),
        ("active", _("Open accounts")),
        ("closed", _("Closed accounts")),
        ("local", _("Local accounts")),
    ]


@for_it_admins
def person(request: AdminRequest, pk: int) -> HttpResponse:
    """Show one person: account, memberships and where they come from, what they may see."""
    user = get_object_or_404(User.objects.select_related("person__source"), pk=pk)
    return _person_page(request, user, MembershipForm(user=user))


def _person_page(
    request: AdminRequest, user: User, form: MembershipForm, status: int = 200
) -> HttpResponse:
    memberships = sorted(
        Membership.objects.filter(user=user).select_related(
            "access_group__service", "access_group__group"
        ),
        key=lambda membership: sort_key(str(membership.access_group)),
    )
    scopes = AccessScope.objects.filter(
        Q(kind__in=_PLACES) | access.given_itself(user), pk__in=access.scopes_for(user)
    )
    shown = Paginator(by_shown_name(scopes, viewer=request.user), PAGE).get_page(
        request.GET.get("place")
    )
    grants = list(
        UserGrant.objects.filter(user=user).select_related(
            "permission", "content_object", "granted_by"
        )
    )
    labels = label_scopes([*shown, *(g.content_object for g in grants)], viewer=request.user)
    levels = access.levels(user, shown)
    places = [Place(labels[scope.pk], levels[scope.pk]) for scope in shown]
    return render(
        request,
        "directory/access/person.html",
        {
            "who": user,
            "memberships": Paginator(memberships, PAGE).get_page(request.GET.get("page")),
            "places": places,
            "places_page": shown,
            "grants": [
                (
                    grant,
                    labels[grant.content_object_id],
                    Level.from_codename(grant.permission.codename),
                )
                for grant in grants
            ],
            "entries": journal.shown(
                JournalEntry.objects.filter(object_type="directory.user", object_id=str(user.pk))
                .select_related("actor")
                .order_by("-sequence")[:10]
            ),
            "held": throttle.is_held(user.username),
            "form": form,
        },
        status=status,
    )


@for_it_admins
@require_POST
def member_add(request: AdminRequest, pk: int) -> HttpResponse:
    """Put somebody into an access group by hand."""
    user = get_object_or_404(User.objects.select_related("person__source"), pk=pk)
    form = MembershipForm(request.POST, user=user)
    if not form.is_valid():
        return _person_page(request, user, form, status=422)
    add_member(actor=request.user, access_group=form.cleaned_data["access_group"], user=user)
    messages.success(request, _("Done, with immediate effect."))
    return redirect("directory:access_person", pk)


@for_it_admins
@require_POST
def member_remove(request: AdminRequest, pk: int) -> HttpResponse:
    """Take away a membership that was given by hand."""
    membership = get_object_or_404(
        Membership.objects.select_related("access_group", "user"),
        pk=pk,
        origin=Membership.Origin.MANUAL,
    )
    try:
        remove_member(actor=request.user, membership=membership)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Done, with immediate effect."))
    return redirect("directory:access_person", membership.user_id)


@for_it_admins
@require_POST
def release(request: AdminRequest, pk: int) -> HttpResponse:
    """Let somebody try to sign in again who was held after too many attempts."""
    user = get_object_or_404(User, pk=pk)
    with journal.transaction():
        reset(username=throttle.name_of(user.username))
        journal.append(events.SESSION_RELEASED, obj=user, actor=request.user)
    messages.success(request, _("The person may try to sign in again."))
    return redirect("directory:access_person", pk)


@for_it_admins
@require_POST
def sign_out(request: AdminRequest, pk: int) -> HttpResponse:
    """End every session of somebody, with their open pages."""
    user = get_object_or_404(User, pk=pk)
    end_sessions(actor=request.user, users=[user], why="it")
    messages.success(request, _("All sessions of this person have ended."))
    return redirect("directory:access_person", pk)


@for_it_admins
@require_POST
def close(request: AdminRequest, pk: int) -> HttpResponse:
    """Close an account at once, whatever the directory says of it."""
    try:
        close_account(actor=request.user, user=get_object_or_404(User, pk=pk))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The account is closed, with immediate effect."))
    return redirect("directory:access_person", pk)


@for_it_admins
@require_POST
def open_again(request: AdminRequest, pk: int) -> HttpResponse:
    """Take back that an account was closed by hand."""
    user = get_object_or_404(User, pk=pk)
    open_account(actor=request.user, user=user)
    user.refresh_from_db()
    if user.is_active:
        messages.success(request, _("The account is open again."))
    else:
        messages.warning(
            request, _("The directory still has this account closed: it opens when that ends.")
        )
    return redirect("directory:access_person", pk)
