"""What is known of the request under way, for the journal and the log."""

from __future__ import annotations

import logging
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Identifier of the request (or task) under way; empty outside of one."""


class RequestIdFilter(logging.Filter):
    """Puts the identifier of the request under way on each line of the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Set `record.request_id`; keep every record."""
        record.request_id = request_id.get() or "-"
        return True
