"""What a start does with what an earlier run left: every state that a crash can leave is taken to its next step.

| left | next |
| --- | --- |
| a question that was never begun | answered if it is young, else closed with one line and Retry |
| an attempt in `writing`, Discord shows at most a remark | made again if the question is young, else failed with Retry |
| an attempt in `writing`, Discord shows some of it | interrupted: what Discord shows is kept, the last part offers Retry |
| an attempt that ended but was not marked as shown | gets its last edit |

What Discord shows is asked of Discord: a part may exist whose id was never stored.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from bot.chat.attempts import Attempts, Render, target
from bot.chat.lanes import Lanes
from bot.chat.ports import Clock, Display, Left, Offer, Store, Target
from bot.chat.turns import Answer, AnswerState, Question
from bot.chat.writing import STOPPED, STOPPED_EARLY, End, Writing, done
from bot.errors import DisplayError, DisplayRefused, ModelCutOff, ModelError

log = logging.getLogger(__name__)

_MINUTE: Final = 60_000
_ENDED_UNSEEN: Final = {
    AnswerState.STOPPED: End(AnswerState.STOPPED),
    AnswerState.INTERRUPTED: End(AnswerState.INTERRUPTED, ModelCutOff.public, Offer.RETRY),
    AnswerState.FAILED: End(AnswerState.FAILED, ModelError.public, Offer.RETRY),
}
"""What is said of an attempt that ended before a crash, when its last edit is made after it."""


class Recovery:
    """Goes through what was left, each place in its lane and in order."""

    def __init__(
        self,
        *,
        store: Store,
        display: Display,
        clock: Clock,
        lanes: Lanes,
        attempts: Attempts,
    ) -> None:
        self._store = store
        self._display = display
        self._clock = clock
        self._lanes = lanes
        self._attempts = attempts

    async def start(self, render: Callable[[Left], Render]) -> None:
        """Queue everything that was left; `render` makes a question's text for the model that was never made.

        What was begun in the minute before counts towards the limit of its place. Raises StoreError.
        """
        now = self._clock()
        for place_id, began_at in await self._store.begun_since(now - _MINUTE):
            self._lanes.began(place_id, (now - began_at) / 1000)
        for left in await self._store.left_open():
            self._lanes.submit(left.question.place_id, partial(self._take_on, left, render(left)))

    async def _take_on(self, left: Left, render: Render) -> None:
        """Take a question to its next step; while Discord is down, again and again from where the store has it then."""
        for pause in self._attempts.discord_pauses:
            if await self._taken_on(left, render):
                return
            await asyncio.sleep(pause)
            newest = await self._store.newest(left.question.message_id)
            if newest is None or (newest.answer is not None and newest.answer.shown_at is not None):
                return
            left = newest
        await self._taken_on(left, render)

    async def _taken_on(self, left: Left, render: Render) -> bool:
        """Whether that is done, as opposed to put off because Discord is down."""
        question, answer = left.question, left.answer
        if answer is None:
            take_on = self._attempts.give_up if self._attempts.is_old(question) else self._attempts.answer
            await take_on(question, render)
            return True
        try:
            await self._finish(question, answer)
        except DisplayRefused as error:
            log.warning("question %s: what a crash left could not be shown: %s", question.message_id, error)
            await self._store.mark_shown(question.position, answer.sibling, at=self._clock())
        except DisplayError as error:
            log.info("question %s: what a crash left cannot be shown yet: %s", question.message_id, error)
            return False
        return True

    async def _finish(self, question: Question, answer: Answer) -> None:
        aim = target(question, answer.sibling)
        parts = await self._attempts.found(question, answer.sibling, answer.parts)
        if answer.state is not AnswerState.WRITING:
            end = _ENDED_UNSEEN.get(answer.state) or done(answer.reason)
            await self._show(question, answer, end, parts)
            return
        shown = await self._shown(aim, parts)
        unseen = answer.sibling > 1 or shown == ""  # a later one may still show the one before
        if unseen and not self._attempts.is_old(question):
            await self._attempts.make(question, await self._store.resume(question.position), parts)
            return
        await self._interrupt(question, answer, answer.text if answer.sibling > 1 else shown or "", parts)

    async def _shown(self, aim: Target, parts: Sequence[int]) -> str | None:
        """What Discord shows of an attempt beside remarks of ours; None where that cannot be read any more."""
        try:
            shown = await self._display.shown(aim, parts) if parts else ""
        except DisplayRefused as error:
            log.info("question %s: its answer cannot be read back: %s", aim.message_id, error)
            return None
        return None if shown is None else shown.strip()

    async def _interrupt(self, question: Question, answer: Answer, shown: str, parts: Sequence[int]) -> None:
        """End an attempt that will not go on: what is shown is all there is."""
        on_part = await self._attempts.keep(question, answer.sibling, parts)
        async with self._display.open(
            target(question, answer.sibling), parts, on_part, self._store.drop_part
        ) as showing:
            writing = Writing(showing, shown, kept=answer.text)  # one that goes on has a text already
            end = writing.broken_by(STOPPED, STOPPED if parts else STOPPED_EARLY)
            await self._attempts.store_end(question, answer.sibling, writing, end)
            await self._attempts.show_end(question, answer.sibling, writing, end)

    async def _show(self, question: Question, answer: Answer, end: End, parts: Sequence[int]) -> None:
        """Make the last edit of an attempt that the store has as ended."""
        if not answer.text and self._attempts.is_old(question):  # nobody waits for an old excuse
            await self._store.mark_shown(question.position, answer.sibling, at=self._clock())
            return
        await self._attempts.show_anew(question, answer.sibling, answer.text, end, parts)
