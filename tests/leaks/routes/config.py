"""The addresses of the project itself."""

from __future__ import annotations

from django.urls import reverse

from tests.leaks.route import Route, expect

ROUTES = [
    Route("health_live", lambda w: reverse("health_live"), expect(200, anonymous=200)),
    Route("health_ready", lambda w: reverse("health_ready"), expect(200, anonymous=200)),
    Route("favicon", lambda w: reverse("favicon"), expect(302)),
]
