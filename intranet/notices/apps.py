"""Live notices."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    """Registers the notices with Django, and their reader with the journal."""

    name = "intranet.notices"
    label = "notices"
    verbose_name = _("Notices")

    def ready(self) -> None:
        """Register the journal's reader."""
        from directory import consumers

        from .consumer import NoticeMaker

        consumers.register(NoticeMaker())
