"""The first page of the administration."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from directory import concerns
from directory.ldap import config
from directory.models import (
    GroupGrant,
    GroupRule,
    JournalEntry,
    Service,
    SyncRun,
    User,
    UserGrant,
)

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
            "entries": JournalEntry.objects.order_by("-sequence")
            .filter(object_type__startswith="directory.")
            .select_related("actor")[:8],
            "concerns": concerns.found(),
            "configured": config.is_configured(),
            "run": newest,
        },
    )
