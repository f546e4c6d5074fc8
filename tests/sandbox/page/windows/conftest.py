"""The page in a browser's window, with a bot that a test plays itself.

One event loop runs the browser, the page and the tests of a module.
"""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from playwright.async_api import Page as Window

from bot.sandbox import Channel, Sandbox
from bot.sandbox.page import Page
from tests.browser import Windows, driven, windows
from tests.sandbox.clients import RecordingClient
from tests.sandbox.conftest import connecting
from tests.sandbox.page.conftest import Glass, Village
from tests.truth.watch import Watch

expect.set_options(timeout=45_000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(browser_address: str) -> AsyncGenerator[Browser]:
    """A browser that all tests here share; it is driven from one event loop, which the fixtures below use too."""
    async with driven(browser_address) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def box(watch: Watch) -> AsyncGenerator[Sandbox]:
    """A sandbox that listens."""
    async with watch.sandbox(asks_properly=False) as sandbox:
        yield sandbox


@pytest_asyncio.fixture(loop_scope="module")
async def client(box: Sandbox, general: Channel, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[RecordingClient]:
    """A connected discord.py client that knows the text channel."""
    del general
    async with connecting(box, monkeypatch) as connect:
        yield await connect()


@pytest_asyncio.fixture(loop_scope="module")
async def page(village: Village, glass: Glass) -> AsyncGenerator[Page]:
    """A page that listens, on a port of the system's choice."""
    async with Page(village.box, [village.alice, village.bob], inspector=glass, port=0) as serving:
        yield serving


@pytest_asyncio.fixture(loop_scope="module")
async def opened(browser: Browser, page: Page) -> AsyncGenerator[Windows]:
    """Windows of the browser, which are closed before the page that they show."""
    del page
    async with windows(browser) as opening:
        yield opening


@pytest_asyncio.fixture(loop_scope="module")
async def window(opened: Windows, page: Page, village: Village) -> Window:
    """The page, open, in the channel general, as Alice, with the dark theme, in London."""
    del village
    window = await opened.opens(page.url, color_scheme="dark", timezone_id="Europe/London", locale="en-US")
    await expect(window.get_by_role("heading", level=1)).to_have_text("general")
    return window
