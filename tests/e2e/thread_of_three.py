"""Three people in a thread for `test_changes_machine`: what they do, and what has to be so when the place is at rest."""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from bot.sandbox import Message, Permission, Sandbox
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.driver.person import Person
from bot.sandbox.model.requests import ModelRequest
from tests.e2e.buttons import offered
from tests.e2e.task import Bot, running
from tests.e2e.thread_record import Record, Said, marks

NAMES = ("Alice", "Bob", "Carol")
PEOPLE = len(NAMES)
SETTINGS = {
    "PARLEY_DISCORD__FOLLOW_THREADS": "true",
    "PARLEY_CHAT__BURST_SECONDS": "30",
    "PARLEY_LIMITS__USER_PER_MINUTE": "0",
    "PARLEY_LIMITS__PLACE_PER_MINUTE": "0",
    "PARLEY_LIMITS__PLACE_QUEUE": "1000",
    "PARLEY_SHUTDOWN__GRACE_SECONDS": "0",
    "PARLEY_ANSWERS__BUTTONS": "failed",
}
TAIL = " ".join(f"lamp{number}" for number in range(30))
_AT_REST_SECONDS = 60
_LOOK_SECONDS = 0.005
_MOST_TEXTS = 3

Act = tuple[str, int, int, int]


class Hold(Enum):
    """How much of an answer the model says before it hangs, in tokens."""

    SILENT = 0
    SPEAKING = 6


@dataclass
class Stage:
    """The sandbox, the bot, the three people, and the loop that all of it runs in."""

    runner: asyncio.Runner
    folder: Path
    box: Sandbox = field(default_factory=Sandbox)
    number: int = 0
    asked: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """The words of the question that each reply of the model answers."""

    def __post_init__(self) -> None:
        self.home = self.box.discord.guild("Home")
        self.general = self.home.channel("general")
        moderators = self.home.role("mods", Permission.MANAGE_MESSAGES)
        self.people: list[Person] = [self.box.discord.user(name) for name in NAMES]
        for person in self.people:
            person.joins(self.home, roles=[moderators])
        self.box.model.answers(self._reply)
        self._bot: AbstractAsyncContextManager[Bot] | None = None
        self._thread: Channel | None = None

    @classmethod
    @contextmanager
    def opened(cls, folder: Path) -> Generator["Stage"]:
        """Open the sandbox, and close it with the bot that runs at the end."""
        with asyncio.Runner() as runner:
            stage = cls(runner, folder)
            runner.run(stage.box.__aenter__())
            try:
                runner.run(stage.starts())
                yield stage
                runner.run(stage.stops())
            finally:
                runner.run(stage.box.__aexit__(None, None, None))

    def another(self, what: str) -> str:
        """Return a word that comes once."""
        self.number += 1
        return f"{what}{self.number}"

    def _reply(self, request: ModelRequest) -> str:
        word = self.another("reply")
        self.asked[word] = marks([request.question])
        return f"{word} {TAIL}"

    @property
    def runs(self) -> bool:
        """Whether the bot runs."""
        return self._bot is not None

    async def starts(self) -> None:
        """Start the bot."""
        self._bot = running(self.box, self.folder, **SETTINGS)
        await self._bot.__aenter__()

    async def stops(self) -> None:
        """Stop the bot in order."""
        bot, self._bot = self._bot, None
        if bot is not None:
            await bot.__aexit__(None, None, None)

    async def scene(self) -> "Scene":
        """Open another thread, in place of the one before."""
        self.box.model.is_well()
        self.box.discord.gateway.starts.used = 0  # else Discord would grant too few sessions for all the restarts
        if not self.runs:
            await self.starts()
        if self._thread is not None:
            self.box.discord.deletes_channel(self._thread)
        self._thread = await self.people[0].opens_thread(self.general, self.another("talk"))
        return Scene(self, self._thread)


