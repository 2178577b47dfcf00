"""Writing to an index: batches, each document with its own version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from elasticsearch import helpers

from search.engines.base import SearchUnavailable, Write, Written

from . import mapping
from .indexes import Indexes
from .telling import told

_WRITE_SECONDS: Final = 60.0


class IndexWriter(Indexes):
    """The writing side of the engine."""

    def write(self, name: str, writes: Sequence[Write]) -> Written:
        """See `Engine.write`."""
        actions = [
            {
                "_op_type": "index",
                "_index": name,
                "_id": write.key,
                "_version": write.version,
                "_version_type": "external_gte",
                "_source": {"version": write.version}
                | (
                    mapping.tombstone(write.key)
                    if write.document is None
                    else mapping.build(write.document)
                ),
            }
            for write in writes
        ]
        written = late = 0
        with told():
            client = self.client.options(request_timeout=_WRITE_SECONDS)
            for ok, answer in helpers.streaming_bulk(
                client,
                actions,
                raise_on_error=False,
                max_retries=3,
                initial_backoff=0.5,
                require_alias=False,
            ):
                outcome = answer["index"]
                if ok:
                    written += 1
                elif outcome["status"] == 409:
                    late += 1
                elif outcome["status"] in (404, 429) or outcome["status"] >= 500:
                    raise SearchUnavailable(str(outcome.get("error")))
                else:
                    raise ValueError(f"{outcome['_id']}: {outcome.get('error')}")
        return Written(written, late)

    def sweep(self, name: str, before: datetime) -> int:
        """See `Engine.sweep`."""
        with told():
            answer = self.client.options(request_timeout=_WRITE_SECONDS).delete_by_query(
                index=name,
                query={"range": {"deleted_at": {"lt": int(before.timestamp())}}},
                conflicts="proceed",
                refresh=True,
            )
        return int(answer["deleted"])

    def refresh(self, name: str) -> None:
        """See `Engine.refresh`."""
        with told():
            self.client.options(request_timeout=_WRITE_SECONDS).indices.refresh(index=name)

    def optimise(self, name: str) -> None:
        """See `Engine.optimise`."""
        self.refresh(name)
