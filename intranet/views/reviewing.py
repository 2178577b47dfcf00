"""What waits for somebody's review."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from intranet.selectors import pages_to_review, told

SHOWN = 15


@require_safe
def to_review(request: HttpRequest) -> HttpResponse:
    """List all that waits for a review by the person."""
    shown = Paginator(pages_to_review(request.user), SHOWN).get_page(request.GET.get("page"))
    context = {"page": shown, "waiting": [told(page) for page in shown.object_list]}
    return render(request, "intranet/to_review.html", context)
