"""The intranet app."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntranetConfig(AppConfig):
    """Registers the intranet app with Django."""

    name = "intranet"
    verbose_name = _("Intranet")

    def ready(self) -> None:
        """Put the lock on Wagtail's doors and listen to what happens to pages."""
        from directory import consumers, journal, periodic, places
        from documents import upkeep
        from intranet import (
            events,
            headings,
            indexing,
            journaling,
            review_forms,
        )
        from intranet.consumers import SectionMaker
        from intranet.lock import mails, patches, permissions
        from intranet.periodic import Pictures, publish
        from intranet.pictures import sweeping
        from intranet.places import scope_at

        patches.install()
        headings.install()
        review_forms.install()
        permissions.register()
        mails.register()
        journaling.listen()
        indexing.register()
        journal.declare(journal.declared_in(events))
        places.register(scope_at)
        consumers.register(SectionMaker())
        periodic.register(
            "intranet.schedule",
            timedelta(seconds=10),
            publish,
            words=_("Publish and take down pages at their time"),
        )
        periodic.register(
            "intranet.pictures",
            timedelta(minutes=10),
            Pictures(),
            words=_("Render missing sizes of images"),
        )
        upkeep.register(sweeping.sweep)
