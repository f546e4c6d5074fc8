"""Ends attempts: stores the end with the whole text, and makes the last edit after that.

The next start can continue after a crash at any point. An attempt that a deletion ended in the store is only charged and cleared;
one whose question changed is stored without its text, and its messages are left to the attempt that follows.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from bot.chat.appearance import DisplayState
from bot.chat.call_round import CallRound
from bot.chat.caller import Caller
from bot.chat.calls import CallEnd
from bot.chat.endings import AnswerEnd, appearance_of
from bot.chat.growing_text import GrowingText
from bot.chat.lanes import DROPPED
from bot.chat.late_writes import LateWrites
from bot.chat.ports.attempts import Attempts, FinishedAttempt, StartedAttempt
from bot.chat.ports.clock import Clock
from bot.chat.ports.display import LiveAnswer
from bot.chat.ports.questions import Questions
from bot.chat.preparing import LONG_TEXT
from bot.chat.showing import Showing
from bot.chat.texts import NOT_KEPT
from bot.chat.tokens import Count
from bot.chat.turns import Answer, AnswerState, Question, Record, WrongTransition
from bot.chat.visible import is_blank
from bot.errors import DisplayError, ModelError, ParleyError, StoreError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt in writing: its question, its stored beginning, its round of calls, its text, and its display."""

    question: Question
    started: StartedAttempt
    round: CallRound
    growing: GrowingText
    live: LiveAnswer


class AttemptEnds:
    """Ends attempts in the store and on Discord, and questions that get none."""

    def __init__(
        self,
        *,
        questions: Questions,
        attempts: Attempts,
        caller: Caller,
        showing: Showing,
        clock: Clock,
        count: Count,
        late_writes: LateWrites,
    ) -> None:
        self._questions = questions
        self._attempts = attempts
        self._caller = caller
        self._showing = showing
        self._clock = clock
        self._count = count
        self._late_writes = late_writes
        self._unrecorded: set[int] = set()

    async def end(self, attempt: Attempt, end: AnswerEnd) -> None:
        """Store the end of an attempt with its whole text, then make the last edit, even if the text could not be stored."""
        key, growing = attempt.question.key, attempt.growing
        dropped = end.state is AnswerState.STOPPED and end.reason in DROPPED
        if dropped:
            await self._leave(attempt)
        said = "" if is_blank(growing.text) else growing.text
        text = "" if dropped else said
        answer = await self.finished_answer(attempt.question, attempt.started.sibling, text, end)
        answer = replace(answer, remarks=attempt.round.remarks)
        new_tokens = answer.tokens
        if growing.kept or dropped:
            new_tokens = await self._count_tokens(said.removeprefix(growing.kept))
        try:
            await self.store(answer, attempt.round.end(end.reason, new_tokens))
        except WrongTransition:  # a deletion of the question or of the answer has ended the attempt in the store
            await self._leave(attempt)
            with suppress(StoreError):  # then it counts with its reserve
                await self._caller.charge(attempt.round, end.reason, new_tokens)
            await self._showing.bring(attempt.question)
            return
        except StoreError as error:
            log.error("question %s: the answer could not be stored: %s", key, error)  # noqa: TRY400 -- it says it all
            await self._show_unstored(attempt, answer, end.note)
            finished = FinishedAttempt(answer, attempt.round.end(end.reason, new_tokens))
            self._late_writes.add(key, partial(self._store_late, attempt.question, finished, end.note))
            return
        if dropped:
            return
        await self._show(attempt, answer, end.note)
        self._showing.rows.leave(attempt.question, attempt.started.sibling)

    async def _show(self, attempt: Attempt, answer: Answer, note: str) -> None:
        """Make the last edit; later, behind a search, where an attempt before may have left an unrecorded message."""
        key = attempt.question.key
        if key in self._unrecorded:
            self._unrecorded.discard(key)
            await self._leave(attempt)
            self._showing.later(attempt.question, note)
            return
        try:
            record = await self._record(attempt, answer)
            await self._showing.finish(attempt.live, record, note)
        except ParleyError as error:
            self._showing.later(attempt.question, note, error)

    async def _leave(self, attempt: Attempt) -> None:
        """Leave what Discord shows of an attempt as it is, for another attempt or to be cleared.

        Where Discord fails, a message may exist whose send had no response. The next attempt has other nonces and finds none.
        """
        key = attempt.question.key
        try:
            await attempt.live.leave()
        except DisplayError as error:
            log.info("question %s: Discord may show a message of it that is not recorded: %s", key, error)
            self._unrecorded.add(key)

    async def finished_answer(self, question: Question, sibling: int, text: str, end: AnswerEnd) -> Answer:
        """Return the attempt as it ended with `text`."""
        tokens = await self._count_tokens(text)
        return Answer(question.position, sibling, end.state, text, tokens, end.reason, finished_at=self._clock())

    async def store(self, answer: Answer, call: CallEnd) -> None:
        """Store the end of an attempt (store step (d)). Retry once, because a database lock may pass. Raises StoreError."""
        try:
            await self._attempts.end(FinishedAttempt(answer, call))
        except StoreError as error:
            log.info("position %s: the answer could not be stored yet: %s", answer.position, error)
            await self._attempts.end(FinishedAttempt(answer, call))

    async def _store_late(self, question: Question, finished: FinishedAttempt, note: str) -> None:
        """Store the end of an attempt that the store did not take before, and have it shown as stored. Raises StoreError."""
        await self._attempts.end(finished)
        log.info("question %s: the answer is stored after all", question.key)
        self._showing.later(question, note)

    async def _record(self, attempt: Attempt, answer: Answer) -> Record:
        """Return the record to show: of a first attempt without reading the store, else the stored one. Raises StoreError."""
        question, started = attempt.question, attempt.started
        if started.sibling > 1 and (record := await self._questions.record(question.key)) is not None:
            return record
        return Record(question, (answer,), DisplayState(sibling=started.sibling, wanted=started.version))

    async def _show_unstored(self, attempt: Attempt, answer: Answer, note: str) -> None:
        """Show an answer that could not be stored, without buttons. Ignore a failure of the display."""
        record = Record(attempt.question, (answer,), DisplayState(sibling=answer.sibling))
        appearance = appearance_of(record, note)
        with suppress(ParleyError):
            await attempt.live.finish(replace(appearance, note=appearance.note or NOT_KEPT, controls=()))

    async def give_up(self, question: Question, *, withdraw: bool = True) -> None:
        """End a question that cannot be begun: its asker gets a notice, in place of what Discord shows of earlier attempts."""
        if withdraw:
            await self._showing.withdraw(question)
        await self._showing.notice(question, ModelError.public)
        await self.close(question)  # the notice says to ask again, so the next start must not answer

    async def close(self, question: Question) -> None:
        """Mark a question as one that needs no answer any more; later if the store fails now."""
        try:
            await self._questions.close(question.position)
        except StoreError:
            self._late_writes.add(question.key, partial(self._questions.close, question.position))

    async def _count_tokens(self, text: str) -> int:
        return self._count(text) if len(text) < LONG_TEXT else await asyncio.to_thread(self._count, text)
