"""Runs the demo in the browser: the sandbox, its page and the bot, until a signal ends it.

The page is up long before the bot, whose libraries are imported meanwhile. The bot answers the messages sent until then once it
has started. The sandbox's Discord is empty at the start of each demo, even if the database is an old one.
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
from bot.cli.demo.demo_server import DemoServer
from bot.cli.demo.folder import database_in
from bot.cli.demo.late_inspector import LateInspector
from bot.cli.demo.settings import answering, choosable, in_sandbox
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
class Options:
    """The options of the command line. `config` and `data` are None if they were not given."""

    config: Path | None
    data: Path | None
    port: int
    browser: bool


async def run_in_browser(options: Options) -> None:
    """Run the demo until a signal ends it. Raises ConfigError, StoreError or DiscordError."""
    stop = asyncio.Event()
    with stopped_by_signals(stop), database_in(options.data) as database:
        async with Sandbox() as box:
            plays_demo(box.model)
            found = draft(options.config)
            omitted = [_NO_LISTS] if found.sets("access") else []
            settings = in_sandbox(found, box, database)
            notes = [
                answering(settings, box),
                choosable(settings),
                *omitted,
                _kept_note(settings) if options.data else _GONE,
            ]
            inspector = LateInspector()
            server = await DemoServer.built(box)
            async with _open(Page(box, server.people, inspector=inspector, port=options.port), options) as page:
                _announce(page, options, notes)
                await _run(settings, stop, inspector, box.bot.user.name)


@asynccontextmanager
async def _open(page: Page, options: Options) -> AsyncGenerator[Page, None]:
    """Start the page's server. Raises ConfigError when its port cannot be used."""
    async with AsyncExitStack() as listening:
        try:
            await listening.enter_async_context(page)
        except OSError as error:
            raise ConfigError([f"--port {options.port} cannot be used ({error.strerror}): name another"]) from error
        yield page


def _announce(page: Page, options: Options, notes: Sequence[str]) -> None:
    opened = options.browser and open_page(page.url)
    print(f"Parley's demo is at {page.url}{' (and in your browser)' if opened else ''}", flush=True)
    moved = [f"Port {options.port} is busy, so it is on another one."] if page.moved else []
    for note in [*moved, *notes, "Ctrl-C ends it."]:
        print(f"  {note}", flush=True)


def _kept_note(settings: Settings) -> str:
    return f"Conversations are kept in {settings.history.path}; the next demo begins with empty channels all the same."


async def _run(settings: Settings, stop: asyncio.Event, inspector: LateInspector, bot_name: str) -> None:
    demo_bot = await _or_stopped(stop, _import_in_thread("bot.cli.demo.demo_bot"))
    if demo_bot is not None:
        await demo_bot.run(settings, stop, inspector, bot_name)


async def _or_stopped(stop: asyncio.Event, awaited: Awaitable[_T]) -> _T | None:
    """Return the result of `awaited`, or None if `stop` is set first."""
    waiting = asyncio.ensure_future(awaited)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    return waiting.result() if waiting.done() else None  # an import that goes on ends with the process


def _import_in_thread(name: str) -> asyncio.Future[ModuleType]:
    """Import a module in a daemon thread, so that it blocks neither the loop nor the end of the process."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[ModuleType] = loop.create_future()

    def work() -> None:
        try:
            report = partial(done.set_result, importlib.import_module(name))
        except Exception as error:  # noqa: BLE001 -- raised where the future is awaited
            report = partial(done.set_exception, error)
        with suppress(RuntimeError):  # the loop is closed, because the demo was ended meanwhile
            loop.call_soon_threadsafe(report)

    threading.Thread(target=work, name=f"import {name}", daemon=True).start()
    return done
