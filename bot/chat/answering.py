"""Answering: one attempt at a question, from the moment it is stored to the moment Discord shows its end.

The attempt asks in rounds: a round is one call and the tools that it asked for. There are no tools yet, so the first round is the
last. The whole text is stored before the last edit; whatever dies in between, the next start finds where it was.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from bot.chat.appearance import DisplayState
from bot.chat.caller import Caller, CallRound
from bot.chat.calls import Call, CallEnd, Purpose
from bot.chat.content import Text
from bot.chat.endings import RESTART, SHUTDOWN, TOO_OLD, AnswerEnd, appearance_of
from bot.chat.growing_text import GrowingText, broken
from bot.chat.lanes import Job, StopReason
from bot.chat.ports.attempts import Attempts, FinishedAttempt, NewAttempt, StartedAttempt
from bot.chat.ports.clock import Clock
from bot.chat.ports.display import LiveAnswer
from bot.chat.ports.intake import Intake
from bot.chat.ports.questions import Questions
from bot.chat.profiles import Profiles
from bot.chat.sentences import NOT_KEPT
from bot.chat.showing import Showing
from bot.chat.tokens import Count
from bot.chat.turns import Answer, AnswerState, Question, Record
from bot.chat.window import Context
from bot.config import Current, RecoverySettings
from bot.errors import ModelError, ParleyError, StoreError

log = logging.getLogger(__name__)

_LARGE: Final = 16_384
"""Characters above which counting tokens would hold up the loop for more than a millisecond or two."""
_LAST_EDIT_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An attempt in writing: its question, what the store said of its begin, its calls, and its text on display."""

    question: Question
    begun: StartedAttempt
    round: CallRound
    growing: GrowingText
    live: LiveAnswer


