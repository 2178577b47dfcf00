"""`manage.py work`: run the consumers of the journal, and follow the directory."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from directory import consumers
from directory.sync import config as ldap_config
from directory.sync.feed import Watcher

DIRECTORY = "directory"


class Command(BaseCommand):
    """Runs the consumers of the journal, each in a thread of its own, until it is stopped.

    Where a directory is set, one more thread follows it; `--only directory` runs that alone.
    """

    help = (
        "Runs the consumers of the journal (search index, previews, notices, mail) "
        "and follows the directory."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--only", action="append", metavar="NAME", help="run this consumer alone; repeatable"
        )
        parser.add_argument("--once", action="store_true", help="handle what there is, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        known = {consumer.name: consumer for consumer in consumers.registered()}
        follows = ldap_config.is_configured()
        if options["only"]:
            follows = follows and DIRECTORY in options["only"]
            options["only"] = [name for name in options["only"] if name != DIRECTORY]
            names = options["only"]
        else:
            names = sorted(known)
        for name in names:
            if name not in known:
                raise CommandError(
                    f"There is no consumer called {name}; there are: {', '.join(sorted(known))}."
                )
        if options["once"]:
            for name in names:
                self.stdout.write(f"{name}: {consumers.drain(name)} entries")
            return
        self._run_until_stopped([known[name] for name in names], follows=follows)

    def _run_until_stopped(self, chosen: list[consumers.Consumer], *, follows: bool) -> None:
        stop = threading.Event()

        def on_signal(number: int, frame: FrameType | None) -> None:
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, on_signal)

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
