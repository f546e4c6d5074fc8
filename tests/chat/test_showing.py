"""The shown version of an answer is recorded, whatever ends meanwhile, and a refusal is told."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from bot.chat.appearance import Appearance, Messages
from bot.chat.ports.display import LiveAnswer, MessageRecorder, Target
from bot.chat.texts import NOT_SHOWN
from bot.errors import DisplayRefused
from tests.chat.house import GENERAL, House
from tests.fakes.display import MemoryDisplay
from tests.fakes.displays import MemoryDisplays
from tests.fakes.state import State
from tests.fakes.store import memory_store


class SlowDisplays(MemoryDisplays):
    """Displays that record nothing until the gate is open."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.recording, self.gate = asyncio.Event(), asyncio.Event()

    async def sent(self, position: int, number: int, message_id: int) -> None:
        """See the port."""
        self.recording.set()
        await self.gate.wait()
        await super().sent(position, number, message_id)


class TaskDisplay(MemoryDisplay):
    """A display that sends in a task of its own, which goes on when the display is given up."""

    @asynccontextmanager
    async def open(
        self, target: Target, messages: Messages, recorder: MessageRecorder
    ) -> AsyncGenerator[LiveAnswer, None]:
        """See the port."""
        async with super().open(target, messages, recorder) as live:
            send = live.finish

            async def finish(appearance: Appearance) -> None:
                await asyncio.shield(asyncio.create_task(send(appearance)))

            live.finish = finish
            yield live


async def test_a_message_is_recorded_once_when_its_display_is_given_up_meanwhile() -> None:
    """A display that is given up while a message is recorded waits until it is, and ends as cancelled."""
    state = State()
    slow = SlowDisplays(state)
    house = House(state=state, store=replace(memory_store(state), displays=slow), display=TaskDisplay())
    slow.gate.set()
    position = await house.begun(100)
    slow.gate.clear()
    slow.recording.clear()
    question = house.record(100).question

    async def finish() -> None:
        async with house.showing.live(question, 1) as live:
            await live.finish(Appearance("hello"))

    finishing = asyncio.create_task(finish())
    await slow.recording.wait()
    finishing.cancel()
    slow.recording.clear()
    await slow.recording.wait()
    slow.gate.set()
    with suppress(asyncio.CancelledError):
        await finishing
    assert finishing.cancelled()
    assert [message.id for message in state.displays[position].messages.all] == [101]


async def test_a_refusal_that_a_remark_tells_of_is_told_once() -> None:
    """The asker gets no line of its own where a remark stands in the answer's place."""
    for told, lines in ((False, [(100, NOT_SHOWN.format(place=GENERAL.id))]), (True, [])):
        house = House()
        house.display.error = DisplayRefused("too long")
        house.display.error.told = told
        await house.answered(100)
        assert house.record(100).display.outcome == "refused"
        assert house.display.told == lines
