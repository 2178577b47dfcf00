"""The engines; which of them is at work is told by the setting SEARCH alone."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from .base import Engine


def engine() -> Engine:
    """Return the engine that the settings name."""
    return _engine(
        settings.SEARCH,
        settings.SEARCH_PREFIX,
        str(settings.SEARCH_FOLDER),
        settings.SEARCH_API_KEY,
        settings.SEARCH_CA_FILE,
    )


@lru_cache(maxsize=8)
def _engine(choice: str, prefix: str, folder: str, api_key: str, ca_file: str) -> Engine:
    # Imported where it is chosen: nobody pays for the client of an engine they do not use.
    if choice == "tantivy":
        from .tantivy import TantivyEngine

        return TantivyEngine(Path(folder), prefix)
    from .elasticsearch import ElasticsearchEngine

    return ElasticsearchEngine(choice, prefix, api_key=api_key, ca_file=ca_file)


__all__ = ["Engine", "engine"]
