"""The addresses of the directory: sign-in, and the administration of access."""

from __future__ import annotations

from django.urls import reverse

from tests.leaks.route import Route, expect

ROUTES = [
    Route(
        "directory:sign_in",
        lambda w: reverse("directory:sign_in"),
        expect(302, anonymous=200),
    ),
    Route("directory:sign_out", lambda w: reverse("directory:sign_out"), expect(302), "post"),
    Route(
        "directory:language",
        lambda w: reverse("directory:language"),
        expect(302),
        "post",
        {"language": "en", "next": "/"},
    ),
]
