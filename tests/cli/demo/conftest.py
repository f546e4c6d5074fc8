"""The demo's bot in this process, on a sandbox with the demo model, watched."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli.demo import watched
from bot.cli.demo.insight import Insight
from bot.cli.demo.settings import in_sandbox
from bot.cli.demo.town import Town
from bot.config import draft
from bot.sandbox import Sandbox
from bot.sandbox.model.demo import plays_demo
from bot.sandbox.page import Seen


@dataclass
class Demo:
    """A demo without its page."""

    box: Sandbox
    town: Town
    insight: Insight
    database: Path

    async def seen(self) -> Seen:
        """What the page would be told of the channel general; there has to be something."""
        seen = await self.insight.seen(self.town.general.id)
        assert seen is not None
        return seen


@asynccontextmanager
async def demo(
    folder: Path, environ: Mapping[str, str] | None = None, *, connected: bool = True
) -> AsyncGenerator[Demo, None]:
    """A demo whose bot is connected, or only about to start."""
    async with Sandbox() as box:
        plays_demo(box.model, hurry=20)
        settings = in_sandbox(draft(None, environ or {}), box, folder / "demo.db")
        town = await Town.built(box)
        insight = Insight(settings, "Parley")
        stop = asyncio.Event()
        bot = asyncio.create_task(watched.run(settings, stop, insight))
        try:
            if connected:
                await box.bot.connected()
            yield Demo(box, town, insight, folder / "demo.db")
        finally:
            stop.set()
            await bot
            await box.bot.disconnected()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
