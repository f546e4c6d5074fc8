"""The storm: people talk in many channels while the bot is killed and started again, and everything around it fails."""

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Final

from bot.sandbox import Channel, Message, ModelRequest, NoResponseError, Person, RefusedError, Sandbox
from bot.sandbox.discord.world.components import buttons
from bot.sandbox.model.server import ModelServer
from tests.chaos import weather
from tests.chaos.moments import Assassin, Moment, moments
from tests.chaos.starting import running
from tests.chaos.truth import age, ended, problems, stored
from tests.e2e.process import connected

_CHANNELS: Final = 16
_LIFE_SECONDS: Final = 6.0
_END_SECONDS: Final = 120.0
_SESSIONS: Final = 1_000_000
"""Sessions that may be begun in a day: with Discord's 1,000, the bot would wait minutes after each of the later kills."""
_OPEN: Final = 30
"""Questions that may be open before people wait a little."""


@dataclass
class Report:
    """The result of a storm: what it did, and what was wrong afterwards."""

    seed: int
    kills: Counter[str] = field(default_factory=Counter[str])
    outlived: int = 0
    acts: Counter[str] = field(default_factory=Counter[str])
    questions: int = 0
    states: Counter[str] = field(default_factory=Counter[str])
    spare_requests: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list[str])

    @property
    def is_bad(self) -> bool:
        """Whether something went wrong."""
        return bool(self.problems)

    def __str__(self) -> str:
        """Write it as text."""
        head = f"seed {self.seed}: {self.kills.total()} kills, {self.outlived} runs that outlived theirs"
        lines = [
            f"{head}, {self.questions} questions, {self.seconds:.0f} s",
            f"  {self.spare_requests:5} requests to the spare model",
            *(f"  {count:5} killed: {what}" for what, count in sorted(self.kills.items())),
            *(f"  {count:5} used: {act}" for act, count in sorted(self.acts.items())),
            *(f"  {count:5} ended: {state}" for state, count in sorted(self.states.items())),
            f"{len(self.problems)} problems",
            *self.problems[:40],
        ]
        return "\n".join(lines)


