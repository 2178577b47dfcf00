"""`manage.py work`: run the consumers of the journal and the clock, and follow the directory."""

from __future__ import annotations

import threading

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from directory import consumers, periodic, stopping
from directory.sync import config as ldap_config
from directory.sync.feed import Watcher

DIRECTORY = "directory"
PERIODIC = "periodic"


class Command(BaseCommand):
    """Runs the consumers of the journal, each in a thread of its own, until it is stopped.

    One more thread begins the periodic jobs that are due, and where a directory is set one
    follows it; `--only periodic` and `--only directory` run these alone.
    """

    help = (
        "Runs the consumers of the journal (search index, previews, notices, mail) "
        "and follows the directory."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--only",
            action="append",
            metavar="NAME",
            help="run this consumer, or periodic or directory, alone; repeatable",
        )
        parser.add_argument("--once", action="store_true", help="handle what there is, then stop")

    def handle(self, *args: object, only: list[str] | None, once: bool, **options: object) -> None:
        """Run the command."""
        known = {consumer.name: consumer for consumer in consumers.registered()}
        only = only or [*sorted(known), DIRECTORY, PERIODIC]
        names = [name for name in only if name not in (DIRECTORY, PERIODIC)]
        for name in names:
            if name not in known:
                raise CommandError(
                    f"There is no consumer called {name}; there are: {', '.join(sorted(known))}."
                )
        if once:
            for name in names:
                self.stdout.write(f"{name}: {consumers.drain(name)} entries")
            return
        self._run_until_stopped(
            [known[name] for name in names],
            follows=DIRECTORY in only and ldap_config.is_configured(),
            looks_at_the_clock=PERIODIC in only,
        )

    def _run_until_stopped(
        self, chosen: list[consumers.Consumer], *, follows: bool, looks_at_the_clock: bool
    ) -> None:
        stop = threading.Event()
        stopping.set_when_asked(stop)

        def run(consumer: consumers.Consumer) -> None:
            try:
                consumers.Runner(consumer, stop=stop).run()
            finally:
                connection.close()

        threads = [
            threading.Thread(target=run, args=(consumer,), name=consumer.name)
            for consumer in chosen
        ]
        if follows:
            threads.append(threading.Thread(target=Watcher().run, args=(stop,), name=DIRECTORY))
        if looks_at_the_clock:
            clock = periodic.Clock()
            threads.append(threading.Thread(target=clock.run, args=(stop,), name=PERIODIC))
        for thread in threads:
            thread.start()
        while not stop.wait(1.0):
            if not all(thread.is_alive() for thread in threads):
                stop.set()
                for thread in threads:
                    thread.join()
                raise CommandError("A consumer ended unexpectedly; its error is in the log.")
        for thread in threads:
            thread.join()
