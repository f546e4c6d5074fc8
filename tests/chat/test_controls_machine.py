"""People ask, stop, regenerate, pick, delete, reset and undo in any order, over restarts; a model of a few lines says what is so.

After each act the store, the prompts that were sent, and a Discord that outlives restarts are held against that model.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.chat.appearance import Verb
from bot.chat.ports.model import Finish, ModelEvent, ModelRequest
from bot.chat.ports.questions import Press
from bot.chat.service import PressOutcome
from bot.chat.turns import Record
from tests.chat.house import ALICE, GENERAL, NOW, House
from tests.fakes.model import ScriptedModel
from tests.fakes.state import State
from tests.fakes.store import memory_store
from tests.fakes.world import Fate, World, WorldDisplay

CHOICES = st.integers(0, 10**6)
LENGTHS = st.integers(1, 45)


@dataclass
class Turn:
    """A question with the texts of its attempts; `chosen` is one of them, None while none has text."""

    key: int
    texts: list[str] = field(default_factory=list[str])
    chosen: int | None = None
    deleted: bool = False

    def ends(self, text: str) -> None:
        """Another attempt ended with this text."""
        self.texts.append(text)
        self.chosen = len(self.texts) - 1 if text else self.chosen

    def prompt(self) -> list[tuple[str, str]]:
        """Return the messages of the turn that the model is sent."""
        said = [] if self.chosen is None else [("assistant", self.texts[self.chosen])]
        return [("user", f"Alice: q{self.key}"), *said]


class Speaker(ScriptedModel):
    """A model that says what it was told to, and then ends or, while it `hangs`, says no more."""

    hangs = False

    def __init__(self) -> None:
        super().__init__()
        self.silent = asyncio.Event()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See the port."""
        async with aclosing(super().stream(request)) as events:
            async for event in events:
                if self.hangs and isinstance(event, Finish):
                    self.silent.set()
                    await asyncio.Event().wait()
                yield event


