"""The engine on tantivy."""

from __future__ import annotations

from .reading import Reading
from .writing import Writing


class TantivyEngine(Reading, Writing):
    """Indexes in a folder, without a server."""
