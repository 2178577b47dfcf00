"""What the log says of a server that is out of reach: one line for it, and one when it is back."""

from __future__ import annotations

import logging

from django.db import Error, connection

from directory import trouble
from directory.text import one_line


class Outage:
    """Tells `log` of an outage once, again where it has become another, and `over` at its end.

    An outage may be long, and is met at every try: a line for each would hide all others.
    """

    def __init__(self, log: logging.Logger, over: str) -> None:
        self._log = log
        self._over = over
        self._told = ""

    def tell(self, text: str, *, traced: bool = False) -> None:
        """Say `text`, unless it was the last that was said; `traced` shows where it was raised."""
        if text != self._told:
            self._told = text
            self._log.log(logging.ERROR if traced else logging.WARNING, text, exc_info=traced)

    def tell_of(self, what: str, error: Error) -> None:
        """Say that `what` for `error` of the database: one line on an outage, else a traceback."""
        if trouble.is_full(error):
            self.tell(f"{what}: the database has no room left ({one_line(str(error))}).")
        elif trouble.is_down(error):
            self.tell(f"{what}: {of_database(error)} It goes on by itself then.")
        else:
            self.tell(f"{what}: {error}", traced=True)

    def end(self) -> None:
        """Say that it is over, where there was one."""
        if self._told:
            self._told = ""
            self._log.warning(self._over)


def of_database(error: BaseException) -> str:
    """Return one line on a database that does not answer: what, which setting, the cure."""
    reason = one_line(str(error))
    if connection.vendor == "sqlite":
        return (
            f"the database {connection.settings_dict['NAME']} cannot be used ({reason}). It must "
            "be a file that Marigot may write to, in a folder of which the same is true."
        )
    return (
        f"MARIGOT_DATABASE_URL: the database does not answer ({reason}). Start its server or "
        "correct the address."
    )
