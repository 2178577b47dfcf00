"""The directory: its connection, its readings, the approval of those that are held."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from directory.ldap import position
from directory.ldap.connection import Connection
from directory.ldap.errors import DirectoryError, NotConfigured
from directory.models import AccessGroup, DirGroup, Person, SyncRun
from directory.reading_words import FAULTS, FIELDS, KINDS
from directory.sync import config, engine, lock
from directory.sync.concerns import passwords_untold

from .gate import AdminRequest, for_it_admins

PAGE = 20
CHECK_SECONDS = 3.0

_LOSSES = {"entry_faults", "people_disabled", "people_absent", "groups_gone", "memberships_removed"}


@for_it_admins
def directory(request: AdminRequest) -> HttpResponse:
    """Show the directory's settings, how it answers, and the last readings."""
    context: dict[str, Any] = {"configured": config.is_configured()}
    try:
        settings = config.from_settings()
    except NotConfigured as error:
        context["fault"] = str(error)
    else:
        source = config.source()
        newest = engine.last_reading(source)
        context |= {
            "settings": settings,
            "people": Person.objects.filter(source=source).count(),
            "groups": DirGroup.objects.filter(source=source, gone_at=None).count(),
            "page": Paginator(source.runs.order_by("-pk"), PAGE).get_page(request.GET.get("page")),
            "held": newest if newest and newest.state == SyncRun.State.HELD else None,
            "concerns": passwords_untold(),
            "faulty": newest if newest and newest.counts.get("entry_faults") else None,
        }
    return render(request, "directory/access/directory.html", context)


@for_it_admins
def connection(request: AdminRequest) -> HttpResponse:
    """Say how the directory answers now: a part of the page, asked for once it is shown."""
    fault = ""
    try:
        with Connection(config.from_settings(), budget=CHECK_SECONDS) as opened:
            position.current(opened)
    except DirectoryError as error:
        fault = str(error)
    return render(request, "directory/access/connection.html", {"fault": fault})


@for_it_admins
@require_POST
def read(request: AdminRequest) -> HttpResponse:
    """Read the directory now; as a dry run where that is asked for."""
    dry_run = request.POST.get("dry_run") == "yes"
    try:
        run = engine.synchronise(
            trigger=SyncRun.Trigger.PAGE, actor=request.user, dry_run=dry_run, wait=5.0
        )
    except lock.Busy:
        messages.warning(request, _("The directory is being read right now."))
        return redirect("directory:access_directory")
    except NotConfigured as error:
        messages.error(request, str(error))
        return redirect("directory:access_directory")
    return redirect("directory:access_run", run.pk)


@for_it_admins
def run(request: AdminRequest, pk: int) -> HttpResponse:
    """Show one reading: what it changed or would change, and why it is held."""
    found = get_object_or_404(
        SyncRun.objects.select_related("requested_by", "approved_by", "source"), pk=pk
    )
    newest = engine.last_reading(found.source)
    labels = {
        group.pk: str(group) for group in AccessGroup.objects.select_related("service", "group")
    }
    parts = [
        {
            "title": KINDS[kind],
            "number": number,
            "loss": kind in _LOSSES,
            "items": [_item(item, labels) for item in found.diff.get(kind, [])],
        }
        for kind, number in found.counts.items()
        if kind in KINDS
    ]
    return render(
        request,
        "directory/access/run.html",
        {
            "run": found,
            "parts": parts,
            "holds": [
                hold | {"name": hold["name"] or labels.get(hold["access_group"], "")}
                for hold in found.hold_reasons
            ],
            "may_approve": found.state == SyncRun.State.HELD
            and newest is not None
            and newest.pk == found.pk,
            "approval": SyncRun.objects.filter(approves=found)
            .select_related("approved_by")
            .first(),
        },
    )


def _item(item: dict[str, Any], labels: dict[int, str]) -> dict[str, Any]:
    return item | {
        "group": labels.get(item.get("access_group", 0), ""),
        "way": " › ".join(item.get("via", [])),
        "why": FAULTS.get(item.get("why", ""), ""),
        "fields": [str(FIELDS.get(name, name)) for name in item.get("fields", [])],
    }


@for_it_admins
@require_POST
def approve(request: AdminRequest, pk: int) -> HttpResponse:
    """Write what a held reading would change, if it is still the same."""
    held = get_object_or_404(SyncRun.objects.select_related("source"), pk=pk)
    try:
        done = engine.synchronise(
            trigger=SyncRun.Trigger.PAGE, actor=request.user, approves=held, wait=5.0
        )
    except lock.Busy:
        messages.warning(request, _("The directory is being read right now."))
    except (engine.NotHeld, NotConfigured):
        messages.warning(
            request, _("The directory has been read again since: see the new reading.")
        )
        return redirect("directory:access_directory")
    else:
        if done.state == SyncRun.State.APPLIED:
            messages.success(request, _("Approved and applied."))
        elif done.state == SyncRun.State.HELD:
            messages.warning(
                request, _("Other removals have come up since: look at them before you approve.")
            )
        return redirect("directory:access_run", done.pk)
    return redirect("directory:access_run", pk)
