"""Readers of the journal: each at its own pace, each entry at least once, in order.

An app registers a `Consumer` when it is ready; `manage.py work` runs them.
"""

from .base import Consumer, get, register, registered
from .runner import Runner, drain

__all__ = ["Consumer", "Runner", "drain", "get", "register", "registered"]
