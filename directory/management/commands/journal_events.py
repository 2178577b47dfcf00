"""`manage.py journal_events`: what the journal can tell."""

from __future__ import annotations

from typing import get_type_hints

from django.core.management.base import BaseCommand
from django.utils import translation

from directory import journal
from directory.journal import Effect, Event

_HEAD = ("| event | words | details | affects |", "|---|---|---|---|")


class Command(BaseCommand):
    """Prints the events that the apps declare, as the table of docs/journal.md."""

    help = "Prints every event of the journal: name, words, details and what it affects."

    def handle(self, *args: object, **options: object) -> None:
        """Run the command."""
        with translation.override("en"):
            self.stdout.write("\n".join((*_HEAD, *map(_row, journal.declared()))))


def _row(event: Event) -> str:
    needed: frozenset[str] = getattr(event.payload, "__required_keys__", frozenset())
    details = [
        f"`{key}`" if key in needed else f"`{key}`?" for key in get_type_hints(event.payload)
    ]
    affects = [effect.name.lower() for effect in Effect if effect in event.affects]
    return f"| `{event.name}` | {event.words} | {' '.join(details)} | {' '.join(affects)} |"
