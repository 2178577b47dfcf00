"""The addresses of the site, and a view that does nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import urlpatterns as site


def hello(request: HttpRequest) -> HttpResponse:
    """Answer a few bytes, to whoever is signed in."""
    return HttpResponse("hello")


urlpatterns = [path("bench/hello", hello), *site]
