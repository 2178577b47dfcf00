"""The texts of the demo, as data: sections, notes, events and notices."""

from .events import EVENTS, EventData
from .notes import NOTES, NoteData
from .sections import SECTIONS, SectionData

__all__ = ["EVENTS", "NOTES", "SECTIONS", "EventData", "NoteData", "SectionData"]
