"""The directory: its connection, its readings, the approval of those that are held."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from directory import checking
from directory.ldap import position
from directory.ldap.connection import Connection
from directory.ldap.errors import DirectoryError, NotConfigured
from directory.models import AccessGroup, DirGroup, Person, SyncRun
from directory.reading_words import FAULTS, FIELDS, KINDS
from directory.sync import config, engine, lock
from directory.sync.concerns import untold
from directory.sync.diff import Change

from .gate import AdminRequest, for_it_admins

PAGE = 20
CHECK_SECONDS = 3.0
CHECK_ALL_SECONDS = 15.0
CHECK_ENTRIES = 500

_LOSSES = {"entry_faults", "people_disabled", "people_absent", "groups_gone", "memberships_removed"}


@for_it_admins
def directory(request: AdminRequest) -> HttpResponse:
    """Show the directory's settings, how it answers, and the last readings."""
    context: dict[str, object] = {"configured": config.is_configured()}
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
            "concerns": untold(),
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
def check(request: AdminRequest) -> HttpResponse:
    """Say what works and how to mend what does not: a part of the page, asked for by a button."""
    findings = list(checking.look(most=CHECK_ENTRIES, budget=CHECK_ALL_SECONDS))
    return render(request, "directory/access/check.html", {"findings": findings})


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
    return render(
        request,
        "directory/access/run.html",
        {
            "run": found,
            "parts": _parts(found.counts, found.diff, labels),
            "beside": _parts(found.beside["counts"], found.beside["diff"], labels)
            if found.beside
            else [],
            "holds": [_hold(hold, labels) for hold in found.hold_reasons],
            "may_approve": engine.is_still_held(found, newest),
            "approval": SyncRun.objects.filter(approves=found)
            .select_related("approved_by")
            .first(),
        },
    )


def _parts(
    counts: dict[str, int], changes: dict[str, list[Change]], labels: dict[int, str]
) -> list[dict[str, object]]:
    return [
        {
            "title": KINDS[kind],
            "number": number,
            "loss": kind in _LOSSES,
            "items": [_item(item, labels) for item in changes.get(kind, [])],
        }
        for kind, number in counts.items()
        if kind in KINDS
    ]


def _hold(hold: dict[str, Any], labels: dict[int, str]) -> dict[str, Any]:
    name = hold["name"] or labels.get(hold["access_group"], "")
    return hold | {"name": FIELDS.get(name, name) if hold["code"].startswith("field") else name}


def _item(item: Change, labels: dict[int, str]) -> dict[str, object]:
    return {**item} | {
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
                request, _("Other changes have come up since: look at them before you approve.")
            )
        return redirect("directory:access_run", done.pk)
    return redirect("directory:access_run", pk)
