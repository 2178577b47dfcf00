"""Files in the forms of views that take none."""

from __future__ import annotations

from django.core.exceptions import BadRequest
from django.core.files.uploadhandler import FileUploadHandler


class RefusingHandler(FileUploadHandler):
    """Takes no file: the form is refused at the first one, and nothing is written."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        """Refuse it. Raises BadRequest."""
        raise BadRequest("This address takes no files.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Nothing comes here."""
        raise AssertionError("There is no file.")

    def file_complete(self, file_size: int) -> None:
        """Nothing comes here."""
        raise AssertionError("There is no file.")
