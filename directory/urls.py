"""Addresses of the directory app."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from directory.views import session

app_name = "directory"
urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", session.sign_in, name="sign_in"),
    path("sign-out/", session.sign_out, name="sign_out"),
    path("language/", session.language, name="language"),
]
