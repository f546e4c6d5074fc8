"""Starts `tests.chaos.process`, and lets nothing of it stay behind."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bot.sandbox import Sandbox
from tests.chaos.moments import Moment
from tests.e2e.process import environment

_ROOT: Final = Path(__file__).parents[2]


@asynccontextmanager
async def running(
    box: Sandbox, folder: Path, moment: Moment | None = None, **settings: str
) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """The bot on `box` with its history and its log in `folder`; it dies at `moment`, at the latest at the end."""
    what, number = (moment.what, moment.number) if moment else ("never", 0)
    environ = environment(
        box,
        folder,
        PYTHONPATH=str(_ROOT),
        PARLEY_MODEL__SILENCE_SECONDS="3",
        PARLEY_MODEL__FIRST_TOKEN_SECONDS="5",
        **settings,
    )
    environ = {name: value for name, value in environ.items() if not name.startswith("COVERAGE")}  # killed anyway
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.chaos.process", what, str(number)),
            cwd=folder,
            env=environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
