"""The search app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    """Registers the search app with Django."""

    name = "search"
    verbose_name = _("Search")
