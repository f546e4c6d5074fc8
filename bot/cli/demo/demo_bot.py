"""The demo's bot, with an inspector that watches its store and models. Importing this module takes a second or two."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bot import app
from bot.chat.ports.alerts import Alerts
from bot.chat.ports.store import Store
from bot.cli.demo.inspector import BotInspector
from bot.cli.demo.late_inspector import LateInspector
from bot.cogs.catch_up import FIRST_START
from bot.config import Settings

_BEGINNING: Final = "0"


async def run(settings: Settings, stop: asyncio.Event, late: LateInspector, bot_name: str) -> None:
    """Run the bot of `parley run` until `stop` is set, and show its state through `late`. Raises what `app.run` raises."""
    standard = app.Adapters()
    inspector = BotInspector(settings, bot_name)
    late.inside = inspector
    adapters = app.Adapters(
        store=inspector.watching_store(_from_the_beginning(standard.store)),
        model=inspector.watching_model(standard.model),
    )
    await app.run(settings, stop, adapters)


def _from_the_beginning(opened: app.OpenStore) -> app.OpenStore:
    """Make the bot answer messages that were sent before it started: the sandbox's Discord holds none from before the demo."""

    @asynccontextmanager
    async def opening(path: Path, alerts: Alerts) -> AsyncGenerator[Store, None]:
        async with opened(path, alerts) as store:
            await store.facts.remember(FIRST_START, _BEGINNING)
            yield store

    return opening
