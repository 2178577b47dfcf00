"""Where uploaded images are kept: never under a public address."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.urls import reverse

from documents import blobs


class ProtectedStorage(FileSystemStorage):
    """Files whose address is the view that asks who may see them."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Return a name with a code behind it, whatever stands there already.

        Django puts one behind a name that is taken. A picture's name is in its address: who
        brings a file would learn that there is one of that name, somewhere out of sight.
        """
        path = PurePosixPath(name.replace("\\", "/"))
        own = path.with_name(self.get_alternative_name(path.stem, path.suffix))
        return super().get_available_name(str(own), max_length)

    def _save(self, name: str, content: File[bytes]) -> str:
        """Write a file, whole or not at all; return the name that was free for it.

        Raises blobs.NotStored before the disk of the documents is full to the brim, OSError
        where that of the images is. (Django's own way leaves what it had written, and moves an
        upload from another disk without asking whether all of it arrived.)
        """
        blobs.require_room(content.size)
        while True:
            path = Path(self.path(name))
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                file = path.open("xb")
            except FileExistsError:
                name = self.get_available_name(name)
            else:
                break
        try:
            with file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if self.file_permissions_mode is not None:
                path.chmod(self.file_permissions_mode)
        except BaseException:
            path.unlink()
            raise
        return name

    def url(self, name: str | None) -> str:
        """Return the address of the image kept under `name`."""
        return reverse("intranet:image", args=[(name or "").replace("\\", "/")])
