"""The bot with a store that kills the process right before or right after its n-th write.

`python -m tests.chaos.process before|after|never N`. At SIGUSR1 it counts what lives in it into the file `census.json`.
"""

import asyncio
import gc
import json
import logging
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

from bot import app
from bot.chat.ports.alerts import Alerts
from bot.chat.ports.store import Store
from bot.config import load
from bot.store.sqlite.store import opened

WRITES: Final = frozenset(
    {
        "claim",
        "close",
        "press",
        "begin",
        "resume",
        "end",
        "open",
        "lose",
        "trim",
        "sent",
        "adopt",
        "retire",
        "gone",
        "shown",
        "see",
        "reset",
    }
)


class Countdown:
    """Counts the writes of the store, and kills the process at one of them."""

    def __init__(self, moment: str, number: int) -> None:
        self._moment = moment
        self._left = number

    def counted(self, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """A write that counts."""

        async def write(*args: object, **kwargs: object) -> object:
            self._left -= 1
            mine = self._left == 0
            if mine and self._moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = await method(*args, **kwargs)
            if mine and self._moment == "after":
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return write


class CountedNoun:
    """A noun of the real store whose writes count."""

    def __init__(self, noun: object, countdown: Countdown) -> None:
        self._noun = noun
        self._countdown = countdown

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the noun has
        method = getattr(self._noun, name)
        return self._countdown.counted(method) if name in WRITES else method


def killing(store: Store, moment: str, number: int) -> Store:
    """The real store, which kills the process at its n-th write."""
    countdown = Countdown(moment, number)
    nouns: dict[str, Any] = {noun.name: CountedNoun(getattr(store, noun.name), countdown) for noun in fields(store)}
    return replace(store, **nouns)


def count() -> None:
    """Write down the tasks by what they run, the open files, and the living objects of our own classes by class."""
    gc.collect()
    kinds: list[type[object]] = [type(one) for one in gc.get_objects()]
    census = {
        "tasks": Counter(getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks()),
        "files": len(os.listdir("/proc/self/fd")),  # noqa: PTH208 -- of no folder that pathlib knows
        "objects": Counter(one.__qualname__ for one in kinds if str(one.__module__).startswith("bot.")),
    }
    half = Path("census.json.half")
    half.write_text(json.dumps(census), encoding="utf-8")
    half.rename("census.json")


async def _run(moment: str, number: int) -> None:
    @asynccontextmanager
    async def open_store(path: Path, alerts: Alerts) -> AsyncGenerator[Any, None]:
        async with opened(path, alerts) as store:
            yield killing(store, moment, number)

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, count)
    await app.run(load(None), stop, app.Adapters(store=open_store))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    asyncio.run(_run(sys.argv[1], int(sys.argv[2])))
