"""The bot with a watch on its event loop, and the crowd of long answers of code beside which its loop is watched.

`python -m tests.benchmarks.lag` runs the bot. At each SIGUSR1 it writes into the file `lag` the longest time since the last
one, in seconds of CPU, for which its loop was busy without a look at its timers, and the longest by the clock for which a timer
was late. Other processes do not count: what the loop's thread waited for a core is taken off (Linux's `schedstat`).
"""

import asyncio
import gc
import logging
import os
import signal
import time
from pathlib import Path
from typing import Final

from bot import app
from bot.config import load
from tests.benchmarks.subjects import Kind, Subject, started
from tests.benchmarks.verdicts import Scale, Verdict

LAG_MS: Final = 50.0
_LOOK_SECONDS: Final = 0.005
_ANSWERED_SECONDS: Final = 120.0
_TOKENS_PER_SECOND: Final = 100.0
_CODE: Final = """\
Here is the function of step {0}, with `{0}` calls:
```python
def step_{0}(lights: list[int]) -> int:
    total = 0
    for light in lights:  # each ship that passes the long reef
        total += light * {0}
    return total
```
"""


class _Watch:
    """Measures the CPU time of the loop's thread between two looks, for which nothing else could run on the loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._longest, self._latest = 0.0, 0.0
        self._spent, self._queued, self._due = time.thread_time(), _queued_seconds(), self._loop.time()
        self._look()

    def told(self) -> None:
        """Write the longest time since the last call, and begin anew."""
        half = Path("lag.half")
        half.write_text(f"{self._longest} {self._latest}", encoding="utf-8")
        half.rename("lag")
        self._longest, self._latest = 0.0, 0.0

    def _look(self) -> None:
        spent, queued, now = time.thread_time(), _queued_seconds(), self._loop.time()
        self._longest = max(self._longest, spent - self._spent)
        self._latest = max(self._latest, now - self._due - (queued - self._queued))
        self._spent, self._queued, self._due = spent, queued, now + _LOOK_SECONDS
        self._loop.call_at(self._due, self._look)


def _queued_seconds() -> float:
    """Seconds for which this thread was ready to run and had no core so far."""
    return int(Path("/proc/thread-self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9


async def smooth(scale: Scale, folder: Path) -> Verdict:
    """Return the longest time for which the bot's loop did nothing else while it wrote many long answers of code."""
    kind = Kind("bot, watched", ("-m", "tests.benchmarks.lag"), settings={"PARLEY_LIMITS__MODEL_REQUESTS": "64"})
    async with started(kind, folder / "bot", {"fresh": scale.long_answers}, forked=scale.forked) as subject:
        await _asked(subject, steps=1)
        await told(subject, folder / "bot" / "lag")
        subject.box.model.pace(first_seconds=0.05, tokens_per_second=_TOKENS_PER_SECOND)
        await _asked(subject, steps=scale.long_steps)
        milliseconds, _ = await told(subject, folder / "bot" / "lag")
    return Verdict(
        f"longest time without the loop, {scale.long_answers} answers of code at once",
        f"{milliseconds:.1f} ms",
        f"<= {LAG_MS:g} ms",
        milliseconds <= LAG_MS,
    )


async def _asked(subject: Subject, steps: int) -> None:
    """Ask in all channels at once for so many steps of code, and wait for all answers."""
    box = subject.box
    code = "\n".join(_CODE.format(number) for number in range(steps))
    box.model.answers(lambda _: code)
    questions = [await subject.asker.says(channel, "@Parley the code, please") for channel in subject.channels["fresh"]]
    await asyncio.gather(*(box.bot.answers(question, timeout=_ANSWERED_SECONDS) for question in questions))


async def told(subject: Subject, file: Path) -> tuple[float, float]:
    """Milliseconds of CPU, and by the clock, for which the loop of a watched bot was held since the last call, at most."""
    await asyncio.to_thread(file.unlink, missing_ok=True)
    os.kill(subject.pid, signal.SIGUSR1)
    async with asyncio.timeout(_ANSWERED_SECONDS):
        while not file.exists():  # noqa: ASYNC110, ASYNC240 -- a file
            await asyncio.sleep(0.05)
    busy, late = (await asyncio.to_thread(file.read_text)).split()
    return float(busy) * 1000, float(late) * 1000


async def _run() -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, _Watch().told)
    await app.run(load(None), stop)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    gc.freeze()  # as the command line does behind its imports
    asyncio.run(_run())
