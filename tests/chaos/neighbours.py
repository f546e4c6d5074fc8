"""People beside neighbours that ask for too much, whose answers shall come as soon as without them.

The same people ask as often in two runs of the bot. In the second one, others make trouble beside them: one repeats a question on
which the model fails, one asks in thirty threads and presses every button, one gets answers that drip for ever, and one exports
his conversation again and again. A small share of what is asked of Discord fails in both runs. The model writes at the pace of a
hosted one. The report compares the times from a question to its whole answer.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from bot.sandbox import Channel, Message, Sandbox
from bot.sandbox.driver.person import RefusedError
from bot.sandbox.model.requests import ModelRequest
from tests.chaos import weather
from tests.chaos.starting import running
from tests.chaos.truth import problems
from tests.e2e.process import connected

_PEOPLE: Final = 16
"""People who ask without a pause. With the neighbours they stay below `limits.model_requests` (32)."""
_FIRST_SECONDS: Final = 0.3
_TOKENS_PER_SECOND: Final = 60
_FAULTS: Final = 0.003
_THREADS: Final = 30
_ANSWERED_SECONDS: Final = 120.0
_PRESS_PAUSE_SECONDS: Final = 0.5
_ANSWER: Final = "an answer of sixty words or so, " * 8
_SETTINGS: Final[dict[str, str]] = {
    "PARLEY_MODEL__ANSWER_SECONDS": "20",
    "PARLEY_MODEL__SILENCE_SECONDS": "60",
    "PARLEY_MODEL__FIRST_TOKEN_SECONDS": "60",
    "PARLEY_SHUTDOWN__GRACE_SECONDS": "0",
}
"""An endless answer soon ends; a busy machine is not taken for a silent model, which would break an answer off."""
MORE: Final = 1.2
"""How much longer 19 of 20 answers may take beside neighbours."""


@dataclass
class NeighboursReport:
    """Seconds from a question to its whole answer, without and beside neighbours, and what the neighbours did."""

    seed: int
    alone: list[float] = field(default_factory=list[float])
    beside: list[float] = field(default_factory=list[float])
    trouble: int = 0
    problems: list[str] = field(default_factory=list[str])

    @property
    def is_bad(self) -> bool:
        """Whether something went wrong, or the neighbours made others wait."""
        return bool(self.problems) or self.ratio > MORE

    @property
    def ratio(self) -> float:
        """Return how much longer 19 of 20 answers took beside neighbours."""
        return _p95(self.beside) / _p95(self.alone)

    def __str__(self) -> str:
        """Write it as text."""
        lines = [f"seed {self.seed}: {self.trouble} requests for the neighbours"]
        for name, seconds in (("alone", self.alone), ("beside", self.beside)):
            lines.append(
                f"  {name:7} {len(seconds)} answers, median {median(seconds):.3f} s, p95 {_p95(seconds):.3f} s"
            )
        return "\n".join([*lines, f"  p95 x {self.ratio:.2f}", f"{len(self.problems)} problems", *self.problems[:40]])


class Street:
    """One run: people who ask, and neighbours if there are any."""

    def __init__(self, box: Sandbox, folder: Path) -> None:
        self._box = box
        self._folder = folder
        self._home = box.discord.guild("Home")
        self._questions: list[Message] = []
        self._channels: list[Channel] = []
        self.seconds: list[float] = []
        self.problems: list[str] = []

    async def runs(self, mentions: int, *, neighbours: bool) -> None:
        """Let the people ask so often in all."""
        model = self._box.model
        model.answers(lambda request: "drip " * 10_000 if _asks("drip", request) else _ANSWER)
        model.pace(first_seconds=_FIRST_SECONDS, tokens_per_second=_TOKENS_PER_SECOND)
        weather.brews_on_discord(self._box, share=_FAULTS)
        model.fails(500, times=None, when=lambda request: _asks("poison", request))
        async with running(self._box, self._folder, None, **_SETTINGS) as process:
            await connected(self._box, 60)
            troubles = [self._poisons(), self._hammers(), self._drips(), self._exports()] if neighbours else []
            tasks = [asyncio.create_task(self._again_and_again(*trouble)) for trouble in troubles]
            await asyncio.gather(*(self._asks(number, mentions // _PEOPLE) for number in range(_PEOPLE)))
            for task in tasks:
                task.cancel()
            self.problems = [str(one) for one in await asyncio.gather(*tasks, return_exceptions=True) if one]
            process.terminate()
            await process.wait()
        self.problems += problems(self._box, self._channels, self._questions, self._folder / "history.db")

    async def _asks(self, number: int, mentions: int) -> None:
        channel, person = self._home.channel(f"room-{number}"), self._box.discord.user(f"Person {number}")
        self._channels.append(channel)
        for asked in range(mentions):
            began = time.monotonic()
            question = await person.says(channel, f"@Parley number {asked} of room {number}, please")
            self._questions.append(question)
            await self._box.bot.answers(question, timeout=_ANSWERED_SECONDS)
            self.seconds.append(time.monotonic() - began)

    async def _again_and_again(self, trouble: Callable[[], Coroutine[Any, Any, None]], pause: float) -> None:
        with suppress(asyncio.CancelledError):
            while True:
                with suppress(
                    RefusedError, TimeoutError
                ):  # a button that has gone meanwhile, or an answer that is late
                    await trouble()
                await asyncio.sleep(pause)

    def _poisons(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], float]:
        channel, person = self._home.channel("poison"), self._box.discord.user("Poison")
        asked: list[Message] = []

        async def trouble() -> None:
            if not asked:
                asked.append(await person.says(channel, "@Parley poison"))
            for message in self._box.bot.shown(asked[0])[-1:]:
                if message.components:
                    await person.presses(message, "Retry")

        return trouble, _PRESS_PAUSE_SECONDS

    def _hammers(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], float]:
        channel, person = self._home.channel("hammer"), self._box.discord.user("Hammer")
        threads: list[Channel] = []

        async def trouble() -> None:
            if len(threads) < _THREADS:
                threads.append(await person.opens_thread(channel, f"thread {len(threads)}"))
            for thread in threads[-3:]:
                await person.says(thread, "@Parley now, please")
            threads.insert(0, threads.pop())

        return trouble, 0.2

    def _drips(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], float]:
        channels = [self._home.channel(f"drip-{number}") for number in range(6)]
        person = self._box.discord.user("Drip")

        async def trouble() -> None:
            for channel in channels:
                await person.says(channel, "@Parley drip")

        return trouble, 10.0

    def _exports(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], float]:
        channel, person = self._home.channel("export"), self._box.discord.user("Export")
        asked: list[Message] = []

        async def trouble() -> None:
            if not asked:
                asked.append(await person.says(channel, f"@Parley {'keep this ' * 150}"))
                await self._box.bot.answers(asked[0])
            await asyncio.gather(*(person.runs("export", channel) for _ in range(4)))

        return trouble, _PRESS_PAUSE_SECONDS


def _asks(word: str, request: ModelRequest) -> bool:
    """Tell whether the newest question of a request holds a word."""
    return bool(request.messages) and word in str(request.messages[-1].get("content"))


def _p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1]


async def neighbours(folder: Path, mentions: int, seed: int) -> NeighboursReport:
    """Run both and compare them."""
    report = NeighboursReport(seed)
    for name, seconds in (("alone", report.alone), ("beside", report.beside)):
        (folder / name).mkdir()
        async with Sandbox(seed=seed) as box:
            street = Street(box, folder / name)
            await street.runs(mentions, neighbours=seconds is report.beside)
            seconds.extend(street.seconds)
            report.problems += street.problems
            report.trouble = len(box.model.requests) - len(seconds)
    return report
