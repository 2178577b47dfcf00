"""Loading the demo, once; killed in the middle, it goes on at the next run."""

from __future__ import annotations

from collections.abc import Callable

from directory import journal
from directory.models import JournalEntry

from . import logins, organisation, pages, spaces
from .events import DEMO_LOADED


def is_loaded() -> bool:
    """Tell whether the demo was loaded to its end."""
    return JournalEntry.objects.filter(action=DEMO_LOADED.name).exists()


def load(progress: Callable[[str], object]) -> None:
    """Load what is missing of the demo: people, sections, spaces, files, notes, events.

    Every step looks first at what is there, so that it can be repeated.
    """
    progress("  people, services and groups, from the directory")
    organisation.load()
    progress("  sections")
    pages.load_sections()
    progress("  document spaces and their files")
    spaces.load()
    progress("  notes and events")
    pages.load_notes()
    pages.load_events()
    logins.write()
    if not is_loaded():
        with journal.transaction():
            journal.append(DEMO_LOADED, actor=None)


def write_logins() -> None:
    """Write demo.json again, for this run's address."""
    logins.write()