class Storm:
    """One run."""

    def __init__(
        self, box: Sandbox, assassin: Assassin, folder: Path, seed: int, spare: ModelServer | None = None
    ) -> None:
        self._box = box
        self._spare = spare
        self._settings = {} if spare is None else _with_spare(spare)
        self._assassin = assassin
        self._folder = folder
        self._random = Random(seed)
        self._direct: dict[str, Channel] = {}
        self._questions: list[Message] = []
        self._answered: set[int] = set()
        self._deleted: list[Message] = []
        self._commands: set[asyncio.Task[None]] = set()
        home = box.discord.guild("Home")
        self._channels: list[Channel] = [home.channel(f"room-{number}") for number in range(_CHANNELS)]
        self._people: list[Person] = [box.discord.user(name) for name in ("Alice", "Bob", "Carol", "Dan")]
        self.report = Report(seed)

    @property
    def history(self) -> Path:
        """The database."""
        return self._folder / "history.db"

    async def rage(self, kills: int) -> Report:
        """Kill the bot so many times, let it come to rest, and look at what is there."""
        began = time.monotonic()
        self._box.model.pace(first_seconds=0.02, tokens_per_second=300)
        self._box.model.answers(self._answer)
        if self._spare is not None:
            self._spare.pace(first_seconds=0.02, tokens_per_second=300)
            self._spare.answers(self._answer)
        async with running(
            self._box, self._folder, None, **self._settings
        ):  # what was asked before the bot came for the first time is not for it
            await connected(self._box, 60)
            await self._opens_more()
        weather.brews(self._box, share=0.03)
        shaking = weather.shakes_gateway(self._box, self._random)
        talking = [asyncio.create_task(self._talk()), asyncio.create_task(shaking)]
        if self._spare is not None:
            talking.append(asyncio.create_task(weather.fails_by_turns(self._box, self._random)))
        try:
            for moment in islice(moments(self._random), kills):
                await self._life(moment)
        finally:
            for task in talking:
                task.cancel()
            await asyncio.gather(*talking, return_exceptions=True)
        if self._spare is not None:
            self._questions.append(await self._people[0].says(self._channels[0], "@Parley one for the spare model"))
        await self._rest()
        self.report.questions, self.report.seconds = len(self._questions), time.monotonic() - began
        return self.report

    async def _opens_more(self) -> None:
        """Open direct messages and threads; of the first message in the former Discord tells nobody who was away."""
        for person in self._people[:2]:
            self._direct[person.user.name] = channel = await person.dm()
            self._channels.append(channel)
            self._questions.append(said := await person.says(channel, f"number {len(self._questions)}, please"))
            await self._box.bot.answers(said)
        for number in range(2):
            said = await self._people[0].says(self._channels[number], "a topic of its own")
            self._channels.append(await self._people[0].opens_thread(said, f"topic-{number}"))

    async def _life(self, moment: Moment) -> None:
        at_store = moment.what in {"before", "after"}
        async with running(self._box, self._folder, moment if at_store else None, **self._settings) as process:
            self._assassin.aims(process.pid, None if at_store else moment)
            try:
                async with asyncio.timeout(_LIFE_SECONDS):
                    await process.wait()
            except TimeoutError:
                self.report.outlived += 1
                self._assassin.aims(0, None)
                process.kill()
            self.report.kills[moment.what if at_store is False else f"{moment.what} a write"] += 1
            await process.wait()
        if self._random.random() < 0.5:
            self._box.discord.world.nonces.clear()
            await asyncio.to_thread(age, self.history)

    async def _rest(self) -> None:
        """Start the bot once more, leave it alone until all is answered, and stop it in order.

        What is left is for the spare model, where there is one.
        """
        self._box.discord.is_well()
        self._box.model.is_well()
        self._assassin.aims(0, None)
        if self._spare is None:
            self._box.model.comes_back()
        else:
            self._box.model.goes_away()
        async with running(self._box, self._folder, None, **self._settings) as process:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_END_SECONDS):
                    while not ended(self._box, self._channels, self._questions, self.history):  # noqa: ASYNC110 -- a file
                        await asyncio.sleep(0.5)
            process.terminate()
            await process.wait()
        self.report.states = Counter(str(row.state) for row in stored(self.history).values())
        self.report.problems = problems(self._box, self._channels, self._questions, self.history, self._deleted)

    async def _talk(self) -> None:
        while True:
            await asyncio.sleep(self._random.uniform(0.02, 0.2))
            if sum(not self._has_reply(question) for question in self._questions[-200:]) >= _OPEN:
                continue
            channel = self._random.choice(self._channels)
            person = next((one for one in self._people if self._direct.get(one.user.name) is channel), None)
            person = person or self._random.choice(self._people)
            if self._random.random() < 0.05:
                self._does(person.runs("help", channel, timeout=2))
            if self._random.random() < 0.02:
                self._uses("/stop", person.runs("stop", channel, timeout=2))
            if self._random.random() < 0.25:
                self._act()
            if self._random.random() < 0.1:
                self._changes()
            addressed = "@Parley " if channel in self._direct.values() or self._random.random() < 0.8 else ""
            said = await person.says(channel, f"{addressed}number {len(self._questions)}, please")
            if addressed:
                self._questions.append(said)

    def _has_reply(self, question: Message) -> bool:
        if question.id not in self._answered and self._box.bot.shown(question):
            self._answered.add(question.id)
        return question.id in self._answered

    def _act(self) -> None:
        """Press any button under one of the latest answers, or use its menu, be the bot there or not."""
        for question in self._random.sample(self._questions[-100:], min(20, len(self._questions[-100:]))):
            for message in self._box.bot.shown(question)[-1:]:
                asker = next(one for one in self._people if one.user is question.author)
                pressed = [one for one in buttons(message.components) if not one.get("disabled")]
                if pressed and self._random.random() < 0.9:
                    label = self._random.choice(pressed)["label"]
                    self._uses(label, asker.presses(message, label, timeout=2))
                    return
                if message.author is self._box.bot.user:
                    self._uses("menu", asker.uses("Regenerate", message, timeout=2))
                    return

    def _changes(self) -> None:
        """Edit or delete one of the latest questions, be the bot there or not."""
        question = self._random.choice(self._questions[-20:])
        asker = next(one for one in self._people if one.user is question.author)
        if self._random.random() < 0.6:
            number = self._random.randrange(1000)
            self._uses(
                "an edit", asker.edits(question, f"{question.content.partition('number')[0]}number {number}, please")
            )
            return
        self._questions.remove(question)
        self._deleted.append(question)
        self._uses("a deletion", asker.deletes(question))

    def _uses(self, name: str, what: Coroutine[Any, Any, object]) -> None:
        self._does(what)
        self.report.acts[name] += 1

    def _does(self, what: Coroutine[Any, Any, object]) -> None:
        async def run() -> None:
            with contextlib.suppress(RefusedError, NoResponseError, TimeoutError):
                await what

        task = asyncio.create_task(run())
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)

    def _answer(self, request: ModelRequest) -> str:
        """Answer shortly, at length, or over several messages; the same question always the same."""
        number = int("".join(c for c in request.question.split("number")[-1] if c.isdigit()) or 0)
        words = (5, 5, 40, 5, 120, 5, 700)[number % 7]
        return f"Answer {number}: " + " ".join(f"word{index}" for index in range(words))


def _with_spare(spare: ModelServer) -> dict[str, str]:
    """The settings of a bot that asks another server while the first one fails."""
    table = {"name": "gpt-5.4", "base_url": spare.base_url, "api_key": spare.key, "dialect": "openai"}
    return {"PARLEY_MODELS__SPARE": json.dumps(table), "PARLEY_MODEL__FALLBACKS": "spare"}


async def storm(folder: Path, kills: int, seed: int, *, by_turns: bool = False) -> Report:
    """Run one storm in a sandbox of its own. `by_turns`: the model fails by turns, and another one answers in its place."""
    assassin = Assassin()
    async with contextlib.AsyncExitStack() as stack:
        box = await stack.enter_async_context(Sandbox(discord_witness=assassin, model_witness=assassin))
        box.discord.gateway.starts.total = _SESSIONS
        spare = await stack.enter_async_context(Sandbox(model_witness=assassin)) if by_turns else None
        report = await Storm(box, assassin, folder, seed, spare and spare.model).rage(kills)
        if spare is not None:
            report.spare_requests = len(spare.model.requests)
        return report
