"""Who gets to these pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache

from directory import access
from directory.models import User

P = ParamSpec("P")


class AdminRequest(HttpRequest):
    """A request of somebody who administers access."""

    user: User


def for_it_admins(
    view: Callable[Concatenate[AdminRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let IT admins in; to others the page does not exist. One query."""

    @wraps(view)
    def gated(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not access.is_it_admin(request.user):
            raise Http404
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    return never_cache(gated)
