"""Addresses of the notices."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from .views import composing, listing, reading

app_name = "notices"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", listing.notices, name="list"),
    path("since/", listing.since, name="since"),
    path("new/", composing.new, name="new"),
    path("sent/", composing.sent, name="sent"),
    path("read/", reading.read_all, name="read_all"),
    path("read/undo/", reading.undo_read_all, name="undo_read_all"),
    path("<int:pk>/", reading.open_notice, name="open"),
    path("<int:pk>/read/", reading.read, name="read"),
    path("<int:pk>/unread/", reading.unread, name="unread"),
    path("<int:pk>/withdraw/", composing.withdraw, name="withdraw"),
]
