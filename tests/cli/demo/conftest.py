"""The demo's bot in this process, on a sandbox with the demo model."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli.demo import demo_bot
from bot.cli.demo.demo_server import DemoServer
from bot.cli.demo.late_inspector import LateInspector
from bot.cli.demo.settings import in_sandbox
from bot.config import draft
from bot.sandbox import Sandbox
from bot.sandbox.model.demo import plays_demo
from bot.sandbox.page import Seen


@dataclass
class Demo:
    """A demo without its page."""

    box: Sandbox
    server: DemoServer
    inspector: LateInspector
    database: Path

    async def seen(self) -> Seen:
        """The inspector's view of the channel general, which must exist."""
        seen = await self.inspector.seen(self.server.general.id)
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
        server = await DemoServer.built(box)
        inspector = LateInspector()
        stop = asyncio.Event()
        bot = asyncio.create_task(demo_bot.run(settings, stop, inspector, "Parley"))
        try:
            if connected:
                await box.bot.connected()
            yield Demo(box, server, inspector, folder / "demo.db")
        finally:
            stop.set()
            await bot
            await box.bot.disconnected()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
