"""The search page, the results while typing, and the same in JSON."""

from __future__ import annotations

import logging
from typing import TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from directory.models import User

from . import parameters as reading
from . import presenting, searching
from .engines.base import SearchUnavailable
from .turns import RETRY_SECONDS, SearchBusy

_Response = TypeVar("_Response", bound=HttpResponse)

log = logging.getLogger(__name__)


def _person(request: HttpRequest) -> User:
    # Nobody comes here without having signed in: see SignInRequiredMiddleware.
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def _wait(response: _Response) -> _Response:
    """Say when it is worth asking again."""
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


@require_safe
@never_cache
def search(request: HttpRequest) -> HttpResponse:
    """The page of results; without a query, how to search."""
    parameters = reading.read(request.GET)
    context: dict[str, object] = {"query": parameters.raw, "parameters": parameters}
    try:
        results = searching.search(_person(request), parameters)
    except SearchBusy:
        again = request.get_full_path()
        return _wait(render(request, "search/search.html", context | {"again": again}, status=429))
    except SearchUnavailable as error:
        log.error("The search is not available: %s", error)
        return _wait(render(request, "search/search.html", context | {"down": True}, status=503))
    if parameters.query:
        context |= {
            "results": results,
            "summary": presenting.summary(results),
            "facets": presenting.facets(results, parameters, request.GET),
            "sorts": presenting.sorts(parameters, request.GET),
            "all_words": presenting.all_words(results, parameters, request.GET),
            "page": presenting.page(results, parameters),
            "narrowed": bool(parameters.selection.chosen()),
            "without_facets": reading.address(
                request.GET, dict.fromkeys(("kind", "service", "language", "period"))
            ),
        }
    return render(request, "search/search.html", context)


@require_safe
@never_cache
def suggest(request: HttpRequest) -> HttpResponse:
    """The results while typing, as a fragment for the search box."""
    parameters = reading.read(request.GET)
    context: dict[str, object] = {"query": parameters.raw}
    try:
        context["shown"] = searching.suggest(_person(request), parameters.raw)
    except SearchBusy:
        return _wait(HttpResponse(status=429))
    except SearchUnavailable as error:
        log.error("The search is not available: %s", error)
        context["down"] = True
    return render(request, "search/suggest.html", context)


@require_safe
@never_cache
def api(request: HttpRequest) -> JsonResponse:
    """The page of results in JSON.

    503 with a message while the engine is down, 429 where the person asks for too much at once;
    both with Retry-After.
    """
    parameters = reading.read(request.GET)
    try:
        results = searching.search(_person(request), parameters)
    except SearchBusy:
        message = _("Your other searches are still running. Search again in a moment.")
        return _wait(JsonResponse({"error": message}, status=429))
    except SearchUnavailable as error:
        log.error("The search is not available: %s", error)
        message = _("The search is not available at the moment.")
        return _wait(JsonResponse({"error": message}, status=503))
    page = presenting.page(results, parameters)
    return JsonResponse(
        {
            "query": parameters.raw,
            "total": results.found.total,
            "with_all_words": results.found.with_all,
            "page": page.number,
            "pages": page.paginator.num_pages,
            "corrected": [{"unknown": one, "instead": other} for one, other in results.corrected],
            "facets": {
                facet.value: [{"value": bucket.value, "count": bucket.count} for bucket in buckets]
                for facet, buckets in results.found.facets.items()
            },
            "results": [
                {
                    "kind": shown.kind,
                    "title": shown.hit.title,
                    "url": shown.hit.url,
                    "context": shown.hit.context,
                    "detail": shown.hit.detail,
                    "service": shown.service,
                    "date": shown.date.isoformat(),
                    "excerpt": [
                        {"text": piece, "match": is_match} for piece, is_match in shown.excerpt
                    ],
                }
                for shown in results.shown
            ],
        }
    )