class Answering:
    """Makes attempts: has the model asked, shows what it writes, stores how it ended.

    A question older than `recovery.answer_within_seconds` is not answered any more. At a shut-down an answer has
    `last_edit_seconds` to be stored and shown as far as it came.
    """

    def __init__(
        self,
        *,
        questions: Questions,
        attempts: Attempts,
        intake: Intake,
        caller: Caller,
        showing: Showing,
        profiles: Profiles,
        clock: Clock,
        count: Count,
        recovery: Current[RecoverySettings],
        last_edit_seconds: float = _LAST_EDIT_SECONDS,
    ) -> None:
        self._questions = questions
        self._attempts = attempts
        self._intake = intake
        self._caller = caller
        self._showing = showing
        self._profiles = profiles
        self._clock = clock
        self._count = count
        self._recovery = recovery
        self._last_edit_seconds = last_edit_seconds

    async def answer(self, question: Question, job: Job, *, late: bool = False) -> None:
        """Make the first attempt at a question; one that is `late`, or was stopped before, ends without a call.

        A question that cannot be begun is closed, visibly.
        """
        end = AnswerEnd(AnswerState.FAILED, TOO_OLD) if late else None
        if job.stopped:
            end = _stopped(job.stopped)
        try:
            begun = await self._begin(question, asks=end is None)
        except Exception:
            log.exception("question %s could not be begun", question.key)
            await self._showing.notice(question, ModelError.public)
            with suppress(StoreError):  # told to ask again, so not answered by the next start as well
                await self._questions.close(question.position)
            return
        if begun is not None:
            await self._make(question, begun, job, end)

    async def again(self, question: Question, after: int, job: Job, *, continues: bool = False) -> None:
        """Make another attempt after this one, unless another followed before. Raises StoreError.

        One that `continues` begins with the text of the one before.
        """
        if job.stopped:
            return
        profile = self._profiles.of(question.place)
        begun = await self._attempts.begin(
            NewAttempt(
                position=question.position,
                at=self._clock(),
                profile=profile.name,
                reserve=profile.reserve,
                after=after,
                continues=continues,
            )
        )
        if begun is not None:
            await self._make(question, begun, job)

    async def resume(self, question: Question, job: Job) -> None:
        """Make the attempt that a crash left in writing, from its begin. Raises StoreError."""
        profile = self._profiles.of(question.place)
        begun = await self._attempts.resume(question.position, reserve=profile.reserve, at=self._clock())
        await self._make(question, begun, job)

    async def interrupt(self, question: Question, attempt: Answer, text: str) -> None:
        """End the attempt that a crash left in writing: `text` is all there is of it. Raises StoreError and DisplayError."""
        end = broken(text, attempt.text, RESTART)
        text = "" if end.state is AnswerState.FAILED else text or attempt.text
        await self._store(await self._ended(question, attempt.sibling, text, end), CallEnd(end.reason))
        await self._showing.bring(question.key, end.note)

    def is_old(self, question: Question) -> bool:
        """Whether a question is too old for an answer; one that Discord's clock dates ahead of ours is new."""
        return self._clock() > self._until(question)

    def _until(self, question: Question) -> int:
        return question.asked_at + int(self._recovery.value.answer_within_seconds * 1000)

    async def _begin(self, question: Question, *, asks: bool) -> StartedAttempt | None:
        """Store step (b). Raises StoreError."""
        contents = await self._intake.render(question)
        profile = self._profiles.of(question.place)
        return await self._attempts.begin(
            NewAttempt(
                position=question.position,
                at=self._clock(),
                profile=profile.name,
                reserve=profile.reserve if asks else None,
                contents=contents,
                tokens=sum(self._count(content.text) for content in contents if isinstance(content, Text)),
            )
        )

    async def _make(self, question: Question, begun: StartedAttempt, job: Job, end: AnswerEnd | None = None) -> None:
        """Make an attempt that the store has as begun, to its end; `end` is one that it comes to without being asked."""
        async with self._showing.live(question, begun.sibling, begun.messages) as live:
            growing = GrowingText(live, begun.so_far, begun.so_far)
            attempt = _Attempt(question, begun, self._round(question, begun), growing, live)
            try:
                end = end or await self._written(attempt, job)
            except asyncio.CancelledError:
                await self._hurry(asyncio.create_task(self._end(attempt, growing.broken(SHUTDOWN))), question.key)
                raise
            ending = asyncio.create_task(self._end(attempt, end))
            try:
                await asyncio.shield(ending)
            except asyncio.CancelledError:
                await self._hurry(ending, question.key)
                raise

    async def _written(self, attempt: _Attempt, job: Job) -> AnswerEnd:
        """Let the model write; whatever goes wrong becomes an end that can be shown."""
        key, growing = attempt.question.key, attempt.growing
        if job.stopped:
            return _stopped(job.stopped)
        try:
            with job.stoppable():
                await self._caller.ask(attempt.round, growing.hear)
        except ModelError as error:
            log.warning("question %s: %s: %s", key, type(error).__name__, error)
            return growing.failed(error)
        except Exception:
            log.exception("question %s failed for an unforeseen reason", key)
            return growing.broken(ModelError.reason, ModelError.public)
        return _stopped(job.stopped) if job.stopped else growing.ended()

    async def _hurry(self, ending: asyncio.Task[None], key: int) -> None:
        """Let an end come to its own end, which it has only a few seconds for, because the bot is switched off."""
        try:
            await asyncio.wait({ending}, timeout=self._last_edit_seconds)
        finally:
            if ending.cancel():
                log.warning("question %s: stopped before its last edit; the next start makes it", key)
            await asyncio.wait({ending})

    async def _end(self, attempt: _Attempt, end: AnswerEnd) -> None:
        """Store the whole text, then show it."""
        key, growing = attempt.question.key, attempt.growing
        text = growing.text if growing.text.strip() else ""
        answer = await self._ended(attempt.question, attempt.begun.sibling, text, end)
        written = await self._counted(text.removeprefix(growing.kept)) if growing.kept else answer.tokens
        try:
            await self._store(answer, attempt.round.end(end.reason, written))
        except StoreError as error:
            log.error("question %s: the answer could not be stored: %s", key, error)  # noqa: TRY400 -- it says it all
            await self._show_unkept(attempt, answer, end.note)
            return
        try:
            record = await self._record(attempt, answer)
            await self._showing.finish(attempt.live, record, end.note)
        except ParleyError as error:
            log.warning("question %s: the answer is stored, but not known to be shown; once more later: %s", key, error)
            await self._showing.bring_when_back(key, end.note)

    async def _ended(self, question: Question, sibling: int, text: str, end: AnswerEnd) -> Answer:
        tokens = await self._counted(text)
        return Answer(
            question.position, sibling, end.state, text, tokens, end.reason, finished_at=self._clock()
        )  # fmt: skip

    async def _store(self, answer: Answer, call: CallEnd) -> None:
        """Step (d), once more where it fails, because a lock passes. Raises StoreError."""
        try:
            await self._attempts.end(FinishedAttempt(answer, call))
        except StoreError as error:
            log.info("position %s: the answer could not be stored yet: %s", answer.position, error)
            await self._attempts.end(FinishedAttempt(answer, call))

    async def _record(self, attempt: _Attempt, answer: Answer) -> Record:
        """The record to show now: of a first attempt that attempt, else what the store says. Raises StoreError."""
        question, begun = attempt.question, attempt.begun
        if begun.sibling > 1 and (record := await self._questions.record(question.key)) is not None:
            return record
        return Record(question, (answer,), DisplayState(sibling=begun.sibling, wanted=begun.version))

    async def _show_unkept(self, attempt: _Attempt, answer: Answer, note: str) -> None:
        """Show an answer that the store could not take."""
        record = Record(attempt.question, (answer,), DisplayState(sibling=answer.sibling))
        seen = appearance_of(record, note)
        with suppress(ParleyError):
            await attempt.live.finish(replace(seen, note=seen.note or NOT_KEPT, controls=()))

    async def _counted(self, text: str) -> int:
        return self._count(text) if len(text) < _LARGE else await asyncio.to_thread(self._count, text)

    def _round(self, question: Question, begun: StartedAttempt) -> CallRound:
        """The calls of the attempt's one round."""
        profile = self._profiles.of(question.place)
        call = Call(
            purpose=Purpose.ANSWER,
            conversation_id=question.conversation_id,
            position=question.position,
            sibling=begun.sibling,
            step=1,
            place_id=question.place.id,
            guild_id=question.place.guild_id,
            person_id=question.author.id,
        )
        context = Context(profile, begun.window_from, begun.exchanges, begun.so_far)
        return CallRound(
            key=question.key,
            call=call,
            context=context,
            root_id=begun.root_id,
            until=self._until(question),
            call_id=begun.call_id,
        )


def _stopped(reason: StopReason) -> AnswerEnd:
    return AnswerEnd(AnswerState.STOPPED, reason)
