"""Buttons leave answers by one edit beside the lane: the row the answer before the last, all those of a deleted question."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from bot.chat.endings import appearance_of, controls_of
from bot.chat.ports.display import Display, target
from bot.chat.ports.questions import Questions
from bot.chat.turns import Question, Record
from bot.config import LAST, AnswerSettings, Current
from bot.errors import ParleyError

log = logging.getLogger(__name__)


class ButtonRows:
    """Takes rows of buttons away. A row that stays, because Discord fails or its limit is low, still works when it is pressed."""

    def __init__(self, questions: Questions, display: Display, answers: Current[AnswerSettings]) -> None:
        self._questions = questions
        self._display = display
        self._answers = answers
        self._closed = False
        self.leaving: set[asyncio.Task[None]] = set()
        """The edits under way."""

    def leave(self, question: Question, sibling: int) -> None:
        """Take the row away from the answer before, now that the first attempt at `question` is shown. Returns at once."""
        if sibling > 1 or self._answers.value.buttons != LAST:
            return
        self._begin(partial(self._leave, question), question)

    def clear(self, record: Record) -> None:
        """Take all buttons away from an answer whose question was deleted since `record` was read. Returns at once."""
        if record.display.messages.live and appearance_of(record, buttons=self._answers.value.buttons).controls:
            self._begin(partial(self._clear, record), record.question)

    def _begin(self, edit: Callable[[], Coroutine[Any, Any, None]], question: Question) -> None:
        if self._closed:
            return
        task = asyncio.create_task(edit(), name=f"buttons of {question.key}")
        self.leaving.add(task)
        task.add_done_callback(self.leaving.discard)

    async def _clear(self, record: Record) -> None:
        try:
            await self._display.set_controls(target(record.question), record.display.messages.live[-1], ())
        except ParleyError as error:
            log.info("the answer to question %s, which was deleted, keeps its buttons: %s", record.question.key, error)

    async def _leave(self, question: Question) -> None:
        try:
            record = await self._questions.superseded(question.position)
            if record is None or record.display.behind or not record.display.messages.live:
                return
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
