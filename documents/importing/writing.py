"""Writing a batch of files that were read: under the lock, all is looked at once more."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from directory import access, journal
from directory.access import Level
from documents import blobs, events, names
from documents.actions import tree
from documents.actions.uploads import creation_payload, new_document
from documents.actions.versions import write_version
from documents.models import Blob, Node, Version

from .memory import Memory
from .walking import Found

if TYPE_CHECKING:
    from .importer import Importer


class Settled(Enum):
    """What became of a file."""

    ADDED = auto()
    VERSION = auto()
    UNCHANGED = auto()
    REFUSED = auto()


class Batch:
    """Placed files that are to become documents or versions; used inside one transaction.

    Since they were looked up, users may have moved them or put their folders into the trash,
    and another import may have brought them in.
    """

    def __init__(
        self, importer: Importer, memory: Memory, staged: Sequence[tuple[Found, blobs.Staged]]
    ) -> None:
        self._importer = importer
        self._actor = importer.actor
        self._memory = memory
        self._staged = staged
        self._rights: dict[int, bool] = {}
        self._new: list[tuple[Found, Node, Version]] = []
        self._given: set[tuple[object, str]] = set()
        self._kept: list[tuple[Found, Node, str]] = []
        self._settled: list[tuple[Found, Settled, Node | None, str]] = []

    def write(self) -> list[tuple[Found, Settled, Node | None, str]]:
        """Write the rows; return what became of each, with its node, or why it was not taken.

        Raises Http404 where the actor may not write into the folder that is imported into,
        Refused where that is in the trash.
        """
        files = [found for found, _file in self._staged]
        folders = {
            folder.pk: folder
            for found in files
            if (folder := self._importer.folder_of(found)) is not None
        }
        before = {row.node_id for row in self._memory.of(files).values() if row.node_id}
        locked = {node.pk: node for node in tree.locked(*folders.values(), *before)}
        remembered = self._memory.of(files)
        late = {row.node_id for row in remembered.values() if row.node_id} - locked.keys()
        if late:  # another import has just brought them in
            locked |= {node.pk: node for node in tree.locked(*late)}
        there = self._importer.there(files)
        for found, file in self._staged:
            row = remembered.get(self._memory.key(found))
            node = locked[row.node_id] if row is not None and row.node_id else None
            if row is not None and (node is None or not node.is_folder):
                if row.sha256 == file.sha256:
                    self._keep(found, Settled.UNCHANGED, node, file)
                elif node is None or node.is_trashed:
                    self._refuse(found, _("It was moved to the trash in the meantime."))
                else:
                    self._again(found, file, node)
                continue
            folder = self._importer.folder_of(found)
            if folder is None or locked[folder.pk].is_trashed:
                if folder is not None:
                    self._importer.refuse_target(folder)
                self._refuse(found, _("Its folder was moved to the trash in the meantime."))
                continue
            node = there.get(self._importer.place(found))
            if node is None:
                self._add(found, file, locked[folder.pk])
            elif node.is_folder:
                self._refuse(found, _("A folder of the space has this name."))
            else:
                self._again(found, file, node)
        self._insert()
        self._memory.keep(self._kept)
        return self._settled

    def _may_write(self, scope: int) -> bool:
        if self._actor is None:
            return True
        if scope not in self._rights:
            self._rights[scope] = access.can(self._actor, Level.CONTRIBUTE, scope)
        return self._rights[scope]

    def _add(self, found: Found, file: blobs.Staged, folder: Node) -> None:
        scope = tree.scope_inside(folder)
        if not self._may_write(scope):
            if folder.pk == self._importer.target.pk:
                tree.require(self._actor, Level.CONTRIBUTE, scope)
            self._refuse(found, _("The author may not write into its folder."))
            return
        name = found.parts[-1]
        place = (folder.pk, names.key(name))
        if place in self._given:
            # Two folders of the share are one here, since users renamed one of them.
            self._refuse(found, _("Another file of the share has its name in that folder."))
            return
        self._given.add(place)
        node, version = new_document(
            actor=self._actor,
            folder=folder,
            name=name,
            sha256=file.sha256,
            size=file.size,
            modified_at=found.modified_at,
            source=Version.Source.IMPORT,
        )
        self._new.append((found, node, version))
        self._keep(found, Settled.ADDED, node, file)

    def _again(self, found: Found, file: blobs.Staged, node: Node) -> None:
        if not self._may_write(node.scope_id):
            self._refuse(found, _("The author may not write where it is now."))
            return
        before = node.current_version_id
        version = write_version(
            actor=self._actor,
            node=node,
            staged=file,
            original_name=found.parts[-1],
            modified_at=found.modified_at,
            source=Version.Source.IMPORT,
        )
        outcome = Settled.UNCHANGED if version.pk == before else Settled.VERSION
        self._keep(found, outcome, node, file)

    def _insert(self) -> None:
        Blob.objects.bulk_create(
            [Blob(sha256=v.blob_id, size=v.size) for _found, _node, v in self._new],
            ignore_conflicts=True,
        )
        Node.objects.bulk_create([node for _found, node, _v in self._new], batch_size=200)
        Version.objects.bulk_create([version for *_, version in self._new], batch_size=200)
        for _found, node, version in self._new:
            journal.append(
                events.DOCUMENT_IMPORTED,
                obj=node,
                actor=self._actor,
                scope=node.scope_id,
                payload=creation_payload(node, version),
            )

    def _keep(self, found: Found, outcome: Settled, node: Node | None, file: blobs.Staged) -> None:
        self._settled.append((found, outcome, node, ""))
        if node is not None:
            self._kept.append((found, node, file.sha256))

    def _refuse(self, found: Found, why: str) -> None:
        self._settled.append((found, Settled.REFUSED, None, why))