class Controls(RuleBasedStateMachine):
    """A place in which one person does everything."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.world, self.state = World(), State()
        self.keys = self.presses = 0
        self.conversations: list[list[Turn]] = [[]]
        self.start()

    def start(self) -> None:
        """A process of the bot on the same store and Discord."""

        async def made() -> tuple[Speaker, House]:
            model = Speaker()
            display = WorldDisplay(self.world, Fate())
            house = House(
                prompt_tokens=10**6,
                state=self.state,
                store=memory_store(self.state),
                display=display,  # pyright: ignore[reportArgumentType] -- another display
                model=model,
            )
            await house.restart()
            return model, house

        self.model, self.house = self.runner.run(made())

    def teardown(self) -> None:
        """Close the loop."""
        self.runner.close()

    @property
    def open(self) -> list[Turn]:
        """The turns of the open conversation."""
        return self.conversations[-1]

    @property
    def turns(self) -> list[Turn]:
        """All turns that a reset did not take back."""
        return [turn for conversation in self.conversations for turn in conversation]

    def record(self, turn: Turn) -> Record:
        """A turn as it is stored."""
        return self.house.record(turn.key)

    def text(self, length: int) -> str:
        """A text that comes once, of about so many characters."""
        self.presses += 1
        return f"{self.presses} ".ljust(length, "x")

    async def hears(self) -> Turn:
        """Another question."""
        self.keys += 100
        turn = Turn(self.keys)
        await self.house.hear(turn.key, f"q{turn.key}")
        return turn

    def press(self) -> Press:
        """Another press."""
        self.presses += 1
        return Press(10**9 + self.presses, GENERAL.id, ALICE.id, NOW)

    @rule(length=LENGTHS)
    def ask(self, length: int) -> None:
        """A question is answered; the model is sent what the conversation holds."""
        text = self.text(length)
        self.model.script = [[text]]

        async def act() -> Turn:
            turn = await self.hears()
            await self.house.settle()
            return turn

        turn = self.runner.run(act())
        expected = [("system", "Be kind."), *(one for before in self.open for one in before.prompt()), *turn.prompt()]
        assert self.house.sent() == expected
        turn.ends(text)
        self.open.append(turn)

    @rule(length=LENGTHS, queued=st.integers(0, 2))
    def stop(self, length: int, queued: int) -> None:
        """An answer is stopped while it grows, and the questions behind it are dropped."""
        text = self.text(length)
        self.model.script = [[text]]

        async def act() -> list[Turn]:
            self.model.hangs = True
            turns = [await self.hears() for _ in range(1 + queued)]
            await self.model.silent.wait()
            stopped = await self.house.chat.stop_in(GENERAL.id, ALICE.id, moderates=False)
            assert (stopped.running, stopped.dropped) == (True, queued)
            await self.house.settle()
            self.model.silent.clear()
            self.model.hangs = False
            return turns

        first, *others = self.runner.run(act())
        first.ends(text)
        for other in others:
            other.ends("")
        self.open.extend((first, *others))

    @precondition(lambda self: bool(self.turns))
    @rule(choice=CHOICES, length=LENGTHS)
    def regenerate(self, choice: int, length: int) -> None:
        """Any answer is made again with what was before it; one of a conversation that was reset is not."""
        turn, text = self.turns[choice % len(self.turns)], self.text(length)
        self.model.script = [[text]]

        async def act() -> PressOutcome:
            sibling = len(turn.texts)
            outcome = await self.house.chat.press(self.record(turn), Verb.REGENERATE, sibling, self.press())
            await self.house.settle()
            return outcome

        outcome = self.runner.run(act())
        assert outcome is (PressOutcome.QUEUED if turn in self.open else PressOutcome.CLOSED)
        if outcome is PressOutcome.QUEUED:
            before = self.open[: self.open.index(turn)]
            question = turn.prompt()[:1]
            assert self.house.sent() == [
                ("system", "Be kind."),
                *(one for t in before for one in t.prompt()),
                *question,
            ]
            turn.ends(text)

    @precondition(lambda self: bool(self.turns))
    @rule(choice=CHOICES, sibling=CHOICES, twice=st.booleans())
    def pick(self, choice: int, sibling: int, twice: bool) -> None:
        """Any attempt with text is picked, however often the press comes."""
        turn = self.turns[choice % len(self.turns)]
        picked = sibling % len(turn.texts)

        async def act() -> bool:
            press = self.press()
            done = await self.house.chat.pick(self.record(turn), picked + 1, press)
            if twice:
                assert not await self.house.chat.pick(self.record(turn), picked + 1, press)
            await self.house.settle()
            return done

        assert self.runner.run(act()) == (bool(turn.texts[picked]) and picked != turn.chosen)
        turn.chosen = picked if turn.texts[picked] else turn.chosen

    @precondition(lambda self: bool(self.turns))
    @rule(choice=CHOICES)
    def delete(self, choice: int) -> None:
        """Somebody deletes the messages of an answer on Discord."""
        turn = self.turns[choice % len(self.turns)]
        for message_id in self.record(turn).display.messages.live:
            self.world.messages.pop(message_id, None)
        turn.deleted = True

    @rule()
    def reset(self) -> None:
        """A new conversation begins, unless the open one is empty."""
        reset = self.runner.run(self.house.chat.reset(GENERAL, ALICE.id))
        assert (reset is None) == (not self.open)
        if reset is not None:
            self.conversations.append([])

    @precondition(lambda self: len(self.conversations) > 1)
    @rule()
    def undo(self) -> None:
        """The conversation before is the open one again; what was said meanwhile is in no window any more."""
        current = self.state.open_in(GENERAL.id)
        assert current is not None
        assert self.runner.run(self.house.chat.undo(current.id, GENERAL.id))
        self.conversations.pop()

    @rule()
    def restart(self) -> None:
        """The bot is started anew."""
        self.runner.run(self.house.lanes.drain(0))
        self.start()

    @invariant()
    def store_and_discord_tell_the_same(self) -> None:
        """Each turn is stored with its attempts, and Discord shows the chosen one."""
        for turn in self.turns:
            record = self.record(turn)
            assert [answer.text for answer in record.answers] == turn.texts
            chosen = [answer.sibling - 1 for answer in record.answers if answer.chosen]
            assert chosen == ([] if turn.chosen is None else [turn.chosen])
            assert not record.display.behind
            if turn.deleted:
                continue
            shown = [self.world.messages[message_id] for message_id in record.display.messages.live]
            text = "".join(one for one in shown if not one.startswith("-# "))
            assert text == ("" if turn.chosen is None else turn.texts[turn.chosen])


TestControls = Controls.TestCase
TestControls.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
