"""Processes that write documents, to be killed in the middle of it; see kill_target."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402

from documents import blobs  # noqa: E402
from documents.actions import upload  # noqa: E402
from documents.models import Space  # noqa: E402


def upload_for_ever(space: int, blob_folder: str, out: str) -> None:
    """Upload one document after the other; name each in `out` once it is acknowledged."""
    settings.BLOB_FOLDER = Path(blob_folder)
    descriptor = os.open(out, os.O_WRONLY | os.O_APPEND)
    root = Space.objects.get(pk=space).root
    for number in itertools.count():
        name = f"{os.getpid()}-{number}.txt"
        with blobs.stage([content_of(name)]) as staged:
            upload(actor=None, folder=root, name=name, staged=staged)
        os.write(descriptor, f"{name}\n".encode())


def content_of(name: str) -> bytes:
    """The bytes of the document of that name: long enough to be cut short."""
    return name.encode() * 2000
