"""Debian's Chromium, driven by Playwright, which brings no browser of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from .base import program

FLAGS = (
    "--no-sandbox",  # its sandbox refuses root, and containers without user namespaces
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
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
