"""Addresses of the notices."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from .views import composing, listing, marking

app_name = "notices"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", listing.notices, name="list"),
    path("since/", listing.since, name="since"),
    path("new/", composing.new, name="new"),
    path("sent/", composing.sent, name="sent"),
    path("read/", marking.read_all, name="read_all"),
    path("read/undo/", marking.undo_read_all, name="undo_read_all"),
    path("<int:pk>/", marking.open_notice, name="open"),
    path("<int:pk>/read/", marking.read, name="read"),
    path("<int:pk>/unread/", marking.unread, name="unread"),
    path("<int:pk>/withdraw/", composing.withdraw, name="withdraw"),
]
