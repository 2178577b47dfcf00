"""Text of files: `extract(path, name=…)` answers an `Extraction` for any file, however hostile.

Formats are read in confined child processes (sandbox/); nothing here needs Django but
the default limits.
"""

from .language import guess_language
from .results import (
    READERS_VERSION,
    Detail,
    Extraction,
    ExtractionUnavailable,
    Limits,
    Metadata,
    Status,
)
from .service import default_limits, extract, protections

__all__ = [
    "READERS_VERSION",
    "Detail",
    "Extraction",
    "ExtractionUnavailable",
    "Limits",
    "Metadata",
    "Status",
    "default_limits",
    "extract",
    "guess_language",
    "protections",
]
