"""Addresses of the intranet beside its pages."""

from __future__ import annotations

from django.urls import path

from intranet.views import entrance, images, listing, reviewing, writing

app_name = "intranet"
urlpatterns = [
    path("", entrance.front_door, name="front_door"),
    path("notes/", listing.notes, name="notes"),
    path("events/", listing.events, name="events"),
    path("services/", listing.services, name="services"),
    path("to-review/", reviewing.to_review, name="to_review"),
    path("write/", writing.write, name="write"),
    path("images/<path:name>", images.image, name="image"),
]
