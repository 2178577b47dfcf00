"""`manage.py prepare_embedded`: bring a data folder to where it can be served."""

from __future__ import annotations

import hashlib
import traceback
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from config.demo import loader
from config.management.failing import told
from directory import consumers
from directory.consumers.runner import LeaseLost, TryLater
from search.engines import engine
from search.engines.base import SearchError


class Command(BaseCommand):
    """Migrates, collects static files, loads the demo once and brings the index up to date."""

    help = "Prepares the data folder of `make run`. What is done already is not done again."

    def handle(self, *args: object, **options: object) -> None:
        """Run the command; of any error one message is shown, and the whole is kept in a log."""
        try:
            self._prepare()
        except Exception as error:
            raise CommandError(f"{told(error)}{_kept()}") from error

    def _prepare(self) -> None:
        self._migrate()
        self._collect_static()
        if loader.is_loaded():
            loader.write_logins()
            self._index_if_needed()
            return
        self.stdout.write("Loading the demo organisation …")
        loader.load(progress=self.stdout.write)
        self.stdout.write("Reading the documents and building the index …")
        try:
            for _ in range(2):  # what one consumer writes may be news to another
                for consumer in consumers.registered():
                    consumers.drain(consumer.name)
        except (TryLater, LeaseLost) as why:
            # Its server is down, or a killed run's lease has some seconds to go.
            self.stdout.write(f"  not to its end ({why}); the worker goes on with it")

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        known = set(executor.loader.disk_migrations)
        ours = {config.label for config in apps.get_app_configs()}
        newer = sorted(
            name
            for name in set(executor.loader.applied_migrations) - known
            if name[0] in ours and name not in executor.loader.replacements
        )
        if newer:
            raise CommandError(
                f"the data in {settings.DATA} were written by a newer version of Marigot "
                f"({'.'.join(newer[-1])} is unknown to this one). Run that version or a later "
                "one, or give another folder: make run DATA=/another/folder"
            )
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Preparing the database …")
            call_command("migrate", verbosity=0, interactive=False)

    def _collect_static(self) -> None:
        """Collect the static files where any of them has changed since the last time."""
        state = hashlib.sha256()
        for finder in get_finders():
            for path, storage in finder.list([]):
                about = Path(storage.path(path)).stat()
                state.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        if stamp.exists() and stamp.read_text() == state.hexdigest():
            return
        self.stdout.write("Collecting styles, fonts and scripts …")
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(state.hexdigest())

    def _index_if_needed(self) -> None:
        """Make the index anew where this version cannot read it; without it the site serves."""
        try:
            at_work = engine()
            live = at_work.live()
            if live is not None and at_work.stats(live).schema_matches:
                return
            self.stdout.write("Making the search index anew …")
            call_command("rebuild_index", if_needed=True, stdout=self.stdout)
        except (CommandError, SearchError) as error:
            self.stdout.write(self.style.WARNING(f"The search is not available: {error}"))


def _kept() -> str:
    """Keep the trace of the error being handled in the logs; return where, as a line."""
    log = Path(settings.DATA) / "log" / "preparation.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as file:
            file.write(f"{timezone.now():%Y-%m-%d %H:%M:%S}\n{traceback.format_exc()}\n")
    except OSError as error:  # told beside the error itself, which is often the same
        return f"\nNo log of it could be written: {error}"
    return f"\nThe whole error: {log}"
