"""Old files for new readers: what readers of an earlier version have read is read again."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from django.db.models import QuerySet

from directory import journal, periodic
from directory.consumers.runner import TryLater
from directory.models import ConsumerCursor, JournalEntry
from documents import blobs
from documents.extraction import ARRIVALS, FOUND, TextExtraction, read, right, tell
from documents.models import Extraction, Node, Version, VersionText
from search import extraction as reader

log = logging.getLogger(__name__)

JOB: Final = "documents.reread"
SECONDS: Final = 2.0
"""So long a batch takes up the next files; who stops the worker waits for no more."""
_CIRCUMSTANCES = frozenset({"milliseconds", "extracted_at", "compressed_text"})
_AT_ONCE: Final = 4
_MARKED_AT_ONCE: Final = 500
NOT_FAILED: Final = (reader.Status.OK, reader.Status.NO_TEXT, reader.Status.EMPTY)
"""Of a file with these more is not to be had, or all was."""


def mark(*, kinds: Collection[str] = (), failed: bool = False) -> int:
    """Have what was found in files found again; return how many contents are to be read now.

    `kinds` ("pdf", "docx") and `failed` (what could not be read) narrow it. What was found stays
    until it is found again. Written in short transactions: begun again, it goes on.
    """
    chosen = Extraction.objects.filter(readers_version__gt=0)
    if kinds:
        chosen = chosen.filter(kind__in=list(kinds))
    if failed:
        chosen = chosen.exclude(status__in=[str(status) for status in NOT_FAILED])
    marked = 0
    while pks := list(chosen.order_by("pk").values_list("pk", flat=True)[:_MARKED_AT_ONCE]):
        marked += Extraction.objects.filter(pk__in=pks).update(readers_version=0)
    periodic.soon(JOB)
    return marked


def kinds() -> set[str]:
    """Return the kinds of the files that were read; it looks at each."""
    of_files = Extraction.objects.exclude(kind="").order_by().values_list("kind", flat=True)
    return set(of_files.distinct())


def waiting() -> int:
    """Return how many contents are to be read again."""
    return _old().count()


def read_again() -> bool:
    """Read contents that older readers have read, one at a time; tell whether there is more.

    What they found stays where the content cannot be read. While an arrival waits nothing is
    begun. Raises TryLater where nothing can be read on this machine.
    """
    since = time.monotonic()
    while time.monotonic() - since < SECONDS:
        if something_arrived():
            return False
        before = {each.pk: each for each in _old().order_by("readers_version", "pk")[:_AT_ONCE]}
        if not before:
            return False
        replace(before, _found(before))
    return True


def _old() -> QuerySet[Extraction]:
    return Extraction.objects.filter(readers_version__lt=reader.READERS_VERSION)


def something_arrived() -> bool:
    """Tell whether a file that arrived waits to be read; at most two queries."""
    cursor = ConsumerCursor.objects.filter(name=TextExtraction.name)
    position = cursor.values_list("sequence", flat=True).first() or 0
    return JournalEntry.objects.filter(
        sequence__gt=position, action__in=[event.name for event in ARRIVALS]
    ).exists()


def _found(before: Mapping[str, Extraction]) -> list[Extraction]:
    nodes = {}
    for sha256 in before:  # of the many that may have it one is enough
        version = Version.objects.filter(blob=sha256).select_related("node").first()
        if version is not None:
            nodes[sha256] = version.node
    found: list[Extraction] = []
    # One at a time, of the two there are: what arrives waits for no old file.
    for sha256, future in read(nodes, readers=1):
        try:
            found.append(right(sha256, future))
        except reader.ExtractionUnavailable as error:
            raise TryLater(str(error)) from error
        except (OSError, blobs.Damaged):
            log.exception("The file %s could not be read again.", sha256)
    return found


def replace(before: Mapping[str, Extraction], found: Sequence[Extraction]) -> None:
    """Write what new readers found over what is there; the search hears of what is another.

    Nothing but the text of current versions is in the index, and of those whose turn has come.
    """
    with journal.transaction():
        Extraction.objects.filter(pk__in=before).update(readers_version=reader.READERS_VERSION)
        others = [each for each in found if _told(each) != _told(before[each.pk])]
        Extraction.objects.bulk_update(others, FOUND)
        current = Node.objects.filter(
            current_version__blob__in=[each.pk for each in others]
        ).values("current_version")
        turns = VersionText.objects.filter(version__in=current).select_related("version__node")
        waiting: dict[str, list[Version]] = {each.pk: [] for each in others}
        for turn in turns.order_by("version"):
            waiting[turn.extraction_id].append(turn.version)
        tell(others, waiting)


def _told(extraction: Extraction) -> list[object]:
    told = [getattr(extraction, name) for name in FOUND if name not in _CIRCUMSTANCES]
    return [*told, extraction.text]
