"""A site of static files and bare pages, for tests of the scripts without the rest of Marigot."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from csp.utils import build_policy
from django.contrib.staticfiles import finders

from tests.servers.base import HOST

HERE = Path(__file__).parent
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{name}</title></head>
<body>
{body}
<script type="module" src="/js/{name}"></script>
</body></html>
"""


def _file(path: str) -> Path | None:
    """Return the file of an address: a static one of the product's, or one of this folder's."""
    if path.startswith("/static/"):
        found = finders.find(path.removeprefix("/static/"))
        return Path(found) if found else None
    return HERE / Path(path).name if path.startswith("/js/") else None


@contextmanager
def served(pages: Mapping[str, str]) -> Iterator[str]:
    """Serve a page for each script of tests in `pages`, with that body; yield the address.

    All answers have the content security policy of the site.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # one connection for all

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if (name := path.removeprefix("/pages/")) in pages:
                self._answer(PAGE.format(name=name, body=pages[name]).encode(), "text/html")
            elif (file := _file(path)) and file.is_file():
                kind, _ = mimetypes.guess_type(file.name)
                self._answer(file.read_bytes(), kind or "application/octet-stream")
            else:
                self.send_error(404)

        def _answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", build_policy())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
