"""Which indexes there are, and the aliases that point at two of them."""

from __future__ import annotations

import logging
import time
import uuid
from typing import Any, ClassVar, Final

from elasticsearch import Elasticsearch, NotFoundError
from elasticsearch.dsl import Index

from search import schema
from search.engines.base import Engine, IndexMissing, Stats

from . import mapping
from .breaker import Breaker
from .telling import told

# A line for each request is too much, and so is a traceback for each try, of which an outage has
# thousands; what goes wrong is raised and told by whoever asked.
logging.getLogger("elastic_transport").setLevel(logging.ERROR)

_SECONDS: Final = 5.0  # for what the worker asks; a batch of writes gets longer
_MAKING_SECONDS: Final = 60.0  # a loaded cluster takes its time to make or remove an index


class Indexes(Engine):
    """Indexes named `<prefix>-<time>`, and two aliases: `<prefix>-live`, `<prefix>-building`.

    `patience`: the seconds that a person who searches waits for an answer.
    """

    name: ClassVar[str] = "elasticsearch"

    def __init__(
        self,
        url: str,
        prefix: str,
        *,
        api_key: str = "",
        ca_file: str = "",
        patience: float = 1.0,
    ) -> None:
        options: dict[str, Any] = {"request_timeout": _SECONDS, "retry_on_timeout": False}
        if api_key:
            options["api_key"] = api_key
        if ca_file:
            options["ca_certs"] = ca_file
        self.client = Elasticsearch(url, max_retries=1, **options)
        self.prefix = prefix
        self.breaker = Breaker()
        self.patience = patience

    def _alias(self, which: str) -> str:
        return f"{self.prefix}-{which}"

    def create(self) -> str:
        """See `Engine.create`."""
        name = f"{self.prefix}-{time.strftime('%Y%m%d%H%M%S')}-{uuid.uuid4().hex[:6]}"
        index = Index(name, using=self.client)
        index.settings(**mapping.settings()["index"])
        index.mapping(mapping.mapping())
        with told():
            index.create(
                using=self.client.options(request_timeout=_MAKING_SECONDS),
                wait_for_active_shards=1,
                timeout=f"{_MAKING_SECONDS:.0f}s",
                master_timeout=f"{_MAKING_SECONDS:.0f}s",
            )
        return name

    def live(self) -> str | None:
        """See `Engine.live`."""
        return self._pointed("live")

    def building(self) -> str | None:
        """See `Engine.building`."""
        return self._pointed("building")

    def _pointed(self, which: str) -> str | None:
        with told():
            try:
                return next(iter(self.client.indices.get_alias(name=self._alias(which)).body), None)
            except NotFoundError:
                return None

    def set_building(self, name: str | None) -> None:
        """See `Engine.set_building`."""
        self._point("building", name)

    def _point(self, which: str, name: str | None, *more: dict[str, Any]) -> None:
        alias = self._alias(which)
        actions: list[dict[str, Any]] = [
            {"remove": {"index": f"{self.prefix}-*", "alias": alias, "must_exist": False}}
        ]
        if name is not None:
            actions.append({"add": {"index": name, "alias": alias}})
        with told():
            try:
                client = self.client.options(request_timeout=_MAKING_SECONDS)
                client.indices.update_aliases(actions=[*actions, *more])
            except NotFoundError:
                # No index at all is there to take the alias from.
                if name is not None:
                    raise

    def promote(self, name: str) -> None:
        """See `Engine.promote`."""
        more = []
        if self.building() == name:
            more.append({"remove": {"index": name, "alias": self._alias("building")}})
        self._point("live", name, *more)

    def names(self) -> list[str]:
        """See `Engine.names`."""
        with told():
            found = self.client.indices.get(
                index=f"{self.prefix}-*", features="aliases", allow_no_indices=True
            )
        return sorted(found.body)

    def drop(self, name: str) -> None:
        """See `Engine.drop`."""
        with told():
            client = self.client.options(request_timeout=_MAKING_SECONDS)
            client.indices.delete(index=name, ignore_unavailable=True)

    def stats(self, name: str) -> Stats:
        """See `Engine.stats`."""
        with told():
            self.client.indices.refresh(index=name)
            everything = self.client.count(index=name)["count"]
            gone = self.client.count(index=name, query={"exists": {"field": "deleted_at"}})["count"]
            size = self.client.indices.stats(index=name, metric="store")
        return Stats(
            name=name,
            documents=everything - gone,
            tombstones=gone,
            bytes=size["_all"]["total"]["store"]["size_in_bytes"],
            schema_matches=self._schema_matches(name),
        )

    def _schema_matches(self, name: str) -> bool:
        with told():
            found = self.client.indices.get_mapping(index=name).body
        note = found[name]["mappings"].get("_meta", {})
        return bool(note.get("schema") == schema.fingerprint())

    def ensure(self) -> str:
        """See `Engine.ensure`."""
        name = super().ensure()
        if not self._schema_matches(name):
            raise IndexMissing(
                f"The index {name} was made by another version of Marigot: "
                "run `manage.py rebuild_index`."
            )
        return name
