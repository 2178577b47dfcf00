"""Elasticsearch, 8.19 and 9: one node to a cluster, with one client."""

from .engine import ElasticsearchEngine

__all__ = ["ElasticsearchEngine"]
