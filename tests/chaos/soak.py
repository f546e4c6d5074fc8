"""The soak: thousands of mentions in bad weather, and in the end nothing of them is left in the process.

The same process is counted twice, each time at rest: after the first tenth of the mentions, and after the last. It is at rest
when two counts in a row agree; what it still does then, such as a write to its database, ends, but what it keeps stays.
"""

import asyncio
import json
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from bot.sandbox import Channel, Message, Person, Sandbox
from tests.chaos import weather
from tests.chaos.starting import running
from tests.chaos.truth import ended, problems
from tests.e2e.process import connected

_CHANNELS: Final = 64
_SHARE: Final = 0.02
_ANSWERED_SECONDS: Final = 120.0
_REST_SECONDS: Final = 60.0
"""How long it may take to come to rest."""
_PAUSE_SECONDS: Final = 0.5
_COUNT_SECONDS: Final = 30.0
MORE_MEGABYTES: Final = 8.0
MORE_FILES: Final = _CHANNELS
"""Idle connections to the model, of which each channel may have left one: a pool keeps them for half a minute."""
MORE_OBJECTS: Final = 40
"""Objects of one class: a little more than one a channel would be found, a few in flight would not."""
KEPT_OBJECTS: Final = {"CancellableRatelimit": 6 * _CHANNELS, "_EditLimit": _CHANNELS}
"""Objects that are kept for each channel: by discord.py for each route (send, edit, delete, fetch one, fetch many, typing), and
by the display, whose first edit in a channel takes an earlier answer's buttons away."""


@dataclass(frozen=True, slots=True)
class Census:
    """The contents of the process: megabytes resident, open files, tasks by what they run, objects of ours by class."""

    megabytes: float
    files: int
    tasks: Counter[str]
    objects: Counter[str]

    def __str__(self) -> str:
        """Write it in a line."""
        return (
            f"{self.megabytes:.1f} MB, {self.files} files, {self.tasks.total()} tasks, {self.objects.total()} objects"
        )


@dataclass
class SoakReport:
    """The result of a soak: what it did and left."""

    seed: int
    mentions: int = 0
    seconds: float = 0.0
    before: Census | None = None
    after: Census | None = None
    problems: list[str] = field(default_factory=list[str])

    @property
    def is_bad(self) -> bool:
        """Whether something went wrong."""
        return bool(self.problems)

    def __str__(self) -> str:
        """Write it as text."""
        lines = [
            f"seed {self.seed}: {self.mentions} mentions in {self.seconds:.0f} s",
            f"  after the first tenth: {self.before}",
            f"  after the last:        {self.after}",
            f"{len(self.problems)} problems",
            *self.problems[:40],
        ]
        return "\n".join(lines)


class Soak:
    """One run."""

    def __init__(self, box: Sandbox, folder: Path, seed: int) -> None:
        self._box = box
        self._folder = folder
        self._random = Random(seed)
        home = box.discord.guild("Home")
        self._channels: list[Channel] = [home.channel(f"room-{number}") for number in range(_CHANNELS)]
        self._people: list[Person] = [box.discord.user(name) for name in ("Alice", "Bob", "Carol", "Dan")]
        self._questions: list[Message] = []
        self.report = SoakReport(seed)

    async def runs(self, mentions: int) -> SoakReport:
        """Ask so many times, in all channels at once, and compare the process with what it was early on."""
        began = time.monotonic()
        self._box.model.answers(lambda _: "a short answer of a few words")
        async with running(self._box, self._folder) as process:
            await connected(self._box, 60)
            self.report.before = await self._after(process.pid, max(1, mentions // 10))
            self.report.after = await self._after(process.pid, mentions - len(self._questions), self.report.before)
            process.terminate()
            await process.wait()
        self.report.mentions, self.report.seconds = len(self._questions), time.monotonic() - began
        self.report.problems = [
            *_grown(self.report.before, self.report.after),
            *problems(self._box, self._channels, self._questions, self._folder / "history.db"),
        ]
        return self.report

    async def _after(self, pid: int, mentions: int, before: Census | None = None) -> Census:
        """Ask, wait until all has come to an end, and count."""
        weather.brews(self._box, share=_SHARE, stalls=0)
        shaking = asyncio.create_task(weather.shakes_gateway(self._box, self._random, pause=(8, 16)))
        try:
            async with asyncio.TaskGroup() as asking:
                for number, channel in enumerate(self._channels):
                    share = mentions // _CHANNELS + (number < mentions % _CHANNELS)
                    asking.create_task(self._asks(channel, share))
        finally:
            shaking.cancel()
            await asyncio.wait({shaking})
        self._box.discord.is_well()
        self._box.model.is_well()
        await self._rest()
        return await self._counted_at_rest(pid, before)

    async def _asks(self, channel: Channel, mentions: int) -> None:
        """Ask one after another, each when the one before has a reply; a reply that never comes is found at the end."""
        for _ in range(mentions):
            person = self._random.choice(self._people)
            question = await person.says(channel, f"@Parley number {len(self._questions)}, please")
            self._questions.append(question)
            try:
                await self._box.until(lambda question=question: self._box.bot.shown(question), _ANSWERED_SECONDS)
            except TimeoutError:
                return

    async def _rest(self) -> None:
        await self._box.bot.connected(30)
        async with asyncio.timeout(_ANSWERED_SECONDS):
            while not ended(self._box, self._channels, self._questions, self._folder / "history.db"):  # noqa: ASYNC110 -- a file
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _counted_at_rest(self, pid: int, before: Census | None) -> Census:
        """Count until two counts in a row agree and nothing is more than before; what is more after a minute stays."""
        began, last = time.monotonic(), await self._counted(pid)
        while time.monotonic() - began < _REST_SECONDS:
            await asyncio.sleep(_PAUSE_SECONDS)
            count = await self._counted(pid)
            agrees = (count.tasks, count.objects) == (last.tasks, last.objects)
            if agrees and not (before and _grown(before, count)):
                return count
            last = count
        return last

    async def _counted(self, pid: int) -> Census:
        file = self._folder / "census.json"
        file.unlink(missing_ok=True)
        os.kill(pid, signal.SIGUSR1)
        async with asyncio.timeout(_COUNT_SECONDS):
            while not file.exists():  # noqa: ASYNC110 -- a file
                await asyncio.sleep(0.1)
        return await asyncio.to_thread(_read, file, pid)


def _read(file: Path, pid: int) -> Census:
    census = json.loads(file.read_text())
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return Census(kilobytes / 1024, census["files"], Counter(census["tasks"]), Counter(census["objects"]))


def _grown(before: Census, after: Census) -> list[str]:
    """The counts that grew beyond their limits."""
    found: list[str] = []
    if after.megabytes - before.megabytes > MORE_MEGABYTES:
        found.append(f"memory grew from {before.megabytes:.1f} to {after.megabytes:.1f} MB")
    if after.files - before.files > MORE_FILES:
        found.append(f"open files grew from {before.files} to {after.files}")
    found += [f"{count} more tasks run {name}" for name, count in (after.tasks - before.tasks).items()]
    found += [
        f"{count} more {name} live"
        for name, count in (after.objects - before.objects).items()
        if count > MORE_OBJECTS and after.objects[name] > KEPT_OBJECTS.get(name, 0)
    ]
    return found


async def soak(folder: Path, mentions: int, seed: int) -> SoakReport:
    """Run one soak in a sandbox of its own."""
    async with Sandbox() as box:
        return await Soak(box, folder, seed).runs(mentions)
