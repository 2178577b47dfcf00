"""What of the documents can be found by searching."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from directory import access, journal
from directory.batching import batched
from directory.models import JournalEntry, User
from documents import events
from documents.models import Extraction, Kind, Node, texts_of
from search import filetypes, registry
from search.registry import Hit
from search.schema import SearchDocument

MAX_BODY = 1_000_000
"""Characters of a text that are indexed: the engines highlight in no more than that."""

_CHUNK = 50  # texts that are unpacked at once

_OF_BRANCHES = {
    each[Kind.FOLDER] for each in (events.TRASHED, events.RESTORED, events.SCOPE_CHANGED)
}
_OF_FOLDERS = {event for event in journal.declared_in(events) if event.name.startswith("folder.")}


def nodes_touched(entry: JournalEntry, kind: Kind) -> Iterator[str]:
    """Yield the ids of the nodes of `kind` that the index holds otherwise after `entry`."""
    payload = entry.payload
    if entry.object_type == "documents.space":
        if kind is Kind.FOLDER and "root" in payload:
            yield str(payload["root"])
        return
    event = journal.event_of(entry)
    if event not in _OF_FOLDERS:
        if kind is Kind.DOCUMENT:
            yield entry.object_id
        return
    elsewhere = ("scope", "space")
    whole = event in _OF_BRANCHES or (
        event is events.MOVED[Kind.FOLDER]
        and any(payload[f"from_{w}"] != payload[f"to_{w}"] for w in elsewhere)
    )
    if whole:
        below = Node.objects.under(uuid.UUID(entry.object_id)).filter(kind=kind)
        for pk in below.values_list("pk", flat=True).iterator(chunk_size=2000):
            yield str(pk)
    elif kind is Kind.FOLDER:
        yield entry.object_id


class _Nodes(registry.Kind):
    """Live nodes of one kind."""

    kind: ClassVar[Kind]

    def keys_for(self, entry: JournalEntry) -> Iterable[str]:
        """See `registry.Kind.keys_for`; a folder brings what is below where that changed too."""
        return nodes_touched(entry, self.kind)

    def all_pks(self) -> Iterator[str]:
        """See `registry.Kind.all_pks`."""
        pks = Node.objects.live().filter(kind=self.kind).order_by("pk").values_list("pk", flat=True)
        return (str(pk) for pk in pks.iterator(chunk_size=2000))

    def _live(self, pks: Sequence[str]) -> QuerySet[Node]:
        return Node.objects.live().filter(kind=self.kind, pk__in=pks).select_related("space")


class Documents(_Nodes):
    """Documents, by their names and their texts."""

    name: ClassVar[str] = "document"
    label = _("Documents")
    one = _("Document")
    object_types: ClassVar[frozenset[str]] = frozenset({"documents.node"})
    kind: ClassVar[Kind] = Kind.DOCUMENT

    def documents(self, pks: Sequence[str]) -> Iterator[SearchDocument]:
        """See `registry.Kind.documents`; two queries for each fifty."""
        for some in batched(pks, _CHUNK):
            nodes = list(self._live(some).select_related("current_version"))
            texts = texts_of(node.current_version_id for node in nodes if node.current_version_id)
            for node in nodes:
                assert node.current_version_id is not None  # noqa: S101  (the database sees to it)
                yield _document(node, texts.get(node.current_version_id))

    def visible(self, person: User, pks: Sequence[str]) -> dict[str, Hit]:
        """See `registry.Kind.visible`; three queries."""
        nodes = list(
            self._live(pks)
            .filter(scope__in=access.scopes_for(person))
            .select_related("space__service", "current_version")
        )
        return {
            str(node.pk): Hit(
                url=node.get_absolute_url(),
                title=node.name,
                file_name=node.name,
                context=context,
                detail=filesizeformat(node.size),
            )
            for node, context in _with_context(nodes, person)
        }


class Folders(_Nodes):
    """Folders and spaces, by their names."""

    name: ClassVar[str] = "folder"
    label = _("Folders")
    one = _("Folder")
    object_types: ClassVar[frozenset[str]] = frozenset({"documents.node", "documents.space"})
    kind: ClassVar[Kind] = Kind.FOLDER

    def documents(self, pks: Sequence[str]) -> Iterator[SearchDocument]:
        """See `registry.Kind.documents`; one query."""
        for node in self._live(pks):
            space = node.space
            # A space has a name in each language, and is found by both.
            names = dict.fromkeys([space.name_fr, space.name_en]) if node.is_root else [node.name]
            descriptions = [space.description_fr, space.description_en] if node.is_root else []
            yield SearchDocument(
                kind=self.name,
                pk=str(node.pk),
                scope_id=node.scope_id,
                service_id=space.service_id,
                title=" · ".join(filter(None, names)),
                summary="\n".join(filter(None, descriptions)),
                url=node.get_absolute_url(),
                date=node.modified_at,
            )

    def visible(self, person: User, pks: Sequence[str]) -> dict[str, Hit]:
        """See `registry.Kind.visible`; three queries."""
        nodes = list(
            self._live(pks)
            .filter(scope__in=access.scopes_for(person))
            .select_related("space__service")
        )
        return {
            str(node.pk): Hit(
                url=node.get_absolute_url(), title=node.title, icon="folder", context=context
            )
            for node, context in _with_context(nodes, person)
        }


def _document(node: Node, extraction: Extraction | None) -> SearchDocument:
    about = [extraction.title, extraction.author, extraction.about] if extraction else []
    return SearchDocument(
        kind=Documents.name,
        pk=str(node.pk),
        scope_id=node.scope_id,
        service_id=node.space.service_id,
        language=extraction.language if extraction else "",
        title=node.name,
        body=_body(extraction) if extraction else "",
        summary="\n".join(filter(None, about)),
        date=node.modified_at,
        file_type=filetypes.kind_of(node.name),
        url=node.get_absolute_url(),
    )


def _body(extraction: Extraction) -> str:
    """Return what is indexed of a text, with room for what is only to be found."""
    text, beside = extraction.text, extraction.for_search
    if not beside:
        return text[:MAX_BODY]
    beside = "\n" + beside[: max(MAX_BODY // 10, MAX_BODY - len(text) - 1)]
    return text[: MAX_BODY - len(beside)] + beside


def _with_context(nodes: list[Node], person: User) -> Iterator[tuple[Node, str]]:
    """Yield each node with service and space, or nothing where the person reads no more of it."""
    readable = access.levels(person, {node.space.scope_id for node in nodes})
    for node in nodes:
        space = node.space
        known = space.scope_id in readable
        steps = [space.service.name] if node.is_root else [space.service.name, space.name]
        yield node, " › ".join(steps) if known else ""


def register() -> None:
    """Make the kinds known to the search."""
    registry.register(Documents())
    registry.register(Folders())
