"""A real browser for the tests of the page: Debian's Chromium, driven by Playwright.

Whatever a page should not do (an error on its console, an exception, a request that leaves this machine) is a fault, and fails
the test that opened it.
"""

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, async_playwright

_NAME = "chromium"
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PATIENCE_MS = 15_000
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})
_LOCAL = frozenset({"data", "blob", "about"})


@dataclass
class Windows:
    """Opens pages. `faults` is what they did wrong; `expected` are beginnings of console errors that a test provokes."""

    browser: Browser
    faults: list[str] = field(default_factory=list[str])
    expected: tuple[str, ...] = ()

    async def opens(self, url: str, *, width: int = 1280, height: int = 800, **options: Any) -> Page:  # noqa: ANN401 - Playwright's own
        """Open an address in a window of its own, with cookies and storage of its own."""
        context = await self.browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(_PATIENCE_MS)
        page = await context.new_page()
        page.on("console", lambda said: self._heard(said.type, said.text))
        page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))
        await page.goto(url)
        return page

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not text.startswith(self.expected or "\0"):
            self.faults.append(f"console: {text}")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _LOCAL and parts.hostname not in _LOOPBACK:
            self.faults.append(f"left this machine: {url}")


@asynccontextmanager
async def windows(browser: Browser) -> AsyncGenerator[Windows]:
    """Let a test open pages; they are closed at its end, and their faults fail it."""
    opened = Windows(browser)
    yield opened
    for context in browser.contexts:
        await context.close()
    assert not opened.faults


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser]:
    """Start a browser. Without Chromium the test is skipped, but on CI it fails."""
    path = shutil.which(_NAME)
    if path is None:
        reason = f"there is no {_NAME} on this machine (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        await browser.close()
