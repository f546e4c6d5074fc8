"""People edit and delete while a start takes up what a crash left: Discord is asked meanwhile, which takes time."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

import pytest

from bot.chat.appearance import DisplayOutcome, Messages, Shown
from bot.chat.content import Text
from bot.chat.ports.attempts import NewAttempt
from bot.chat.ports.display import Target
from bot.chat.ports.model import ModelEvent, ModelRequest
from bot.chat.turns import AnswerState
from tests.chat.house import NOW, House
from tests.fakes.display import MemoryDisplay
from tests.fakes.model import ScriptedModel


class Interrupted(MemoryDisplay):
    """A Discord during whose look-up something happens, once: before the messages are read, or before they are looked for."""

    def __init__(self, happens: str) -> None:
        super().__init__()
        self._happens = happens
        self.then: Callable[[], Awaitable[object]] | None = None

    async def find(self, target: Target, messages: Messages, since: int, text: str) -> Sequence[int]:
        """See the port."""
        await self._happen("find")
        return await super().find(target, messages, since, text)

    async def read(self, target: Target, message_ids: Sequence[int]) -> Shown | None:
        """See the port."""
        await self._happen("read")
        return await super().read(target, message_ids)

    async def _happen(self, now: str) -> None:
        then = self.then
        if then is not None and now == self._happens:
            self.then = None
            await then()


class Silent(ScriptedModel):
    """A model that says nothing to its first request, and `then` something happens."""

    def __init__(self) -> None:
        super().__init__()
        self.then: Callable[[], Awaitable[None]] | None = None

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See the port."""
        then, self.then = self.then, None
        if then is not None:
            happening = asyncio.ensure_future(then())
            await asyncio.Event().wait()
            await happening
        async with aclosing(super().stream(request)) as events:
            async for event in events:
                yield event


def house_with(happens: str) -> tuple[House, Interrupted]:
    """A house on such a Discord."""
    display = Interrupted(happens)
    return House(display=display), display


@pytest.mark.parametrize("happens", ["find", "read"])
@pytest.mark.parametrize("remarked", [True, False])
async def test_an_edit_while_a_broken_answer_is_taken_up(happens: str, remarked: bool) -> None:
    """The question is asked again with its new text, whether or not Discord shows some of the answer."""
    house, display = house_with(happens)
    await house.begun(100, 101)
    display.remarked |= {101} if remarked else set()

    async def edit() -> None:
        known = await house.changing.asked(100)
        assert known is not None
        house.intake.at_hand[100] = "new words"
        await house.changing.edited(known, "new words", NOW)

    display.then = edit
    await house.restart()
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert house.sent() == [("system", "Be kind."), ("user", "Alice: new words")]
    assert display.said(100) == ("answer 1", "")
    assert [one.text for one in house.record(100).answers] == ["", "answer 1"]
    assert await house.store.questions.behind() == []


@pytest.mark.parametrize("happens", ["find", "read"])
@pytest.mark.parametrize("message_id", [100, 101])
async def test_a_deletion_while_a_broken_answer_is_taken_up(happens: str, message_id: int) -> None:
    """Nothing is asked, nothing of the answer is stored, and its messages are deleted."""
    house, display = house_with(happens)
    await house.begun(100, 101, 102)
    display.then = lambda: house.changing.deleted([message_id])
    await house.restart()
    assert house.model.requests == []
    record = await house.store.questions.record(100, deleted=True)
    assert record is not None
    assert [one.text for one in record.answers] == [""]
    assert record.question.deleted is (message_id == 100)
    assert record.display.outcome is DisplayOutcome.GONE
    assert display.said(100) == ("", "")


@pytest.mark.parametrize("remarked", [True, False])
async def test_an_attempt_that_was_ended_meanwhile_is_neither_repeated_nor_stored(remarked: bool) -> None:
    """A deletion that is only stored so far leaves nothing of the answer, whether or not Discord shows some of it."""
    house, display = house_with("read")
    position = await house.begun(100, 101)
    display.remarked |= {101} if remarked else set()
    display.then = lambda: house.store.changes.erase(position, (), at=2)
    await house.restart()
    assert house.model.requests == []
    assert [one.text for one in house.record(100).answers] == [""]


async def test_a_message_that_was_not_recorded_before_an_edit_is_found() -> None:
    """The attempt that follows an edit uses the message of the one that a crash ended, though its nonces are others."""
    house = House()
    position = await house.claimed(100, NOW)
    beginning = NewAttempt(position, house.clock(), "default", 1100, contents=(Text("Alice: hello"),), tokens=12)
    assert await house.store.attempts.begin(beginning) is not None
    known = await house.changing.asked(100)
    assert known is not None
    assert await house.store.changes.reopen(known, "new words", edited_at=NOW, at=NOW)
    house.display.unknown[100] = [501]
    await house.restart()
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert 501 in house.record(100).display.messages.live


@pytest.mark.parametrize("deleted", [False, True])
async def test_a_message_that_was_not_recorded_before_a_crash_is_found_when_the_question_changes_after_it(
    deleted: bool,
) -> None:
    """An edit or a deletion comes before the repeated attempt has sent anything: its message of before is used, or deleted."""
    model = Silent()
    house = House(model=model)
    position = await house.claimed(100, NOW)
    beginning = NewAttempt(position, house.clock(), "default", 1100, contents=(Text("Alice: hello"),), tokens=12)
    assert await house.store.attempts.begin(beginning) is not None
    house.display.unknown[100] = [501]

    async def edit() -> None:
        known = await house.changing.asked(100)
        assert known is not None
        await house.changing.edited(known, "new words", NOW)

    model.then = (lambda: house.changing.deleted([100])) if deleted else edit
    await house.restart()
    record = await house.store.questions.record(100, deleted=True)
    assert record is not None
    assert [one.id for one in record.display.messages.all] == [501]
    assert house.display.said(100) == (("", "") if deleted else ("answer 1", ""))
