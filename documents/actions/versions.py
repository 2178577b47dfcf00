"""New versions of documents. Old ones are never touched."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404
from django.utils import timezone

from directory import journal
from directory.access import Level
from directory.models import User
from documents import blobs, events
from documents.models import Blob, Node, Version
from search import filetypes

from . import tree


def add_version(
    *,
    actor: User | None,
    node: Node,
    staged: blobs.Staged,
    original_name: str = "",
    comment: str = "",
    modified_at: datetime | None = None,
    source: Version.Source = Version.Source.UPLOAD,
) -> Version:
    """Make the staged bytes the new version of a document and return it.

    Where they are those of the current version there is nothing new: that one is returned.
    """
    tree.require(actor, Level.CONTRIBUTE, node.scope_id)
    blobs.place(staged)
    blobs.note_placed(staged.sha256)
    with journal.transaction():
        (node,) = tree.locked(node)
        tree.require(actor, Level.CONTRIBUTE, node.scope_id)
        return write_version(
            actor=actor,
            node=node,
            staged=staged,
            original_name=original_name,
            comment=comment,
            modified_at=modified_at,
            source=source,
        )


def write_version(
    *,
    actor: User | None,
    node: Node,
    staged: blobs.Staged,
    original_name: str = "",
    comment: str = "",
    modified_at: datetime | None = None,
    source: Version.Source = Version.Source.UPLOAD,
) -> Version:
    """Write the version of placed bytes; rights were checked under the lock."""
    current = _current(tree.live(node))
    if current.blob_id == staged.sha256:
        return current
    remember_blob(staged.sha256, staged.size)
    version = Version(
        node=node,
        number=current.number + 1,
        blob_id=staged.sha256,
        size=staged.size,
        mime=filetypes.mime_of(node.name),
        original_name=(original_name or node.name)[:255],
        author=actor,
        modified_at=modified_at or timezone.now(),
        comment=comment.strip()[:500],
        source=source,
    )
    _make_current(node, version, actor=actor)
    return version


def restore_version(*, actor: User | None, node: Node, number: int, comment: str = "") -> Version:
    """Make a new version with the bytes of version `number` and return it.

    Raises Http404 where there is no such version, blobs.Damaged where its bytes are not what
    they were. Restoring the current one changes nothing.
    """
    tree.require(actor, Level.CONTRIBUTE, node.scope_id)
    old = Version.objects.filter(node=node, number=number).first()  # never written again
    if old is None:
        raise Http404
    blobs.require_intact(old.blob_id)
    with journal.transaction():
        (node,) = tree.locked(node)
        tree.require(actor, Level.CONTRIBUTE, node.scope_id)
        current = _current(tree.live(node))
        if old.blob_id == current.blob_id:
            return current
        version = Version(
            node=node,
            number=current.number + 1,
            blob_id=old.blob_id,
            size=old.size,
            mime=old.mime,
            original_name=old.original_name,
            author=actor,
            modified_at=old.modified_at,
            comment=comment.strip()[:500],
            source=Version.Source.RESTORE,
            restored_from=number,
        )
        _make_current(node, version, actor=actor)
    return version


def remember_blob(sha256: str, size: int) -> None:
    """Note that placed bytes count from now on; two at once may."""
    Blob.objects.bulk_create([Blob(sha256=sha256, size=size)], ignore_conflicts=True)


def _current(node: Node) -> Version:
    if node.current_version is None:
        raise Http404  # a folder has no versions
    return node.current_version


def _make_current(node: Node, version: Version, *, actor: User | None) -> None:
    version.save()
    node.current_version, node.size, node.mime = version, version.size, version.mime
    node.modified_by = actor
    # An import keeps the date of the file; what somebody does here is of now.
    imported = version.source == Version.Source.IMPORT
    node.modified_at = version.modified_at if imported else version.at
    node.save(update_fields=["current_version", "size", "mime", "modified_at", "modified_by"])
    journal.append(
        events.VERSION_ADDED,
        obj=node,
        actor=actor,
        scope=node.scope_id,
        payload={
            "version": version.number,
            "sha256": version.blob_id,
            "size": version.size,
            "source": version.source,
            "restored_from": version.restored_from,
        },
    )
