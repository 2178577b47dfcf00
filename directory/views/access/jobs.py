"""What is done by the clock: when it ran last, how long that took, and what failed."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from directory import periodic

from .gate import AdminRequest, for_it_admins


@for_it_admins
def jobs(request: AdminRequest) -> HttpResponse:
    """Show the periodic jobs; one query."""
    return render(request, "directory/access/jobs.html", {"jobs": periodic.standing()})
