"""Three people ask, edit and delete in one place in any order, over restarts; a model of a few lines says what is so.

After each act the store, the prompts that were sent, and a Discord that outlives restarts are held against that model.
"""

import asyncio
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.chat.turns import Asked, Author
from tests.chat.house import GENERAL, NOW, House
from tests.chat.test_controls_machine import Speaker
from tests.fakes.state import State
from tests.fakes.store import memory_store
from tests.fakes.world import Fate, World, WorldDisplay

PEOPLE = (Author(11, "Alice"), Author(12, "Bob"), Author(13, "Carol"))
CHOICES = st.integers(0, 10**6)


@dataclass
class Turn:
    """A question with the answer that stands; `answer` is None where it was removed."""

    key: int
    text: str
    answer: str | None
    deleted: bool = False

    def prompt(self) -> list[tuple[str, str]]:
        """Return the messages of the turn that the model is sent."""
        if self.deleted:
            return []
        return [("user", f"Alice: {self.text}"), *([] if self.answer is None else [("assistant", self.answer)])]


class Changes(RuleBasedStateMachine):
    """A place in which three people talk, edit and delete."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.world, self.state = World(), State()
        self.number = 0
        self.turns: list[Turn] = []
        self.start()

    def start(self) -> None:
        """A process of the bot on the same store and Discord."""

        async def made() -> tuple[Speaker, House]:
            model, display = Speaker(), WorldDisplay(self.world, Fate())
            house = House(
                prompt_tokens=10**6,
                state=self.state,
                store=memory_store(self.state),
                display=display,  # pyright: ignore[reportArgumentType] -- another display
                model=model,
            )
            house.now = NOW + 1000 * self.number
            await house.restart()
            return model, house

        self.model, self.house = self.runner.run(made())

    def teardown(self) -> None:
        """Close the loop."""
        self.runner.close()

    def word(self) -> str:
        """A text that comes once."""
        self.number += 1
        self.house.now += 1000
        return f"word {self.number}"

    async def hears(self, person: int) -> Turn:
        """Another question by one of them."""
        text = self.word()
        key = 1000 * self.number
        self.house.intake.at_hand[key] = text
        await self.house.chat.mention(Asked(key, GENERAL, PEOPLE[person], text, self.house.now))
        return Turn(key, text, None)

    async def grows(self, person: int) -> Turn:
        """A question whose answer grows."""
        self.model.hangs = True
        turn = await self.hears(person)
        await self.model.silent.wait()
        self.model.silent.clear()
        return turn

    async def edits(self, turn: Turn) -> None:
        """Edit a question."""
        known = await self.house.changing.asked(turn.key)
        assert (known is None) == turn.deleted
        if known is not None:
            turn.text = self.house.intake.at_hand[turn.key] = self.word()
            await self.house.changing.edited(known, turn.text, self.house.now)

    @rule(person=st.integers(0, 2))
    def ask(self, person: int) -> None:
        """A question is answered; the model is sent what still stands."""
        answer = self.word()
        self.model.script = [[answer]]

        async def act() -> Turn:
            turn = await self.hears(person)
            await self.house.settle()
            return turn

        turn = self.runner.run(act())
        before = [one for earlier in self.turns for one in earlier.prompt()]
        assert self.house.sent() == [("system", "Be kind."), *before, *turn.prompt()]
        turn.answer = answer
        self.turns.append(turn)

    @rule(person=st.integers(0, 2), edits=st.integers(1, 2))
    def edit_while_it_grows(self, person: int, edits: int) -> None:
        """A question is edited while its answer grows; the answer to its last text stands."""
        answers = [self.word() for _ in range(edits + 1)]
        self.model.script = [[answer] for answer in answers]

        async def act() -> Turn:
            turn = await self.grows(person)
            for number in range(edits):
                self.model.hangs = number < edits - 1
                await self.edits(turn)
                if self.model.hangs:
                    await self.model.silent.wait()
                    self.model.silent.clear()
            await self.house.settle()
            return turn

        turn = self.runner.run(act())
        assert self.house.sent()[-1] == ("user", f"Alice: {turn.text}")
        turn.answer = answers[-1]
        self.turns.append(turn)

    @rule(person=st.integers(0, 2), whole=st.booleans())
    def delete_while_it_grows(self, person: int, whole: bool) -> None:
        """A question, or the message of its answer, is deleted while the answer grows."""
        self.model.script = [[self.word()]]

        async def act() -> Turn:
            turn = await self.grows(person)
            for _ in range(50):
                await asyncio.sleep(0)
            messages = self.house.record(turn.key).display.messages.live
            for message_id in () if whole else messages[:1]:
                self.world.messages.pop(message_id)
            await self.house.changing.deleted([turn.key] if whole else messages[:1])
            self.model.hangs = False
            await self.house.settle()
            return turn

        turn = self.runner.run(act())
        turn.deleted = whole
        self.turns.append(turn)

    @precondition(lambda self: bool(self.turns))
    @rule(choice=CHOICES)
    def edit(self, choice: int) -> None:
        """Any question is edited later; no model is asked."""
        turn, asked = self.turns[choice % len(self.turns)], len(self.model.requests)

        async def act() -> None:
            await self.edits(turn)
            await self.house.settle()

        self.runner.run(act())
        assert len(self.model.requests) == asked

    @precondition(lambda self: bool(self.turns))
    @rule(choice=CHOICES, whole=st.booleans())
    def delete(self, choice: int, whole: bool) -> None:
        """Any question, or a message of its answer, is deleted later."""
        turn = self.turns[choice % len(self.turns)]

        async def act() -> None:
            messages = self.house.record(turn.key).display.messages.live
            for message_id in () if whole else messages[:1]:
                self.world.messages.pop(message_id)
            if not whole and not messages:
                return
            turn.answer = None
            await self.house.changing.deleted([turn.key] if whole else messages[:1])
            await self.house.settle()

        self.runner.run(act())
        turn.deleted = turn.deleted or whole

    @rule()
    def restart(self) -> None:
        """The bot is started anew."""
        self.runner.run(self.house.lanes.drain(0))
        self.start()

    @invariant()
    def store_and_discord_tell_the_same(self) -> None:
        """Each turn is stored as it stands, and what is shown of an answer that stands is its text."""
        known: set[int] = set()
        for turn in self.turns:
            record = self.house.record(turn.key)
            known |= set(record.display.messages.live)
            assert not record.display.behind
            assert record.question.deleted == turn.deleted
            assert record.question.text == ("" if turn.deleted else turn.text)
            chosen = [answer.text for answer in record.answers if answer.chosen]
            assert chosen == ([] if turn.answer is None or turn.deleted else [turn.answer])
            if chosen:
                shown = [self.world.messages[one] for one in record.display.messages.live]
                assert "".join(one for one in shown if not one.startswith("-# ")) == turn.answer
        assert set(self.world.messages) <= known


TestChanges = Changes.TestCase
TestChanges.settings = settings(max_examples=60, stateful_step_count=15, deadline=None)
