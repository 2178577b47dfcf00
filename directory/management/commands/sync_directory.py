"""`manage.py sync_directory`: make people and memberships follow the LDAP directory."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from directory.ldap.errors import NotConfigured
from directory.models import SyncRun, User
from directory.sync import config, engine, lock, report
from directory.sync.feed import Watcher


class Command(BaseCommand):
    """Reads the directory and follows it; exits with 1 where it failed, 2 where it is held."""

    help = "Reads people and groups from the directory, shows what changes, and follows."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--dry-run", action="store_true", help="show the changes, write nothing")
        what.add_argument(
            "--approve", type=int, metavar="RUN", help="write the changes of a run that is held"
        )
        what.add_argument(
            "--watch", action="store_true", help="go on following the directory until stopped"
        )
        parser.add_argument(
            "--as", dest="approver", metavar="LOGIN", help="who approves; needed with --approve"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        try:
            config.from_settings()
        except NotConfigured as error:
            raise CommandError(str(error)) from error
        if options["watch"]:
            self._watch()
            return
        run = self._run(options)
        for line in report.lines(run):
            self.stdout.write(line)
        if run.state == SyncRun.State.FAILED:
            raise CommandError("The directory could not be read.", returncode=1)
        if run.state == SyncRun.State.HELD:
            raise CommandError(f"Run {run.pk} is held.", returncode=2)

    def _run(self, options: dict[str, Any]) -> SyncRun:
        held: SyncRun | None = None
        actor: User | None = None
        if options["approve"] is not None:
            held = SyncRun.objects.filter(pk=options["approve"]).first()
            if held is None:
                raise CommandError(f"There is no run {options['approve']}.")
            actor = User.objects.filter(username=options["approver"] or "").first()
            if actor is None:
                raise CommandError("Give --as LOGIN: an approval carries a name.")
        try:
            return engine.synchronise(
                trigger=SyncRun.Trigger.COMMAND,
                actor=actor,
                dry_run=options["dry_run"],
                approves=held,
                wait=10.0,
            )
        except lock.Busy as error:
            raise CommandError("Another process reads the directory: try again.") from error
        except engine.NotHeld as error:
            raise CommandError(
                "That run is not held, or no more: the directory was read again since."
            ) from error

    def _watch(self) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        Watcher().run(stop)
