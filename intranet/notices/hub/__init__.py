"""Live delivery: one hub in each process, one plain ASGI application for the sockets."""

from .hub import Hub, current
from .socket import PATH, application

__all__ = ["PATH", "Hub", "application", "current"]
