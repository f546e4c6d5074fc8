"""Windows of a real browser for the tests of the page: Debian's Chromium, driven by Playwright.

Whatever a page should not do (an error on its console, an exception, a request that leaves this machine) is a fault, and fails
the test that opened it.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

_PATIENCE_MS = 45_000
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})
_LOCAL = frozenset({"data", "blob", "about"})


@dataclass
class Windows:
    """Opens pages. `faults` is what they did wrong; `expected` are beginnings of console errors that a test provokes."""

    browser: Browser
    faults: list[str] = field(default_factory=list[str])
    expected: tuple[str, ...] = ()
    contexts: list[BrowserContext] = field(default_factory=list[BrowserContext])

    async def opens(self, url: str, *, width: int = 1280, height: int = 800, **options: Any) -> Page:  # noqa: ANN401 - Playwright's own
        """Open an address in a window of its own, with cookies and storage of its own."""
        context = await self.browser.new_context(viewport={"width": width, "height": height}, **options)
        self.contexts.append(context)
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
    try:
        yield opened
    finally:
        for context in opened.contexts:
            await context.close()
    assert not opened.faults, opened.faults


@asynccontextmanager
async def driven(address: str) -> AsyncGenerator[Browser]:
    """Drive the browser that runs at an address; it goes on running."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(address)
        yield browser
        await browser.close()


def draft(window: Page) -> Locator:
    """Return the message box."""
    return window.get_by_role("combobox", name="Message", exact=True)


def log(window: Page) -> Locator:
    """Return the list of messages."""
    return window.get_by_role("log")


async def ask(window: Page, text: str, answer: str) -> None:
    """Write a message and wait for a text in the log."""
    await draft(window).fill(text)
    await draft(window).press("Enter")
    await expect(log(window)).to_contain_text(answer)
