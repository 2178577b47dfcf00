"""Where uploaded images are kept: never under a public address."""

from __future__ import annotations

from django.core.files.storage import FileSystemStorage
from django.urls import reverse


class ProtectedStorage(FileSystemStorage):
    """Files whose address is the view that asks who may see them."""

    def url(self, name: str | None) -> str:
        """Return the address of the image kept under `name`."""
        return reverse("intranet:image", args=[(name or "").replace("\\", "/")])
