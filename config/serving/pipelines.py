"""HTTP as uvicorn serves it; of several requests at once the one at work learns who left."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle


class Pipelines(HttpToolsProtocol):
    """The protocol of a connection, for uvicorn's `--http`.

    Where a client sends several requests without waiting and goes, uvicorn tells it to the last
    that came, which nobody works on yet. The one that is worked on is not given up, and writes to
    a connection that is gone: a traceback for each such client.
    """

    _at_work: RequestResponseCycle | None = None

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._at_work = cycle
        super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request that is worked on that its client left."""
        if self._at_work is not None and not self._at_work.response_complete:
            self._at_work.disconnected = True
            self._at_work.message_event.set()
        super().connection_lost(exc)
