"""`manage.py prepare_embedded`: bring a data folder to where it can be served."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.demo import loader
from directory import consumers


class Command(BaseCommand):
    """Migrates, collects static files, loads the demo once and brings the index up to date."""

    help = "Prepares the data folder of `make run`. What is done already is not done again."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        self._migrate()
        self._collect_static()
        if loader.is_loaded():
            loader.write_logins()
            return
        self.stdout.write("Loading the demo organisation …")
        loader.load(progress=self.stdout.write)
        self.stdout.write("Reading the documents and building the index …")
        for _ in range(2):  # what one consumer writes may be news to another
            for consumer in consumers.registered():
                consumers.drain(consumer.name)

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
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
