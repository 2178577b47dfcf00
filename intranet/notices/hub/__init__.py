"""Live delivery: one hub in each process, which sends to the open sockets directly."""

from .hub import Hub, current

__all__ = ["Hub", "current"]
