"""Live notices."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    """Registers the notices with Django."""

    name = "intranet.notices"
    label = "notices"
    verbose_name = _("Notices")
