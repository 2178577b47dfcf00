"""`manage.py import_tree`: bring an existing file share into a document space."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TypedDict, Unpack

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.http import Http404

from directory import trouble
from directory.models import User
from directory.spreadsheets import write_csv
from documents import blobs
from documents.actions.folders import ensure_path
from documents.importing import Importer, Report, own_folder_in_the_way
from documents.models import Node, Space

SHOWN = 20


class Options(TypedDict):
    """What can be said of an import."""

    folder: Path
    space: str
    into: str
    author: str | None
    checksum: bool
    leftovers: bool
    known_as: Path | None
    dry_run: bool
    report: Path | None


class Command(BaseCommand):
    """Imports a folder; what is there already is left, so that it can be run again."""

    help = (
        "Brings a folder of files into a document space, with its structure and dates. "
        "It can be stopped and run again: nothing is taken twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("folder", type=Path, help="folder of the file share")
        parser.add_argument("--space", required=True, metavar="SLUG", help="space to import into")
        parser.add_argument(
            "--into", default="", metavar="PATH", help="folder of the space, made where missing"
        )
        parser.add_argument(
            "--author", metavar="LOGIN", help="whose imports these are; the person must contribute"
        )
        parser.add_argument(
            "--checksum",
            action="store_true",
            help="read again files that have the size and date of the version that is there",
        )
        parser.add_argument(
            "--leftovers",
            action="store_true",
            help="also take what systems and programs leave behind (Thumbs.db, ~$….docx, *.tmp …)",
        )
        parser.add_argument(
            "--known-as",
            type=Path,
            metavar="FOLDER",
            help="where the share lay at earlier imports, where that was elsewhere",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")
        parser.add_argument(
            "--report",
            type=Path,
            metavar="FILE",
            help="write what was not taken or was renamed, as CSV",
        )

    def handle(self, *args: object, **options: Unpack[Options]) -> None:
        """Run the command."""
        source = options["folder"]
        if not source.is_dir():
            raise CommandError(f"{source} is not a folder that can be read.")
        own = own_folder_in_the_way(source)
        if own is not None:
            raise CommandError(
                f"{source} cannot be imported: it is, contains or lies inside a folder in which "
                f"Marigot keeps its own data ({own})."
            )
        actor = self._author(options["author"])
        try:
            importer = Importer(
                source,
                self._target(options, actor),
                actor=actor,
                checksum=options["checksum"],
                leftovers=options["leftovers"],
                origin=options["known_as"],
                dry_run=options["dry_run"],
                progress=self._progress,
                stop=self._stop_asked(),
            )
            self._said = 0.0
            report = importer.run()
        except blobs.StorageFull as error:
            raise CommandError(
                f"{error} What was imported stays; make room and run the command again."
            ) from error
        except blobs.StorageBroken as error:
            raise _broken(error) from error
        except Http404:
            raise CommandError(
                f"{options['author']} may not write into this space; what was imported stays."
            ) from None
        except ValidationError as error:
            raise CommandError(f"{' '.join(error.messages)} What was imported stays.") from error
        except (OSError, DatabaseError) as error:
            if trouble.is_full(error):
                raise CommandError(
                    f"There is no room left where {settings.DATA} lies ({error}). What was "
                    "imported stays; make room and run the command again."
                ) from error
            if not isinstance(error, OSError):
                raise
            raise CommandError(f"{source} cannot be read: {error.strerror}.") from error
        self._tell(report, options)

    @staticmethod
    def _more(report: Report) -> str:
        leftovers = sum(skipped.leftover for skipped in report.skipped)
        said = []
        if leftovers:
            said.append(f"{leftovers} of those are leftovers of systems and programs.")
        if report.elsewhere:
            said.append(f"{report.elsewhere} had been renamed or moved in Marigot: left there.")
        if report.renamed:
            said.append(f"{len(report.renamed)} have names that other systems refuse: mended.")
        return "".join(f"{line}\n" for line in said)

    def _author(self, login: str | None) -> User | None:
        if login is None:
            return None
        user = User.objects.filter(username=login, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account {login}.")
        return user

    def _target(self, options: Options, actor: User | None) -> Node:
        space = Space.objects.filter(slug=options["space"]).first()
        if space is None:
            known = ", ".join(Space.objects.order_by("slug").values_list("slug", flat=True)[:30])
            raise CommandError(f"There is no space {options['space']}. There are: {known or '—'}.")
        parts = [part for part in options["into"].split("/") if part]
        if options["dry_run"]:
            return self._existing(space.root, parts)
        try:
            return ensure_path(actor=actor, parent=space.root, parts=parts)
        except ValidationError as error:
            raise CommandError(f"--into {options['into']}: {' '.join(error.messages)}") from error
        except blobs.StorageBroken as error:
            raise _broken(error) from error
        except Http404:
            raise CommandError(f"{options['author']} may not write into this space.") from None

    def _existing(self, folder: Node, parts: list[str]) -> Node:
        for part in parts:
            child = Node.objects.live().filter(parent=folder, name=part).first()
            if child is None or not child.is_folder:
                raise CommandError(f"--into: there is no folder {part} yet; a dry run makes none.")
            folder = child
        return folder

    def _stop_asked(self) -> Callable[[], bool]:
        """Return a function that tells whether the run was asked to end (Ctrl-C, SIGTERM)."""
        asked: list[int] = []

        def note(number: int, frame: FrameType | None) -> None:
            if asked:
                raise KeyboardInterrupt
            asked.append(number)
            self.stderr.write("\nStopping after what is under way …")

        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, note)
        except ValueError:  # not the main thread: nobody can send it a signal
            return lambda: False
        return lambda: bool(asked)

    def _progress(self, report: Report) -> None:
        now = time.monotonic()
        live = sys.stdout.isatty()
        if now - self._said < (0.2 if live else 5.0):
            return
        self._said = now
        line = f"{report.files} files, {report.bytes // 2**20} MiB, {report.rate:.0f} files/s"
        self.stdout.write(f"\r{line}   " if live else line, ending="" if live else "\n")
        self.stdout.flush()

    def _tell(self, report: Report, options: Options) -> None:
        verb = "would be " if options["dry_run"] else ""
        if sys.stdout.isatty():
            self.stdout.write("")
        self.stdout.write(
            f"{report.added} files {verb}added, {report.versions} {verb}new versions, "
            f"{report.unchanged} unchanged, {report.folders} folders {verb}made, "
            f"{len(report.skipped)} not taken.\n{self._more(report)}"
            f"{report.bytes / 2**20:.1f} MiB in {report.seconds:.1f} s, "
            f"{report.rate:.0f} files/s."
        )
        # What nobody will miss comes last.
        for skipped in sorted(report.skipped, key=lambda each: each.leftover)[:SHOWN]:
            self.stdout.write(f"  not taken: {skipped.place}: {skipped.why}")
        if len(report.skipped) > SHOWN:
            rest = len(report.skipped) - SHOWN
            hint = "" if options["report"] else " (--report FILE lists them all)"
            self.stdout.write(f"  … and {rest} more{hint}")
        for place, name in report.renamed[:SHOWN]:
            self.stdout.write(f"  kept as “{name}”: {place}")
        if options["report"]:
            rows = [(skipped.place, skipped.why) for skipped in report.skipped]
            rows += [(place, f"Kept as “{name}”.") for place, name in report.renamed]
            write_csv(options["report"], [("path", "why"), *rows])
        if report.stopped:
            raise CommandError("Stopped before the end. Run the command again to go on.")


def _broken(error: blobs.StorageBroken) -> CommandError:
    return CommandError(
        f"Stopped: {error.for_operators} What was imported stays; mend that and run the command "
        "again."
    )
