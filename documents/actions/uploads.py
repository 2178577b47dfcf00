"""Putting documents into folders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils import timezone

from directory import journal
from directory.access import Level
from directory.models import User
from documents import blobs, events, names
from documents.models import Kind, Node, Version
from search import filetypes

from . import tree
from .errors import NameTaken
from .versions import remember_blob, write_version


class Conflict(StrEnum):
    """What to do where the name is taken."""

    ASK = "ask"
    NEW_VERSION = "version"
    KEEP_BOTH = "both"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of an upload: `created` a new document; `unchanged` no new version either."""

    node: Node
    version: Version
    created: bool
    unchanged: bool = False


def upload(
    *,
    actor: User | None,
    folder: Node,
    name: str,
    staged: blobs.Staged,
    conflict: Conflict = Conflict.ASK,
    comment: str = "",
    modified_at: datetime | None = None,
    source: Version.Source = Version.Source.UPLOAD,
) -> Uploaded:
    """Make a document of the staged bytes in `folder`, or a new version of the one there.

    `conflict` tells what to do where the name is taken: ASK raises NameTaken (as does
    NEW_VERSION where a folder has it), KEEP_BOTH numbers the new one.
    The bytes are durable before the transaction begins. Raises ValidationError on a bad
    name, NotStored, Http404.
    """
    name = names.clean(name)
    tree.require(actor, Level.CONTRIBUTE, folder.scope_id)
    blobs.place(staged)
    blobs.note_placed(staged.sha256)
    with journal.transaction():
        (folder,) = tree.locked(folder)
        tree.require(actor, Level.CONTRIBUTE, folder.scope_id)
        tree.live_folder(folder)
        scope = tree.scope_inside(folder)
        there = tree.holder_of(name, folder=folder, actor=actor, scope=scope)
        if there is not None and conflict is Conflict.KEEP_BOTH:
            name = tree.free_name(name, folder=folder, actor=actor, scope=scope)
        elif there is not None:
            if conflict is Conflict.ASK or there.is_folder:
                raise NameTaken(there)
            tree.require(actor, Level.CONTRIBUTE, there.scope_id)
            before = there.current_version_id
            version = write_version(
                actor=actor,
                node=there,
                staged=staged,
                original_name=name,
                comment=comment,
                modified_at=modified_at,
                source=source,
            )
            return Uploaded(there, version, created=False, unchanged=version.pk == before)
        node, version = new_document(
            actor=actor,
            folder=folder,
            name=name,
            sha256=staged.sha256,
            size=staged.size,
            comment=comment,
            modified_at=modified_at,
            source=source,
        )
        remember_blob(staged.sha256, staged.size)
        node.save(force_insert=True)
        version.save()
        journal.append(
            events.DOCUMENT_UPLOADED,
            obj=node,
            actor=actor,
            scope=node.scope_id,
            payload=creation_payload(node, version),
        )
    return Uploaded(node, version, created=True)


def new_document(
    *,
    actor: User | None,
    folder: Node,
    name: str,
    sha256: str,
    size: int,
    comment: str = "",
    modified_at: datetime | None = None,
    source: Version.Source = Version.Source.UPLOAD,
) -> tuple[Node, Version]:
    """Return an unsaved document with its unsaved first version."""
    now = timezone.now()
    imported = source == Version.Source.IMPORT
    version = Version(
        number=1,
        blob_id=sha256,
        size=size,
        mime=filetypes.mime_of(name),
        original_name=name,
        author=actor,
        at=now,
        modified_at=modified_at or now,
        comment=comment.strip()[:500],
        source=source,
    )
    node = Node(
        kind=Kind.DOCUMENT,
        space=folder.space,
        parent=folder,
        scope_id=tree.scope_inside(folder),
        size=size,
        mime=version.mime,
        created_at=now,
        created_by=actor,
        modified_at=modified_at if imported and modified_at else now,
        modified_by=actor,
        # The version is written right after; the database looks at commit.
        current_version_id=version.pk,
    )
    node.set_name(name)
    version.node_id = node.pk
    return node, version


def creation_payload(node: Node, version: Version) -> dict[str, object]:
    """Return what the journal keeps of a document's beginning."""
    return {
        "name": node.name,
        "parent": str(node.parent_id),
        "version": version.number,
        "sha256": version.blob_id,
        "size": version.size,
        "source": version.source,
    }
