"""Taking a file share in, batch by batch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from directory import access, dates, journal
from directory.access import Level
from directory.batching import batched, weighed
from directory.models import User
from documents import blobs, names
from documents.actions import tree
from documents.actions.errors import NameTaken, Refused
from documents.actions.folders import add_folder, ensure_path
from documents.models import Imported, Node

from .memory import Memory
from .report import Report
from .staging import NotTaken, stage
from .walking import Found, Skipped, printable, walk
from .writing import Batch, Settled

# A batch is made durable by one flush, and written by few transactions.
BATCH_FILES = 200
BATCH_BYTES = 64 * 2**20
# Others write between two transactions: on SQLite they wait for one of them.
ROWS_AT_ONCE = 50


class Importer:
    """Takes what lies below `source` into `folder` (of a space), keeping structure and dates.

    What was imported before is remembered: a file that has not changed since is left, whatever
    users did with it; one that has becomes a new version of the same document wherever that
    lies now; what is in the trash stays there. What is not remembered is compared, by its name,
    with what is in the folder. So an import that was stopped, even by a kill, is simply run
    again, and two at once take nothing twice.
    A file of the same size and date as before is not read again unless `checksum`. `leftovers`
    takes those of systems and programs too. `origin` is where the share lay at earlier imports,
    where that was elsewhere. `actor` is the author, and needs to contribute there; None is
    Marigot itself. `dry_run` writes nothing, and counts as added what a run would add.
    """

    def __init__(
        self,
        source: Path,
        folder: Node,
        *,
        actor: User | None = None,
        checksum: bool = False,
        leftovers: bool = False,
        origin: Path | None = None,
        dry_run: bool = False,
        progress: Callable[[Report], object] = lambda report: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.source = source.resolve()
        self.target = folder
        self.actor = actor
        self.checksum = checksum
        self.leftovers = leftovers
        self.dry_run = dry_run
        self.report = Report()
        self._memory = Memory(folder.space, self.source, (origin or self.source).absolute())
        self._progress = progress
        self._stop = stop
        # The folders of the share that are folders here; None for one that a dry run would make.
        self._folders: dict[tuple[str, ...], Node | None] = {(): folder}
        # Those that users put into the trash: one line in the report says so for all in them.
        self._in_trash: set[tuple[str, ...]] = set()

    def run(self) -> Report:
        """Import and return the report, also of a run that was stopped.

        Raises OSError where the source cannot be read, blobs.NotStored (what was written
        before stays), Http404 where the actor may not write there, Refused where the folder
        that is imported into is in the trash.
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
        return weighed(
            self._found(), lambda found: found.size, most=BATCH_FILES, heaviest=BATCH_BYTES
        )

    def _found(self) -> Iterator[Found]:
        for found in walk(self.source, limit=settings.UPLOAD_MAX_BYTES, leftovers=self.leftovers):
            if isinstance(found, Skipped):
                self.report.skipped.append(found)
                continue
            if found.is_renamed:
                place = printable(str(found.path.relative_to(self.source)))
                self.report.renamed.append((place, found.parts[-1]))
            yield found

    def _take(self, batch: list[Found]) -> None:
        remembered = self._memory.of(batch)
        for found in batch:
            if found.is_folder:
                self._folder(found, remembered.get(self._memory.key(found)))
        wanted = self._wanted([f for f in batch if not f.is_folder], remembered)
        if self.dry_run:
            for _found, node in wanted:
                self.report.added += node is None
                self.report.versions += node is not None
            return
        with ExitStack() as until_placed:
            staged: list[tuple[Found, blobs.Staged]] = []
            for found, _node in wanted:
                try:
                    read, file = stage(found)
                except NotTaken as error:
                    self._skip(found, str(error))
                else:
                    until_placed.enter_context(file)
                    staged.append((read, file))
            blobs.place_all([file for _found, file in staged])
            blobs.note_placed(*(file.sha256 for _found, file in staged))
            for some in batched(staged, ROWS_AT_ONCE):
                self._write(some)

    # What is there already

    def _wanted(
        self, files: list[Found], remembered: Mapping[str, Imported]
    ) -> list[tuple[Found, Node | None]]:
        """Return the files that are to be read, each with the document that it is already."""
        wanted: list[tuple[Found, Node | None]] = []
        unknown: list[Found] = []
        for found in files:
            row = remembered.get(self._memory.key(found))
            if row is None or (row.node is not None and row.node.is_folder):
                if self._holds(found.parts[:-1], found):
                    unknown.append(found)
            elif self._still_here(found, row):
                if not self.checksum and (row.size, row.modified_at) == (
                    found.size,
                    found.modified_at,
                ):
                    self._unchanged(found, row.node)
                else:
                    wanted.append((found, row.node))
        there = self.there(unknown)
        known: list[tuple[Found, Node, str]] = []
        for found in unknown:
            node = there.get(self.place(found))
            version = node.current_version if node is not None else None
            if node is not None and version is None:
                self._skip(found, _("A folder of the space has this name."))
            elif (
                node is not None
                and version is not None
                and not self.checksum
                and (version.size, version.modified_at) == (found.size, found.modified_at)
            ):
                self.report.unchanged += 1
                known.append((found, node, version.blob_id))
            else:
                wanted.append((found, node))
        if known and not self.dry_run:
            self._memory.keep(known)
        return wanted

    def _still_here(self, found: Found, row: Imported) -> bool:
        """Tell whether what `found` became is live; else skip it."""
        node = row.node
        if node is not None and not node.is_trashed:
            return True
        if found.parts[:-1] in self._in_trash:
            if found.is_folder:
                self._in_trash.add(found.parts)
            return False  # told of the folder above
        if found.is_folder:
            self._in_trash.add(found.parts)
        self._skip(found, _gone(node))
        return False

    def _unchanged(self, found: Found, node: Node | None) -> None:
        self.report.unchanged += 1
        self._note_elsewhere(found, node)

    def _note_elsewhere(self, found: Found, node: Node | None) -> None:
        folder = self._folders.get(found.parts[:-1])
        if node is not None and (
            folder is None
            or (node.parent_id, node.name_key) != (folder.pk, names.key(found.parts[-1]))
        ):
            self.report.elsewhere += 1

    def place(self, found: Found) -> tuple[object, str]:
        """Return the folder (its id, here) and the key of the name that `found` has."""
        folder = self._folders.get(found.parts[:-1])
        return (folder.pk if folder else found.parts[:-1], names.key(found.parts[-1]))

    def folder_of(self, found: Found) -> Node | None:
        """Return the folder that `found` lies in, None in one that there is not (any more)."""
        return self._folders.get(found.parts[:-1])

    def there(self, files: Iterable[Found]) -> dict[tuple[object, str], Node]:
        """Return the live nodes that have the names of `files`, in few queries."""
        keys: dict[object, set[str]] = {}
        for found in files:
            folder = self.folder_of(found)
            if folder is not None:
                keys.setdefault(folder.pk, set()).add(names.key(found.parts[-1]))
        wanted = sorted({key for some in keys.values() for key in some})
        scopes: dict[object, int] = {
            folder.pk: folder.scope_id for folder in self._folders.values() if folder is not None
        }
        there: dict[tuple[object, str], Node] = {}
        for some in batched(wanted):
            nodes = (
                Node.objects.live()
                .filter(parent_id__in=list(keys), name_key__in=some)
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

    # Folders

    def _holds(self, parts: tuple[str, ...], found: Found) -> bool:
        """Tell whether there is (in a dry run: would be) a folder at `parts`; else skip `found`."""
        if parts in self._folders:
            return True
        if parts in self._in_trash:
            if found.is_folder:
                self._in_trash.add(found.parts)
        else:
            self._skip(found, _("The folder that contains it was not imported."))
        return False

    def _folder(self, found: Found, row: Imported | None) -> None:
        if row is not None and (row.node is None or row.node.is_folder):
            if self._still_here(found, row):
                self._note_elsewhere(found, row.node)
                self._folders[found.parts] = row.node
            return
        *above, name = found.parts
        if not self._holds(tuple(above), found):
            return
        parent = self._folders[tuple(above)]
        there = None if parent is None else self._child(parent, name)
        if there is not None and not there.is_folder:
            self._skip(found, _("A document of the space has this name."))
            return
        made = there is None
        if made and not self.dry_run and parent is not None:
            try:
                there = self._make_folder(parent, name, found)
            except ValidationError as error:
                self.refuse_target(parent, error)
                self._skip(found, " ".join(error.messages))
                return
            except Http404:
                if parent.pk == self.target.pk:
                    raise
                self._skip(found, _("The author may not write into its folder."))
                return
        self.report.folders += made
        if there is not None and not self.dry_run:
            self._memory.keep([(found, there, "")])
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

    def refuse_target(self, folder: Node, error: ValidationError | None = None) -> None:
        """Raise Refused where `folder`, in which nothing can be put, is the one imported into."""
        if folder.pk == self.target.pk:
            raise error or Refused(_("The destination folder is in the trash."))

    # Writing

    def _write(self, staged: list[tuple[Found, blobs.Staged]]) -> None:
        """Write the rows of placed files in one transaction."""
        with journal.transaction():
            settled = Batch(self, self._memory, staged).write()
        # Only once it is committed: what a failure took back was not done.
        for found, outcome, node, why in settled:
            match outcome:
                case Settled.ADDED:
                    self.report.added += 1
                case Settled.VERSION:
                    self.report.versions += 1
                    self._note_elsewhere(found, node)
                case Settled.UNCHANGED:
                    self._unchanged(found, node)
                case Settled.REFUSED:
                    self._skip(found, why)
        self.report.bytes += sum(found.size for found, _file in staged)

    def _skip(self, found: Found, why: str) -> None:
        self.report.skipped.append(Skipped("/".join(found.parts), why))


def _gone(node: Node | None) -> str:
    if node is None or node.trashed_at is None:
        return _("It was imported before, and has since been destroyed for good.")
    when = dates.written(timezone.localtime(node.trashed_at))
    if node.is_folder:
        return _("It has been in the trash since %(date)s, with its contents.") % {"date": when}
    return _("It has been in the trash since %(date)s.") % {"date": when}
