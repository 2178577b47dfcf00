"""The first page of the administration."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from directory import concerns, events, journal
from directory.models import (
    GroupRule,
    JournalEntry,
    Service,
    SyncRun,
    User,
)
from directory.models.grants import GroupGrant, UserGrant
from directory.sync import config

from .gate import AdminRequest, for_it_admins


@for_it_admins
def overview(request: AdminRequest) -> HttpResponse:
    """Show how things stand, and where to go."""
    people = User.objects.aggregate(
        active=Count("pk", filter=Q(is_active=True)),
        closed=Count("pk", filter=Q(is_active=False)),
    )
    now = timezone.now()
    ending = Q(expires_at__gt=now, expires_at__lt=now + timedelta(days=14))
    newest = SyncRun.objects.exclude(state=SyncRun.State.DRY_RUN).order_by("-pk").first()
    return render(
        request,
        "directory/access/overview.html",
        {
            "people": people,
            "services": Service.objects.count(),
            "rules": GroupRule.objects.count(),
            "personal": UserGrant.objects.count(),
            "ending": UserGrant.objects.filter(ending).count()
            + GroupGrant.objects.filter(ending).count(),
            "entries": _latest(8),
            "concerns": concerns.found(),
            "configured": config.is_configured(),
            "run": newest,
        },
    )


def _latest(limit: int) -> list[JournalEntry | journal.Unreadable]:
    """Return the newest entries of what changed of people, groups and rights; one query.

    Sign-ins are left to the journal's own page: of a morning's, no change would be seen.
    """
    changes = [e.name for e in journal.declared_in(events) if e not in events.CHANGE_NOTHING]
    entries = JournalEntry.objects.filter(action__in=changes)
    found = journal.newest(entries, [journal.Strand("action", changes)], limit)
    return journal.shown(found.order_by("-sequence").select_related("actor")[:limit])
