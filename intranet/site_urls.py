"""The addresses of the pages. Nothing else of Wagtail's is mounted beside its admin."""

from __future__ import annotations

from django.urls import re_path
from wagtail.urls import serve_pattern

from intranet.lock.gate import seen_by_the_reader
from intranet.serving import serve

urlpatterns = [re_path(serve_pattern, seen_by_the_reader(serve), name="wagtail_serve")]
