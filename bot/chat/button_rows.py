"""Buttons leave answers by one edit beside the lane: the row the answer before the last, all those of a deleted question.

While many answers grow, rows stay a little longer: Discord allows a bot 50 requests a second in all (documentation, Global Rate
Limit), and text goes first.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Generator
from contextlib import AsyncExitStack, contextmanager, suppress
from functools import partial
from typing import Any, Final

from bot.chat.endings import appearance_of, controls_of
from bot.chat.ports.display import Display, target
from bot.chat.ports.questions import Questions
from bot.chat.turns import Question, Record
from bot.config import LAST, AnswerSettings, Current
from bot.errors import ParleyError

log = logging.getLogger(__name__)

_MANY: Final = 8
"""Rows leave at once while no more answers than these grow."""
ROW_SECONDS: Final = 5.0
"""Time that a row stays at most while more grow."""
_AT_A_TIME: Final = 4
"""Rows that leave at a time. In a channel whose limit is low each takes seconds, so one that is due goes all the same."""


class ButtonRows:
    """Takes rows of buttons away. A row that stays, because Discord fails or its limit is low, still works when it is pressed.

    While many answers grow, a row stays at most `wait_seconds`.
    """

    def __init__(
        self,
        questions: Questions,
        display: Display,
        answers: Current[AnswerSettings],
        wait_seconds: float,
    ) -> None:
        self._questions = questions
        self._display = display
        self._answers = answers
        self._wait_seconds = wait_seconds
        self._growing = 0
        self._few = asyncio.Event()
        self._few.set()
        self._at_a_time = asyncio.Semaphore(_AT_A_TIME)
        self._closed = False
        self.leaving: dict[asyncio.Task[None], int] = {}
        """The edits under way, with the place that a row leaves, 0 for others."""

    @contextmanager
    def growing(self) -> Generator[None]:
        """Count an answer that grows on Discord."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        self._growing += change
        if self._growing > _MANY:
            self._few.clear()
        else:
            self._few.set()

    def leave(self, question: Question, sibling: int) -> None:
        """Take the row away from the answer before, now that the first attempt at `question` is shown. Returns at once."""
        if sibling > 1 or self._answers.value.buttons != LAST:
            return
        due = asyncio.get_running_loop().time() + self._wait_seconds
        self._begin(partial(self._leave_in_turn, question, due), question, question.place.id)

    def clear(self, record: Record) -> None:
        """Take all buttons away from an answer whose question was deleted since `record` was read. Returns at once.

        The row that is to leave in its place may be its own: a deleted question is not found any more when the wait is over.
        """
        has_buttons = bool(appearance_of(record, buttons=self._answers.value.buttons).controls)
        if record.display.messages.live and (has_buttons or record.question.place.id in self.leaving.values()):
            self._begin(partial(self._clear, record), record.question)

    def _begin(self, edit: Callable[[], Coroutine[Any, Any, None]], question: Question, place_id: int = 0) -> None:
        if self._closed:
            return
        task = asyncio.create_task(edit(), name=f"buttons of {question.key}")
        self.leaving[task] = place_id
        task.add_done_callback(self.leaving.pop)

    async def _clear(self, record: Record) -> None:
        try:
            await self._display.set_controls(target(record.question), record.display.messages.live[-1], ())
        except ParleyError as error:
            log.info("the answer to question %s, which was deleted, keeps its buttons: %s", record.question.key, error)

    async def _leave_in_turn(self, question: Question, due: float) -> None:
        """Take the row away when few answers grow and few rows leave, at the time `due` of the loop at the latest."""
        async with AsyncExitStack() as turn:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await turn.enter_async_context(self._at_a_time)
                    await self._few.wait()
            await self._leave(question)

    async def _leave(self, question: Question) -> None:
        try:
            record = await self._questions.superseded(question.position)
            if record is None or record.last or record.display.behind or not record.display.messages.live:
                return  # it is the last one again where the answer behind it was deleted
            stays = controls_of(record, row=False)
            if stays != controls_of(record, row=True):
                await self._display.set_controls(target(record.question), record.display.messages.live[-1], stays)
        except ParleyError as error:
            log.info("the answer before question %s keeps its buttons: %s", question.key, error)

    async def close(self) -> None:
        """End the edits under way; none begins from now on."""
        self._closed = True
        for task in self.leaving:
            task.cancel()
        await asyncio.gather(*self.leaving, return_exceptions=True)
