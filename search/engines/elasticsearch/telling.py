"""What goes wrong with Elasticsearch, as the interface of engines promises it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from elastic_transport import ConnectionError as NoConnection
from elastic_transport import ConnectionTimeout, TransportError
from elasticsearch import ApiError, NotFoundError

from search.engines.base import IndexMissing, SearchUnavailable


class NoAnswer(SearchUnavailable):
    """The server cannot be reached, or has not answered in time."""


@contextmanager
def told() -> Iterator[None]:
    """Turn what the client raises into what the interface promises."""
    try:
        yield
    except NotFoundError as error:
        raise IndexMissing("There is no index yet: it is made by `manage.py work`.") from error
    except ApiError as error:
        if error.status_code == 429 or error.status_code >= 500 or error.status_code in (401, 403):
            raise SearchUnavailable(f"Elasticsearch answers {error.status_code}.") from error
        raise
    except (NoConnection, ConnectionTimeout, TransportError) as error:
        raise NoAnswer("Elasticsearch does not answer.") from error
