"""Where uploaded images are kept: never under a public address."""

from __future__ import annotations

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.urls import reverse

from documents import blobs


class ProtectedStorage(FileSystemStorage):
    """Files whose address is the view that asks who may see them."""

    def _save(self, name: str, content: File[bytes]) -> str:
        """Write a file. Raises blobs.StorageFull, before the disk is full to the brim."""
        blobs.require_room(content.size)
        return str(super()._save(name, content))  # type: ignore[misc]

    def url(self, name: str | None) -> str:
        """Return the address of the image kept under `name`."""
        return reverse("intranet:image", args=[(name or "").replace("\\", "/")])
