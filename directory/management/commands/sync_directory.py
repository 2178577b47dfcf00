"""`manage.py sync_directory`: make people and memberships follow the LDAP directory."""

from __future__ import annotations

import threading

from django.core.management.base import BaseCommand, CommandError, CommandParser

from directory import access, stopping
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

    def handle(
        self,
        *args: object,
        watch: bool,
        dry_run: bool,
        approve: int | None,
        approver: str | None,
        **options: object,
    ) -> None:
        """Run the command."""
        try:
            config.from_settings()
        except NotConfigured as error:
            raise CommandError(str(error)) from error
        if watch:
            self._watch()
            return
        run = self._run(dry_run, approve, approver)
        for line in report.lines(run):
            self.stdout.write(line)
        if run.state == SyncRun.State.FAILED:
            raise CommandError("The directory could not be read.", returncode=1)
        if run.state == SyncRun.State.HELD:
            raise CommandError(f"Run {run.pk} is held.", returncode=2)

    def _run(self, dry_run: bool, approve: int | None, approver: str | None) -> SyncRun:
        held: SyncRun | None = None
        actor: User | None = None
        if approve is not None:
            held = SyncRun.objects.filter(pk=approve).first()
            if held is None:
                raise CommandError(f"There is no run {approve}.")
            actor = User.objects.filter(username=approver or "").first()
            if actor is None:
                raise CommandError("Give --as LOGIN: an approval carries a name.")
            if not access.is_it_admin(actor):
                raise CommandError(f"{approver} is no IT administrator, and cannot approve.")
        try:
            return engine.synchronise(
                trigger=SyncRun.Trigger.COMMAND,
                actor=actor,
                dry_run=dry_run,
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
        stopping.set_when_asked(stop)
        Watcher().run(stop)
