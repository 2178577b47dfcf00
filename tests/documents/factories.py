"""Document spaces, folders and documents for the tests, made by the same actions as everywhere.

space = make_space(finance, "budgets")
node = make_document(space, "bilan.txt", b"Bilan 2026")          # in the root folder
node = make_document(folder, "bilan.txt", b"...", actor=person)  # in a folder
"""

from __future__ import annotations

from datetime import datetime

from directory.models import Service, User
from documents import blobs
from documents.actions import Conflict, create_folder, create_space, upload
from documents.models import Node, Space, Version


def make_space(
    service: Service,
    slug: str = "",
    *,
    name_fr: str = "",
    name_en: str = "",
    shared: bool = False,
    actor: User | None = None,
) -> Space:
    """A space of `service`; `shared` with the whole organisation or for its people alone."""
    return create_space(
        actor=actor,
        service=service,
        slug=slug,
        name_fr=name_fr or f"Espace {slug or service.slug}",
        name_en=name_en or f"Space {slug or service.slug}",
        shared=shared,
    )


def make_folder(where: Space | Node, name: str = "Dossier", *, actor: User | None = None) -> Node:
    """A folder in a space's root or in another folder."""
    return create_folder(actor=actor, parent=folder_of(where), name=name)


def make_document(
    where: Space | Node,
    name: str = "note.txt",
    content: bytes = b"Some text.",
    *,
    actor: User | None = None,
    modified_at: datetime | None = None,
    comment: str = "",
) -> Node:
    """A document in a space's root or in a folder."""
    with blobs.stage([content]) as staged:
        return upload(
            actor=actor,
            folder=folder_of(where),
            name=name,
            staged=staged,
            modified_at=modified_at,
            comment=comment,
        ).node


def make_version(node: Node, content: bytes, *, actor: User | None = None) -> Version:
    """A new version of a document."""
    from documents.actions import add_version

    with blobs.stage([content]) as staged:
        return add_version(actor=actor, node=node, staged=staged)


def put(
    where: Space | Node,
    name: str,
    content: bytes,
    *,
    actor: User | None = None,
    conflict: Conflict = Conflict.ASK,
):
    """Upload and return what `upload` returns."""
    with blobs.stage([content]) as staged:
        return upload(
            actor=actor, folder=folder_of(where), name=name, staged=staged, conflict=conflict
        )


def folder_of(where: Space | Node) -> Node:
    """The folder that `where` stands for."""
    return where.root if isinstance(where, Space) else where


def content_of(node: Node) -> bytes:
    """The bytes of the current version."""
    node.refresh_from_db()
    assert node.current_version is not None
    with blobs.open_blob(node.current_version.blob_id) as file:
        return file.read()
