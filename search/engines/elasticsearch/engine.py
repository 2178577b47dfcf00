"""The engine on Elasticsearch."""

from __future__ import annotations

from .reading import Reading
from .writing import Writing


class ElasticsearchEngine(Reading, Writing):
    """One server or cluster, several Marigots apart by their prefix."""
