"""Plays the main job on one independent model server."""

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bot.sandbox import Sandbox
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.driver.person import Person
from tests.e2e.task import running

_CHANNELS = 3
_START_SECONDS = 300
_QUESTION_SECONDS = 600
_LOOK_SECONDS = 0.1
_WORDS = ("keeper", "lamp", "stone", "winter", "letter", "window", "маяк", "письмо", "вода", "灯塔", "窗户")
_CALLS = "SELECT reason, prompt, cached, completion, estimated FROM calls WHERE state = 'closed'"
_ENDED = """SELECT a.state, a.reason, a.text FROM questions q JOIN answers a ON a.position = q.position
    WHERE q.key = ? AND a.finished_at IS NOT NULL AND q.shown = q.wanted ORDER BY a.sibling DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Server:
    """A model server: its base URL, the model's name, its key, and the command that starts it, if it has to be started."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    command: Sequence[str] = ()


@dataclass
class Report:
    """The outcome of each question, in words, and the sums of all calls."""

    lines: list[str] = field(default_factory=list[str])
    states: Counter[str] = field(default_factory=Counter[str])
    reasons: Counter[str] = field(default_factory=Counter[str])
    figures: list[tuple[int, ...]] = field(default_factory=list[tuple[int, ...]])
    log: list[str] = field(default_factory=list[str])

    @property
    def well(self) -> bool:
        """Whether every question was answered."""
        return set(self.states) == {"done"}

    def __str__(self) -> str:
        """Write the report."""
        prompt, cached, completion, estimated = (
            sum(figures) for figures in zip(*self.figures or [(0,) * 4], strict=True)
        )
        sums = f"usage: prompt {prompt}, of it cached {cached}; completion {completion}; {estimated} calls without"
        return "\n".join(
            [*self.lines, *self.log, f"answers: {dict(self.states)}", f"calls: {dict(self.reasons)}", sums]
        )


async def play(server: Server, folder: Path, questions: int, words: int, reply_tokens: int) -> Report:
    """Ask so many questions of so many words in each channel, half of them before a restart, and report."""
    report = Report()
    settings = {
        "OPENAI_BASE_URL": server.url,
        "OPENAI_API_KEY": server.key,
        "PARLEY_MODEL__NAME": server.model,
        "PARLEY_MODEL__DIALECT": "compatible",
        "PARLEY_MODEL__MAX_REPLY_TOKENS": str(reply_tokens),
    }
    async with _started(server), Sandbox() as box:
        home = box.discord.guild("Home")
        channels = [home.channel(f"channel-{number}") for number in range(_CHANNELS)]
        people = [box.discord.user("Alice"), box.discord.user("Bob")]
        for half in (range(questions // 2), range(questions // 2, questions)):
            async with running(box, folder, **settings) as bot, asyncio.TaskGroup() as group:
                for channel in channels:
                    asking = _Asking(report, folder, people, channel)
                    group.create_task(asking.ask(half, words))
            report.log += [line for line in bot.lines if " WARNING " in line or " ERROR " in line]
    with closing(sqlite3.connect(folder / "history.db")) as database:
        for reason, *figures in database.execute(_CALLS):
            report.reasons[reason] += 1
            report.figures.append(tuple(figure or 0 for figure in figures))
    return report


@dataclass(frozen=True, slots=True)
class _Asking:
    """The people who ask in one channel."""

    report: Report
    folder: Path
    people: list[Person]
    channel: Channel

    async def ask(self, numbers: range, words: int) -> None:
        """Ask one question after the other, each person by turns."""
        for number in numbers:
            text = " ".join(random.Random(f"{self.channel.name} {number}").choices(_WORDS, k=words))
            began = asyncio.get_running_loop().time()
            question = await self.people[number % len(self.people)].says(self.channel, f"@Parley {number}: {text}")
            state, reason, answer = await _ended(self.folder, question.id)
            seconds = asyncio.get_running_loop().time() - began
            self.report.states[state] += 1
            line = f"{self.channel.name} {number}: {state} ({reason}) in {seconds:.1f} s: {answer[:60]!r}"
            self.report.lines.append(line)


async def _ended(folder: Path, key: int) -> tuple[str, str, str]:
    """Wait for the end of a question's answer, and until Discord shows it. Raises TimeoutError."""
    async with asyncio.timeout(_QUESTION_SECONDS):
        while (found := await asyncio.to_thread(_stored, folder, key)) is None:  # noqa: ASYNC110 -- the database tells nobody
            await asyncio.sleep(_LOOK_SECONDS)
    return found


def _stored(folder: Path, key: int) -> tuple[str, str, str] | None:
    with closing(sqlite3.connect(f"file:{folder / 'history.db'}?mode=ro", uri=True)) as database:
        return database.execute(_ENDED, (key,)).fetchone()


@asynccontextmanager
async def _started(server: Server) -> AsyncGenerator[None]:
    """Start the server, if there is a command, wait until it listens, and end it in the end."""
    process = await asyncio.create_subprocess_exec(*server.command) if server.command else None
    try:
        async with asyncio.timeout(_START_SECONDS), aiohttp.ClientSession() as session:
            while not await _listens(session, server.url):  # noqa: ASYNC110 -- nor does a server that starts
                await asyncio.sleep(_LOOK_SECONDS)
        yield
    finally:
        if process is not None and process.returncode is None:
            process.terminate()
            await process.wait()


async def _listens(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/models") as response:
            return response.status != 503
    except aiohttp.ClientError:
        return False
