"""What the log says of clients, and what it does not."""

from __future__ import annotations

import logging
from http import HTTPStatus
from pathlib import PurePath

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


class SocketFilter(logging.Filter):
    """Leaves out that a WebSocket was opened, refused or closed as it should be.

    Uvicorn tells it in two lines and a third one, of every page that anybody opens. Its own
    start and end, warnings and errors are kept.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep what is a warning at least, or does not come from the code of sockets."""
        return (
            record.levelno >= logging.WARNING
            or "websockets" not in PurePath(record.pathname).parent.parts
        )


def _is_of_the_client(record: logging.LogRecord) -> bool:
    if record.name == "uvicorn.error":
        return record.msg == _NO_TEXT
    # Django notes the status with which it answered.
    status = getattr(record, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR)
    return bool(HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR)
