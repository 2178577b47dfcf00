"""What is known of the request under way, for the journal and the log."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Identifier of the request (or task) under way; empty outside of one."""
