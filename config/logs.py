"""What the log says of requests that cannot be answered."""

from __future__ import annotations

import logging
from http import HTTPStatus

_NO_TEXT = "Invalid UTF-8 sequence received from client."


class ClientFaultFilter(logging.Filter):
    """Tells what a client did wrong in one line.

    Where it came from in our code helps nobody, and anybody may send as many malformed hosts
    as they like: the tracebacks would hide those of faults that are ours.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Take the traceback off the records of a client's fault; keep every record."""
        if _is_of_the_client(record):
            record.exc_info = record.exc_text = None
        return True


def _is_of_the_client(record: logging.LogRecord) -> bool:
    if record.name == "uvicorn.error":
        return record.msg == _NO_TEXT
    # Django notes the status with which it answered.
    status = getattr(record, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR)
    return bool(HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR)
