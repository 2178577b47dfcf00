"""Both engines, each on the real thing, and the readers of files."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from search import registry
from search.engines.base import Engine
from search.extraction import Extraction, Limits, extract

from .papers import Papers


@pytest.fixture(params=["tantivy", "elasticsearch"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine without any index; what it holds is gone after the test."""
    made = make_engine(request.param, request, tmp_path)
    yield made
    for name in made.names():
        made.drop(name)


def make_engine(kind: str, request: pytest.FixtureRequest, folder: Path) -> Engine:
    if kind == "tantivy":
        from search.engines.tantivy import TantivyEngine

        return TantivyEngine(folder / "index", "test")
    from search.engines.elasticsearch import ElasticsearchEngine

    url = request.getfixturevalue("elasticsearch_url")
    return ElasticsearchEngine(url, f"test-{uuid.uuid4().hex[:8]}", patience=60)


@pytest.fixture
def tantivy_settings(settings: Any, tmp_path: Path) -> Engine:
    """The site's engine is tantivy, in a folder of the test's own."""
    from search.engines import engine as chosen

    settings.SEARCH = "tantivy"
    settings.SEARCH_FOLDER = tmp_path / "index"
    settings.SEARCH_PREFIX = "test"
    return chosen()


@pytest.fixture
def papers() -> Iterator[Papers]:
    """The kind "paper", known for one test."""
    yield registry.register(Papers())
    del registry._registered[Papers.name]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Extraction]:
    """`read(content, name="file")` gives what is extracted of a file with that content."""

    def read(content, name="file"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return extract(path, limits=Limits())

    return read
