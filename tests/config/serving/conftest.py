from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.serving.handler import Handler
from tests.documents.conftest import blob_folder

from .exchange import handler_with

__all__ = ["blob_folder", "handler"]


@pytest.fixture
def handler() -> Iterator[Handler]:
    """The handler of the site, without a server between."""
    with handler_with() as handler:
        yield handler
