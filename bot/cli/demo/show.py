"""The show: the sandbox, its page, and the bot, until somebody ends it.

The page is up long before the bot, whose libraries are imported meanwhile; what is said until then the bot answers when it
is there. Discord begins anew with each demo, also where the database is an old one.
"""

import asyncio
import importlib
import threading
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Final, TypeVar

from bot.cli.demo.browser import open_page
from bot.cli.demo.folder import database_in
from bot.cli.demo.insight import Insight
from bot.cli.demo.settings import answering, in_sandbox
from bot.cli.demo.town import Town
from bot.cli.signals import stopped_by_signals
from bot.config import Settings, draft
from bot.errors import ConfigError
from bot.sandbox import Sandbox
from bot.sandbox.model.demo import plays_demo
from bot.sandbox.page import Page

_T = TypeVar("_T")
_NO_LISTS: Final = "Your [access] lists are left out here: their ids are those of your Discord."
_GONE: Final = "Conversations are gone at the end; --data DIR keeps them."


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    config: Path | None
    data: Path | None
    port: int
    browser: bool


async def show(wish: Wish) -> None:
    """Show the bot until a signal ends it. Raises ConfigError, StoreError or DiscordError."""
    stop = asyncio.Event()
    with stopped_by_signals(stop), database_in(wish.data) as database:
        async with Sandbox() as box:
            plays_demo(box.model)
            found = draft(wish.config)
            left_out = [_NO_LISTS] if found.sets("access") else []
            settings = in_sandbox(found, box, database)
            notes = [answering(settings, box), *left_out, _kept(settings) if wish.data else _GONE]
            insight = Insight(settings, box.bot.user.name)
            town = await Town.built(box)
            async with _opened(Page(box, town.people, inspector=insight, port=wish.port), wish) as page:
                _announce(page, wish, notes)
                await _run(settings, stop, insight)


@asynccontextmanager
async def _opened(page: Page, wish: Wish) -> AsyncGenerator[Page, None]:
    """The page, listening. Raises ConfigError when it cannot."""
    async with AsyncExitStack() as listening:
        try:
            await listening.enter_async_context(page)
        except OSError as error:
            raise ConfigError([f"--port {wish.port} cannot be used ({error.strerror}): name another"]) from error
        yield page


def _announce(page: Page, wish: Wish, notes: Sequence[str]) -> None:
    opened = wish.browser and open_page(page.url)
    print(f"Parley's demo is at {page.url}{' (and in your browser)' if opened else ''}", flush=True)
    moved = [f"Port {wish.port} is busy, so it is on another one."] if page.moved else []
    for note in [*moved, *notes, "Ctrl-C ends it."]:
        print(f"  {note}", flush=True)


def _kept(settings: Settings) -> str:
    return f"Conversations are kept in {settings.history.path}; the next demo begins with empty channels all the same."


async def _run(settings: Settings, stop: asyncio.Event, insight: Insight) -> None:
    bot = await _unless(stop, _imported("bot.cli.demo.watched"))
    if bot is not None:
        await bot.run(settings, stop, insight)


async def _unless(stop: asyncio.Event, awaited: Awaitable[_T]) -> _T | None:
    """Wait for something; None when `stop` is set before."""
    waiting = asyncio.ensure_future(awaited)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    return waiting.result() if waiting.done() else None  # what nobody waits for any more ends with the process


def _imported(name: str) -> asyncio.Future[ModuleType]:
    """Import a module beside the loop, in a thread that nobody has to wait for at the end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[ModuleType] = loop.create_future()

    def work() -> None:
        try:
            tell = partial(done.set_result, importlib.import_module(name))
        except Exception as error:  # noqa: BLE001 -- handed on to whoever waits
            tell = partial(done.set_exception, error)
        with suppress(RuntimeError):  # the loop is closed: somebody ended the demo meanwhile
            loop.call_soon_threadsafe(tell)

    threading.Thread(target=work, name=f"import {name}", daemon=True).start()
    return done
