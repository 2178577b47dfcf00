"""Taking a file share in, batch by batch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from directory import access, journal
from directory.access import Level
from directory.models import User
from documents import blobs, names
from documents.actions import tree
from documents.actions.errors import NameTaken
from documents.actions.folders import add_folder, ensure_path
from documents.actions.uploads import creation_payload, new_document
from documents.actions.versions import write_version
from documents.models import Blob, Node, Version

from .walking import Found, Skipped, walk

# A batch is made durable by one flush and written by one transaction.
BATCH_FILES = 200
BATCH_BYTES = 64 * 2**20
_KEYS_AT_ONCE = 400


@dataclass(slots=True)
class Report:
    """What an import did. `skipped` says what was not taken and why; times are in seconds."""

    folders: int = 0
    added: int = 0
    versions: int = 0
    unchanged: int = 0
    bytes: int = 0
    seconds: float = 0.0
    stopped: bool = False
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def files(self) -> int:
        """How many files were dealt with."""
        return self.added + self.versions + self.unchanged

    @property
    def rate(self) -> float:
        """Files a second."""
        return self.files / self.seconds if self.seconds else 0.0


class Importer:
    """Takes what lies below `source` into `folder` (of a space), keeping structure and dates.

    A file that is there already, with the same content, is left; one whose content is another
    becomes a new version. So an import that was stopped, even by a kill, is simply run again.
    A file of the same size and date as the version that is there is not read again unless
    `checksum`. `actor` is the author, and needs to contribute there; None is Marigot itself.
    `dry_run` writes nothing, and counts as added what a run would add.
    """

    def __init__(
        self,
        source: Path,
        folder: Node,
        *,
        actor: User | None = None,
        checksum: bool = False,
        dry_run: bool = False,
        progress: Callable[[Report], object] = lambda report: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.source = source
        self.actor = actor
        self.checksum = checksum
        self.dry_run = dry_run
        self.report = Report()
        self._progress = progress
        self._stop = stop
        # The folders of the share that are folders here; None for one that a dry run would make.
        self._folders: dict[tuple[str, ...], Node | None] = {(): folder}

    def run(self) -> Report:
        """Import and return the report, also of a run that was stopped.

        Raises OSError where the source cannot be read, blobs.StorageFull (what was written
        before stays), Http404 where the actor may not write there.
        """
        began = time.monotonic()
        try:
            for batch in self._batches():
                self._take(batch)
                self.report.seconds = time.monotonic() - began
                self._progress(self.report)
                if self._stop():
                    self.report.stopped = True
                    break
        finally:
            self.report.seconds = time.monotonic() - began
        return self.report

    def _batches(self) -> Iterator[list[Found]]:
        batch: list[Found] = []
        weight = 0
        for found in walk(self.source, limit=settings.UPLOAD_MAX_BYTES):
            if isinstance(found, Skipped):
                self.report.skipped.append(found)
                continue
            batch.append(found)
            weight += found.size
            if len(batch) >= BATCH_FILES or weight >= BATCH_BYTES:
                yield batch
                batch, weight = [], 0
        if batch:
            yield batch

    def _take(self, batch: list[Found]) -> None:
        for found in batch:
            if found.is_folder:
                self._folder(found)
        files = [
            found for found in batch if not found.is_folder and self._holds(found.parts[:-1], found)
        ]
        there = self._there(files)
        wanted: list[Found] = []
        for found in files:
            node = there.get(self._place(found))
            if node is not None and node.is_folder:
                self._skip(found, _("A folder of the space has this name."))
            elif node is not None and not self.checksum and self._looks_the_same(node, found):
                self.report.unchanged += 1
            else:
                wanted.append(found)
        if self.dry_run:
            for found in wanted:
                new = self._place(found) not in there
                self.report.added += new
                self.report.versions += not new
            return
        staged = list(self._stage(wanted))
        try:
            blobs.place_all([file for _found, file in staged])
            if staged:
                self._write(staged)
        finally:
            for _found, file in staged:
                file.discard()

    def _holds(self, parts: tuple[str, ...], found: Found) -> bool:
        """Tell whether there is (in a dry run: would be) a folder at `parts`; else skip `found`."""
        if parts in self._folders:
            return True
        self._skip(found, _("The folder that it lies in was not taken."))
        return False

    def _folder(self, found: Found) -> None:
        *above, name = found.parts
        if not self._holds(tuple(above), found):
            return
        parent = self._folders[tuple(above)]
        there = None if parent is None else self._child(parent, name)
        if there is not None and not there.is_folder:
            self._skip(found, _("A document of the space has this name."))
            return
        if there is None:
            self.report.folders += 1
            if not self.dry_run and parent is not None:
                there = self._make_folder(parent, name, found)
        self._folders[found.parts] = there

    def _child(self, parent: Node, name: str) -> Node | None:
        return tree.holder_of(name, folder=parent, actor=self.actor, scope=parent.scope_id)

    def _make_folder(self, parent: Node, name: str, found: Found) -> Node:
        with journal.transaction():
            (parent,) = tree.locked(parent)
            tree.require(self.actor, Level.CONTRIBUTE, parent.scope_id)
            tree.live_folder(parent)
            with suppress(NameTaken):
                tree.refuse_taken(name, folder=parent, actor=self.actor, scope=parent.scope_id)
                return add_folder(
                    actor=self.actor, parent=parent, name=name, modified_at=found.modified_at
                )
        # Somebody made it in between.
        return ensure_path(actor=self.actor, parent=parent, parts=[name])

    def _place(self, found: Found) -> tuple[object, str]:
        folder = self._folders.get(found.parts[:-1])
        return (folder.pk if folder else found.parts[:-1], names.key(found.parts[-1]))

    def _there(self, files: Iterable[Found]) -> dict[tuple[object, str], Node]:
        """Return the live nodes that have the names of `files`, in few queries."""
        keys: dict[object, set[str]] = {}
        for found in files:
            folder = self._folders.get(found.parts[:-1])
            if folder is not None:
                keys.setdefault(folder.pk, set()).add(names.key(found.parts[-1]))
        wanted = sorted({key for some in keys.values() for key in some})
        scopes: dict[object, int] = {
            folder.pk: folder.scope_id for folder in self._folders.values() if folder is not None
        }
        there: dict[tuple[object, str], Node] = {}
        for start in range(0, len(wanted), _KEYS_AT_ONCE):
            nodes = (
                Node.objects.live()
                .filter(
                    parent_id__in=list(keys), name_key__in=wanted[start : start + _KEYS_AT_ONCE]
                )
                .select_related("current_version")
            )
            if self.actor is not None:
                nodes = nodes.filter(
                    Q(scope__in=set(scopes.values())) | Q(scope__in=access.scopes_for(self.actor))
                )
            # A document with access rights of its own is still the one of that name, where the
            # actor may see it; one that stands in the folder's own scope comes first.
            for node in sorted(nodes, key=lambda n: n.scope_id == scopes.get(n.parent_id)):
                there[node.parent_id, node.name_key] = node
        return there

    @staticmethod
    def _looks_the_same(node: Node, found: Found) -> bool:
        version = node.current_version
        return (
            version is not None
            and version.size == found.size
            and version.modified_at == found.modified_at
        )

    def _stage(self, files: Iterable[Found]) -> Iterator[tuple[Found, blobs.Staged]]:
        for found in files:
            staged = blobs.Staged()
            try:
                with found.path.open("rb") as stream:
                    while chunk := stream.read(1 << 20):
                        staged.write(chunk)
                staged.finish(sync=False)
            except blobs.StorageFull:
                raise
            except (OSError, blobs.TooLarge) as error:
                staged.discard()
                reason = error.strerror if isinstance(error, OSError) else None
                self._skip(found, _("It cannot be read: %(reason)s.") % {"reason": reason or error})
                continue
            yield found, staged

    def _write(self, staged: list[tuple[Found, blobs.Staged]]) -> None:
        """Write the rows of placed files in one transaction."""
        with journal.transaction():
            parents = {
                folder.pk: folder
                for found, _file in staged
                if (folder := self._folders[found.parts[:-1]]) is not None
            }
            locked = {node.pk: node for node in tree.locked(*parents.values())}
            for folder in locked.values():
                tree.live_folder(folder)
                tree.require(self.actor, Level.CONTRIBUTE, tree.scope_inside(folder))
            there = self._there(found for found, _file in staged)
            new: list[tuple[Node, Version]] = []
            Blob.objects.bulk_create(
                [Blob(sha256=f.sha256, size=f.size) for _found, f in staged], ignore_conflicts=True
            )
            for found, file in staged:
                node = there.get(self._place(found))
                folder = locked[self._folders[found.parts[:-1]].pk]  # type: ignore[union-attr]
                if node is None:
                    new.append(self._new(found, file, folder))
                elif node.is_folder:
                    self._skip(found, _("A folder of the space has this name."))
                else:
                    self._again(found, file, node)
            Node.objects.bulk_create([node for node, _version in new], batch_size=200)
            Version.objects.bulk_create([version for _node, version in new], batch_size=200)
            for node, version in new:
                journal.append(
                    "document.imported",
                    obj=node,
                    actor=self.actor,
                    scope=node.scope_id,
                    payload=creation_payload(node, version),
                )
        self.report.added += len(new)
        self.report.bytes += sum(file.size for _found, file in staged)

    def _new(self, found: Found, file: blobs.Staged, folder: Node) -> tuple[Node, Version]:
        return new_document(
            actor=self.actor,
            folder=folder,
            name=found.parts[-1],
            sha256=file.sha256,
            size=file.size,
            modified_at=found.modified_at,
            source=Version.Source.IMPORT,
        )

    def _again(self, found: Found, file: blobs.Staged, node: Node) -> None:
        before = node.current_version_id
        tree.require(self.actor, Level.CONTRIBUTE, node.scope_id)
        version = write_version(
            actor=self.actor,
            node=node,
            staged=file,
            original_name=found.parts[-1],
            modified_at=found.modified_at,
            source=Version.Source.IMPORT,
        )
        if version.pk == before:
            self.report.unchanged += 1
        else:
            self.report.versions += 1

    def _skip(self, found: Found, why: str) -> None:
        self.report.skipped.append(Skipped("/".join(found.parts), why))
