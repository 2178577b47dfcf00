"""The engine on Elasticsearch."""

from __future__ import annotations

from .searcher import IndexSearcher
from .writer import IndexWriter


class ElasticsearchEngine(IndexSearcher, IndexWriter):
    """One server or cluster, several Marigots apart by their prefix."""
