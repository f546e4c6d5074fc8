"""A page with Alice and Bob, and tabs on it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest
import pytest_asyncio

from bot.sandbox import Channel, Person, Sandbox, Server
from bot.sandbox.page import Page, Picture, Seen
from tests.sandbox.page.browser import Browser

Opens = Callable[[], Awaitable[Browser]]


@dataclass
class Glass:
    """An inspector whose answers a test sets, by place; `failing` makes it raise."""

    seen_by_place: dict[int, Seen] = field(default_factory=dict[int, Seen])
    failing: bool = False
    pictures: dict[str, Picture] = field(default_factory=dict[str, Picture])

    async def picture(self, key: str) -> Picture | None:
        """Return what was set."""
        return self.pictures.get(key)

    async def seen(self, place_id: int) -> Seen | None:
        """Return what was set."""
        if self.failing:
            raise OSError("the disk is gone")
        return self.seen_by_place.get(place_id)


@dataclass
class Village:
    """A sandbox with a server, a channel and two people."""

    box: Sandbox
    home: Server
    general: Channel
    alice: Person
    bob: Person


@pytest.fixture
def glass() -> Glass:
    """The inspector of the page."""
    return Glass()


@pytest.fixture
def bob(box: Sandbox, home: Server) -> Person:
    """Another member of the guild."""
    del home
    return box.discord.user("Bob")


@pytest.fixture
def village(box: Sandbox, home: Server, general: Channel, alice: Person, bob: Person) -> Village:
    """The sandbox with its guild, a channel and two people."""
    return Village(box, home, general, alice, bob)


@pytest_asyncio.fixture
async def page(box: Sandbox, alice: Person, bob: Person, glass: Glass) -> AsyncGenerator[Page]:
    """A page that listens, on a port of the system's choice."""
    async with Page(box, [alice, bob], inspector=glass, port=0) as serving:
        yield serving


@pytest_asyncio.fixture
async def opens(page: Page, http: aiohttp.ClientSession) -> AsyncGenerator[Opens]:
    """Open tabs."""
    tabs: list[Browser] = []

    async def one() -> Browser:
        tabs.append(Browser(await http.ws_connect(f"{page.url}socket")))
        return tabs[-1]

    yield one
    for tab in tabs:
        await tab.close()


@pytest_asyncio.fixture
async def tab(opens: Opens) -> Browser:
    """An open tab, which has not looked anywhere yet."""
    return await opens()
