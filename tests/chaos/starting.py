"""Starts `tests.chaos.process`, and lets nothing of it stay behind."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bot.sandbox import Sandbox
from tests.chaos.moments import Moment
from tests.e2e.process import environment
from tests.forked import Forked

_IMPATIENT: Final = {"PARLEY_MODEL__SILENCE_SECONDS": "3", "PARLEY_MODEL__FIRST_TOKEN_SECONDS": "5"}


@asynccontextmanager
async def running(
    box: Sandbox, folder: Path, moment: Moment | None = None, **settings: str
) -> AsyncGenerator[Forked, None]:
    """The bot on `box` with its history and its log in `folder`; it dies at `moment`, at the latest at the end."""
    what, number = (moment.what, moment.number) if moment else ("never", 0)
    environ = environment(box, folder, **(_IMPATIENT | settings))
    process = await Forked.started(
        "tests.chaos.process", (what, str(number)), environ, folder, log=folder / "log", measured=False
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
