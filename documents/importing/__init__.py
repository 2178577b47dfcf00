"""Bringing an existing file share into a document space."""

from .importer import Importer, Report
from .walking import Found, Skipped, walk

__all__ = ["Found", "Importer", "Report", "Skipped", "walk"]
