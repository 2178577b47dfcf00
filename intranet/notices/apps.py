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
        """Declare what the notices tell, and register the journal's reader."""
        from directory import consumers, journal

        from . import events
        from .consumer import NoticeMaker

        journal.declare(journal.declared_in(events))
        consumers.register(NoticeMaker())
