"""Running a parser on a hostile file: one confined child process per file.

`Sandbox.run(job, fd, …)` (client.py) talks to a warm helper process (helper.py) that
has imported the parsers and forks one child per file; the child (child.py) gives up
every right it does not need (confine.py, seccomp.py) before it looks at a byte.
Django is imported nowhere in here but by the caller.
"""

from .client import Outcome, Sandbox, SandboxUnavailable

__all__ = ["Outcome", "Sandbox", "SandboxUnavailable"]
