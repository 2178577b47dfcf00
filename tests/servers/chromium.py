"""Debian's Chromium, driven by Playwright, which brings no browser of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

from .base import HOST, program

HOME = (HOST, "localhost")

FLAGS = (
    "--no-sandbox",  # its sandbox refuses root, and containers without user namespaces
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name but our own leads anywhere: what a page asks of others ends in the browser.
    f"--host-resolver-rules=MAP * ~NOTFOUND, {', '.join(f'EXCLUDE {name}' for name in HOME)}",
)


def find() -> Path:
    """Return the browser's program. Raises ServerMissing."""
    return program("chromium", "chromium-browser", "google-chrome", packages="chromium")


@contextmanager
def launched() -> Iterator[Browser]:
    """Give a headless browser, closed with all its processes at the end.

    Raises ServerMissing where there is none.
    """
    binary = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=binary, headless=True, args=list(FLAGS)
        )
        try:
            yield browser
        finally:
            browser.close()


def requests_outside(context: BrowserContext) -> list[str]:
    """Return a list that grows by each address outside this machine that `context` asks for.

    It only listens. Handing each request on by a route would leave some in flight at the end
    of a test, and closing the context then waits for them for ever.
    """
    outside: list[str] = []

    def look(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in HOME:
            outside.append(request.url)

    context.on("request", look)
    return outside


def note_complaints(
    page: Page, noted: list[str], *, about: str = "", but: Sequence[str] = ()
) -> None:
    """Add to `noted` what a script of `page` fails with, and the errors in its console.

    Of the console those that hold `about`, and none of `but`.
    """

    def hear(message: ConsoleMessage) -> None:
        expected = any(part in message.text for part in but)
        if message.type == "error" and about in message.text and not expected:
            noted.append(f"{page.url}: {message.text}")

    page.on("pageerror", lambda error: noted.append(f"{page.url}: {error}"))
    page.on("console", hear)
