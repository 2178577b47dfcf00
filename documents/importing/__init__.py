"""Bringing an existing file share into a document space."""

from .importer import Importer
from .own import own_folder_in_the_way
from .report import Report
from .walking import Found, Skipped, walk

__all__ = ["Found", "Importer", "Report", "Skipped", "own_folder_in_the_way", "walk"]
