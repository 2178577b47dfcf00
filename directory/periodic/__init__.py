"""What is done by the clock: registered here by each app, run by `manage.py work`.

    periodic.register("documents.sweep", timedelta(days=1), sweep)

What follows the journal is a consumer; what follows the directory is `directory.sync.feed`.
"""

from .base import Function, Job, get, register, registered
from .running import Busy, Clock, attempt
from .selectors import LATE, Standing, health, soon, standing, troubled

__all__ = [
    "LATE",
    "Busy",
    "Clock",
    "Function",
    "Job",
    "Standing",
    "attempt",
    "get",
    "health",
    "register",
    "registered",
    "soon",
    "standing",
    "troubled",
]
