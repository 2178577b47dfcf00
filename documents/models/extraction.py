"""The text found in the bytes of a document."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterable

from django.db import models
from django.utils import timezone

from .blob import Blob
from .version import Version


class Extraction(models.Model):
    """What text extraction found in a blob, once for all versions that share it.

    What a version shows of it is asked by `texts_of` alone: nothing before its own turn.

    `status` is one of `search.extraction.Status`; text may be there with any of them.
    `for_search` are other readings of what is in the text: to be found, and in no text that a
    page shows. An excerpt of a search may come from them.
    `detail` says in English why it ended so, for operators. `about` is what a file without text
    says of itself. `readers_version` is that of the readers that found all this: what older
    ones found is read again.
    """

    blob = models.OneToOneField(
        Blob, on_delete=models.CASCADE, primary_key=True, related_name="extraction"
    )
    status = models.CharField(max_length=20)
    kind = models.CharField(max_length=20, blank=True)
    mime = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=5, blank=True)
    title = models.CharField(max_length=500, blank=True)
    author = models.CharField(max_length=200, blank=True)
    about = models.CharField(max_length=500, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    text_length = models.PositiveIntegerField(default=0)
    compressed_text = models.BinaryField(default=b"")
    compressed_for_search = models.BinaryField(default=b"")
    milliseconds = models.PositiveIntegerField(default=0)
    extracted_at = models.DateTimeField(default=timezone.now)
    readers_version = models.PositiveSmallIntegerField(default=0)

    class Meta:
        default_permissions = ()
        indexes = (models.Index(fields=["readers_version"], name="extraction_readers"),)

    def __str__(self) -> str:
        return f"{self.blob_id}: {self.status}"

    @property
    def text(self) -> str:
        """The text; assigning it compresses it."""
        return zlib.decompress(self.compressed_text).decode() if self.text_length else ""

    @text.setter
    def text(self, value: str) -> None:
        self.text_length = len(value)
        self.compressed_text = _packed(value)

    @property
    def for_search(self) -> str:
        """What is to be found beside the text; assigning it compresses it."""
        packed = bytes(self.compressed_for_search)
        return zlib.decompress(packed).decode() if packed else ""

    @for_search.setter
    def for_search(self, value: str) -> None:
        self.compressed_for_search = _packed(value)

    def beginning(self, characters: int) -> str:
        """Return the first `characters` of the text without unpacking the rest of it."""
        if not self.text_length:
            return ""
        raw = zlib.decompressobj().decompress(bytes(self.compressed_text), characters * 4)
        return raw.decode(errors="ignore")[:characters]


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode(errors="replace"), 6) if text else b""


class VersionText(models.Model):
    """That the turn of a version has come, and what was found in its bytes.

    Bytes that lie elsewhere already need no reading, but their text waits for this: were it
    there at once, whoever holds a file could try whether somebody else has the same.
    """

    version = models.OneToOneField(
        Version, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    extraction = models.ForeignKey(Extraction, on_delete=models.CASCADE, related_name="+")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.version_id}: {self.extraction_id}"


def texts_of(versions: Iterable[uuid.UUID]) -> dict[uuid.UUID, Extraction]:
    """Return what was found in each of the versions whose turn has come; one query."""
    rows = VersionText.objects.filter(version__in=list(versions)).select_related("extraction")
    return {row.version_id: row.extraction for row in rows}
