"""Clearing away the files of pictures that no row names.

A picture's file is written before its transaction is over. Where that is rolled back, or the
process dies before an old file is deleted, the file stays.
"""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Model
from wagtail.models import UploadedFile

from documents.blobs import Swept
from intranet.models import Rendition, SiteImage

FOLDERS: dict[str, type[Model]] = {
    "original_images": SiteImage,
    "images": Rendition,
    "wagtail_uploads": UploadedFile,
}
"""Where Wagtail keeps files, and whose field `file` names those."""


def sweep(*, age: timedelta, dry_run: bool) -> Swept:
    """Delete the files of pictures that no row names and that are older than `age`.

    No transaction is that old, and a file that was once left never gets a row: a new picture
    takes a new file. So what is found is nobody's.
    """
    done = Swept()
    oldest = time.time() - age.total_seconds()
    for folder, model in FOLDERS.items():
        place = Path(settings.MEDIA_ROOT) / folder
        for found in done.names_in(place):
            names = [f"{folder}/{name}" for name in found]
            # By the manager that nobody's looking narrows.
            rows = model._base_manager.filter(file__in=names)
            known = set(rows.values_list("file", flat=True))
            for name in names:
                if name not in known:
                    done.take(place.parent / name, oldest, dry_run=dry_run)
    return done
