"""The picture of the site where a browser asks for it without having read a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe


@require_safe
def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """Lead from /favicon.ico to the file among the static ones, which changes its name."""
    answer = HttpResponseRedirect(static("design/favicon.ico"))
    answer["Cache-Control"] = "public, max-age=86400"
    return answer
