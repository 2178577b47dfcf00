"""The directory app: people, services, groups, access scopes and the journal."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class DirectoryConfig(AppConfig):
    """Registers the directory with Django."""

    name = "directory"
    verbose_name = _("Directory")

    def ready(self) -> None:
        """Make the foundations after each migration; watch what the directory tells."""
        from directory import concerns, consumers, dates, events, journal, periodic
        from directory.bootstrap import ensure_foundations
        from directory.held_mail import HeldMail
        from directory.sqlite3 import statistics
        from directory.sync.concerns import untold

        dates.install()
        journal.declare(journal.declared_in(events))
        consumers.register(HeldMail())
        concerns.register(untold)
        concerns.register(periodic.troubled)
        periodic.register(
            "directory.statistics",
            timedelta(days=1),
            statistics.renew,
            words=_("Have the database look at its tables anew (SQLite)"),
        )
        post_migrate.connect(ensure_foundations, sender=self, dispatch_uid="directory.foundations")
