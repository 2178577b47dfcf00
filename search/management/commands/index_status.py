"""Tell how the search index stands."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from directory import journal
from directory.models import ConsumerCursor, ParkedEntry
from search.engines import engine
from search.engines.base import SearchError
from search.indexer import Indexer


class Command(BaseCommand):
    """`manage.py index_status`."""

    help = "Shows which search indexes there are, what they hold, and how far behind they are."

    def handle(self, *args: object, **options: object) -> None:
        """Run the command."""
        at_work = engine()
        try:
            at_work.check()
            live, building = at_work.live(), at_work.building()
            for name in at_work.names():
                stats = at_work.stats(name)
                role = {live: _("searched"), building: _("being built")}.get(name, _("left over"))
                self.stdout.write(
                    ngettext(
                        "%(name)s (%(role)s): %(count)s document, %(size)s",
                        "%(name)s (%(role)s): %(count)s documents, %(size)s",
                        stats.documents,
                    )
                    % {
                        "name": name,
                        "role": role,
                        "count": stats.documents,
                        "size": filesizeformat(stats.bytes),
                    }
                )
                if not stats.schema_matches:
                    self.stdout.write(
                        self.style.WARNING(
                            _("  made by another version: run `manage.py rebuild_index`")
                        )
                    )
        except SearchError as error:
            raise CommandError(f"{at_work.name}: {error}") from error
        at = ConsumerCursor.objects.filter(name=Indexer.name).first()
        newest = journal.last_sequence()
        position = at.sequence if at else 0
        self.stdout.write(
            _("The index follows the journal up to entry %(position)s of %(newest)s.")
            % {"position": position, "newest": newest}
        )
        if at and at.last_error:
            self.stdout.write(self.style.WARNING(at.last_error))
        parked = ParkedEntry.objects.filter(consumer=Indexer.name).count()
        if parked:
            self.stdout.write(
                self.style.WARNING(
                    _("Parked entries, whose objects may be missing or old: %(count)s")
                    % {"count": parked}
                )
            )
