"""Files of a multipart form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict

from directory.incoming import FormParser
from documents import blobs

from .asking import BodyWanted, ask_for_body

FIELDS = 1024 * 1024
"""Bytes that a form may have beside its files."""


class StagedFile(UploadedFile):
    """A file of a form. `staged` holds it, or `error` says why it could not be taken."""

    def __init__(
        self,
        staged: blobs.Staged | None,
        *,
        error: Exception | None,
        name: str,
        content_type: str,
        field_name: str | None,
    ) -> None:
        super().__init__(None, name, content_type, staged.size if staged else 0)
        self.field_name = field_name
        self.staged = staged
        self.error = error

    # Django drops the folders of a name, which is right, and cuts it at 255 characters,
    # which would hide that it is too long: names are checked by the action.
    def _get_name(self) -> str | None:
        return self._name

    def _set_name(self, name: str | None) -> None:
        self._name = (name or "").replace("\\", "/").rpartition("/")[2]

    name = property(_get_name, _set_name)

    def open(self, mode: str | None = None) -> IO[Any]:  # type: ignore[override]
        """Open the bytes for reading."""
        if self.staged is None:
            raise ValueError("The file was not taken.")
        return self.staged.open()

    def close(self) -> None:
        """Throw away what was not placed; Django calls this at the end of the request."""
        if self.staged is not None:
            self.staged.discard()


class StagingHandler(FileUploadHandler):
    """Writes each file of a form beside the blob store while it arrives."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._staged: blobs.Staged | None = None
        self._error: Exception | None = None
        self._all: list[blobs.Staged] = []

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self._error = None
        try:
            self._staged = blobs.Staged()
        except blobs.NotStored as error:
            self._staged, self._error = None, error
        else:
            self._all.append(self._staged)
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take a piece. After a fault the rest of the file is read past."""
        if self._staged is None or self._error is not None:
            return
        try:
            self._staged.write(raw_data)
        except (blobs.TooLarge, blobs.NotStored) as error:
            self._error = error

    def file_complete(self, file_size: int) -> StagedFile:
        """End the file."""
        if self._staged is not None and self._error is None:
            try:
                self._staged.finish()
            except blobs.NotStored as error:
                self._error = error
        file = StagedFile(
            self._staged if self._error is None else None,
            error=self._error,
            name=self.file_name or "",
            content_type=self.content_type or "",
            field_name=self.field_name,
        )
        self._staged = None
        return file

    def upload_interrupted(self) -> None:
        """Throw away what has come so far: the client went away."""
        self.discard()

    def discard(self) -> None:
        """Throw away every file that was not placed."""
        for staged in self._all:
            staged.discard()


class _Parser(FormParser):
    """Reads a form, the names of its files as they were sent.

    Django drops what it cannot print of a name, hard spaces too, and takes "&amp;" for "&". What
    cannot be kept of a name is for the action to say.
    """

    def sanitize_file_name(self, file_name: str) -> str:
        """Return the name without the folders before it; empty where no file was chosen."""
        return file_name.replace("\\", "/").rpartition("/")[2]


def ask_for_form(request: HttpRequest) -> BodyWanted | None:
    """Return the answer that asks for the form with its files, None where it is there.

    Raises BODY_FAILURES where it was asked for in vain.
    """
    if request.content_type != "multipart/form-data":
        # Without files; Django takes what comes first of it for all of it.
        return ask_for_body(request, limit=FIELDS, take=None)
    return ask_for_body(request, limit=settings.UPLOAD_MAX_BYTES + FIELDS, take=_parse)


def _parse(request: HttpRequest) -> None:
    handler = StagingHandler(request)
    request.upload_handlers = [handler]

    def read(meta: dict[str, Any], body: Any) -> Any:
        return _Parser(meta, body, [handler]).parse()

    request.parse_file_upload = read  # type: ignore[method-assign,assignment]
    try:
        _ = request.FILES
    except BaseException:
        handler.discard()
        raise


@contextmanager
def staging_files(request: HttpRequest) -> Iterator[MultiValueDict[str, StagedFile]]:
    """Parse the form of `request`, its files written beside the blob store; yield the files.

    Must come before anything reads `request.POST`. What was not placed is thrown away
    at the end. A file that cannot be taken has its `error`; the others are not touched.
    """
    if not hasattr(request, "_files"):
        _parse(request)
    files = cast("MultiValueDict[str, StagedFile]", request.FILES)
    try:
        yield files
    finally:
        for _name, several in files.lists():
            for file in several:
                file.close()
