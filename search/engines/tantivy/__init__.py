"""tantivy: an engine in a folder, with nothing to install or run."""

from .engine import TantivyEngine

__all__ = ["TantivyEngine"]
