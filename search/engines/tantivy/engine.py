"""The engine on tantivy."""

from __future__ import annotations

from .searcher import IndexSearcher
from .writer import IndexWriter


class TantivyEngine(IndexSearcher, IndexWriter):
    """Indexes in a folder, without a server."""
