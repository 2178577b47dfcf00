"""Marigot's own folders are no file share."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def own_folder_in_the_way(source: Path) -> Path | None:
    """Return the folder of Marigot that `source` is, lies in or contains; None where it is free.

    Folders are compared, not their names: another mount of the same folder is the same.
    """
    for own in (settings.DATA, settings.BLOB_FOLDER, settings.SEARCH_FOLDER, settings.MEDIA_ROOT):
        folder = Path(own)
        if folder.exists() and (_is_or_holds(folder, source) or _is_or_holds(source, folder)):
            return folder
    return None


def _is_or_holds(outer: Path, inner: Path) -> bool:
    inner = inner.resolve()
    return any(outer.samefile(folder) for folder in (inner, *inner.parents))
