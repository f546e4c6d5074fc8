"""The show: the sandbox, its page, and the bot, until somebody ends it."""

import asyncio
import importlib
import threading
from collections.abc import Awaitable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TypeVar

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
            notes = ["Your [access] lists are left out here: their ids are those of your Discord."] * found.sets(
                "access"
            )
            settings = in_sandbox(found, box, database)
            town = await Town.built(box)
            insight = Insight(settings, box.bot.user.name)
            page = Page(box, town.people, inspector=insight, port=wish.port)
            async with AsyncExitStack() as shown:
                try:
                    await shown.enter_async_context(page)
                except OSError as error:
                    raise ConfigError(
                        [f"--port {wish.port} cannot be used ({error.strerror}): name another"]
                    ) from error
                _announce(wish, page, [answering(settings, box), *notes])
                await _run(settings, stop, insight)


def _announce(wish: Wish, page: Page, notes: list[str]) -> None:
    opened = wish.browser and open_page(page.url)
    where = f"Conversations are kept in {wish.data}" if wish.data else "Conversations are gone at the end"
    print(f"Parley's demo is at {page.url}{' (and in your browser)' if opened else ''}", flush=True)
    if page.moved:
        notes.insert(0, f"Port {wish.port} is busy, so it is on the next free one.")
    for note in [*notes, f"{where}{'' if wish.data else '; --data DIR keeps them'}. Ctrl-C ends it."]:
        print(f"  {note}", flush=True)


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