class Scene:
    """A thread in which the three talk. `hold` is the question whose answer hangs, and how much of it was said."""

    def __init__(self, stage: Stage, thread: Channel) -> None:
        self._stage = stage
        self._thread = thread
        self._said: list[Said] = []
        self._removed: set[int] = set()
        self.hold: tuple[Said, Hold] | None = None
        self.failed = False

    async def asks_alone(self, person: int, choice: int, kind: str) -> None:
        """Ask while nothing else goes on, and hold the prompt against what stands."""
        requests = self._stage.box.model.requests
        seen = len(requests)
        said = await self._asks(person, choice, kind)
        await self.settled()
        sent = requests[seen:]
        assert len(sent) == 1, [one.messages[-1] for one in sent]
        record = self._record()
        assert (faults := record.prompt_faults(sent[0].messages, said)) == [], faults

    async def hangs(self, person: int, hold: Hold) -> None:
        """Ask while the model hangs after so many tokens."""
        box = self._stage.box
        seen = len(box.model.requests)
        box.model.stalls(after=hold.value)
        said = await self._asks(person, 0, "plain")
        await box.until(lambda: len(box.model.requests) > seen)
        if hold is Hold.SPEAKING:
            await offered(box, said.message, "Stop")
        self.hold = said, hold

    async def acts(self, acts: Sequence[Act]) -> None:
        """Act at once; then wait until all is quiet, unless an answer hangs."""
        for kind, person, choice, pause in acts:
            await self._act(kind, person, choice)
            for _ in range(pause):
                await asyncio.sleep(0)
        if self.hold is None:
            await self.settled()

    async def lets_go(self, how: str, choice: int) -> None:
        """End the answer that hangs, or let it begin anew, and wait until all is quiet."""
        assert self.hold is not None
        (said, hold), self.hold = self.hold, None
        person = self._stage.people[said.person]
        if how == "stop":
            for one in self._said:
                one.ended = one.ended or one.person == said.person
            await person.runs("stop", self._thread)
        elif how == "join" and hold is Hold.SILENT:
            await self._asks(said.person, choice, "plain")
        elif how == "delete" or (how == "remove" and hold is Hold.SILENT):
            await person.deletes(said.message)
        elif how == "remove":
            self._removed.add((message := self._stage.box.bot.shown(said.message)[-1]).id)
            await person.deletes(message)
        else:
            await self._edits(said)
        await self.settled()
        record = self._record()
        for one in self._said[self._said.index(said) :]:  # nothing was answered between the hold and its end
            if one.asks and not one.gone and not one.ended and (reply := record.reply_to(one)) is not None:
                newest = set(
                    one.words[-1:] if len(one.words) < _MOST_TEXTS else one.words[-2:]
                )  # a second edit may wait
                assert newest & self._stage.asked[reply], f"{reply} answers an older text than {one.words}"

    async def restarts(self, acts: Sequence[Act], person: int) -> None:
        """Start the bot anew. People act while it is away; one asks last."""
        await self._stage.stops()
        if self.hold is not None:
            self.hold[0].ended, self.hold = True, None
        for kind, who, choice, _ in acts:
            if kind in {"ask", "edit", "delete"}:
                await self._act(kind, who, choice, asked_only=True)
        await self._asks(person, 0, "plain")
        await self._stage.starts()
        await self.settled()

    async def ends(self) -> None:
        """End what hangs, and look at one more prompt, unless something was wrong before."""
        if self.failed or not self._stage.runs:
            self._stage.box.model.is_well()
            return
        if self.hold is not None:
            await self.lets_go("edit", 0)
        await self.asks_alone(0, 0, "plain")

    async def settled(self) -> None:
        """Wait until database, Discord and model agree. Raises AssertionError with what does not."""
        try:
            async with asyncio.timeout(_AT_REST_SECONDS):
                while self._record().faults():  # noqa: ASYNC110 -- a file
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            self.failed = True
            raise AssertionError("\n".join(self._record().faults())) from None

    def _record(self) -> Record:
        box = self._stage.box
        shown = [one for one in box.discord.messages(self._thread) if one.author is box.bot.user]
        return Record.read(self._stage.folder / "history.db", self._thread.id, self._said, shown, self._removed)

    async def _act(self, kind: str, person: int, choice: int, *, asked_only: bool = False) -> None:
        held = self.hold[0] if self.hold else None
        if kind == "ask":
            if self.hold and self.hold[1] is Hold.SILENT and self.hold[0].person == person:
                person = (person + 1) % PEOPLE
            await self._asks(person, choice, "reply" if choice % 3 == 0 else "plain")
        elif kind == "aside":
            await self._aside(person)
        elif kind == "remove":
            await self._removes(person, choice)
        else:
            there = [one for one in self._said if not one.gone and one is not held and (one.asks or not asked_only)]
            if kind == "edit":  # a third edit of one message would wait for seconds
                there = [one for one in there if len(one.words) < _MOST_TEXTS]
            if not there:
                return
            said = there[choice % len(there)]
            if kind == "edit":
                await self._edits(said)
            else:
                await self._stage.people[person].deletes(said.message)

    async def _asks(self, person: int, choice: int, kind: str) -> Said:
        """Ask; `bare` without a mention where the bot follows the thread, `reply` to any message, `quote` of another's words."""
        quotes: Said | Message | None = None
        if kind == "quote":
            quotes = await self._aside((person + 1) % PEOPLE)
        elif kind == "reply":
            there = [*(one for one in self._said if not one.gone), *self._answers()]
            quotes = there[choice % len(there)] if there else None
        word = self._stage.another("word")
        is_bare = kind == "bare" and any(one.asks for one in self._said)
        text = word if is_bare else f"@Parley {word}"
        original = quotes.message if isinstance(quotes, Said) else quotes
        message = await self._stage.people[person].says(self._thread, text, reply_to=original, ping=False)
        self._said.append(said := Said(person, message, [word], asks=True, bare=is_bare, quotes=quotes))
        return said

    async def _aside(self, person: int) -> Said:
        word = self._stage.another("word")
        message = await self._stage.people[person].says(self._thread, f"// {word}")
        self._said.append(said := Said(person, message, [word], asks=False))
        return said

    async def _edits(self, said: Said) -> None:
        said.words.append(word := self._stage.another("word"))
        before = "" if said.bare else "@Parley " if said.asks else "// "
        await self._stage.people[said.person].edits(said.message, before + word)

    async def _removes(self, person: int, choice: int) -> None:
        held = self._stage.box.bot.shown(self.hold[0].message) if self.hold else []
        there = [one for one in self._answers() if one not in held]
        if there:
            self._removed.add((message := there[choice % len(there)]).id)
            await self._stage.people[person].deletes(message)

    def _answers(self) -> list[Message]:
        box = self._stage.box
        return [one for one in box.discord.messages(self._thread) if one.author is box.bot.user]
