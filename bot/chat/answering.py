"""Makes one attempt at a question: stores its beginning, asks the model, stores its end, and shows it on Discord.

An attempt asks the model in rounds. A round is one call and the tools that the model asked for in it. There are no tools yet, so
every attempt has one round. The whole text is stored before the last edit, so that the next start can continue after a crash at
any point.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from bot.chat.admission import Admission
from bot.chat.appearance import DisplayState
from bot.chat.call_round import CallRound
from bot.chat.caller import Caller
from bot.chat.calls import Call, CallEnd, Purpose
from bot.chat.choosing import Choosing
from bot.chat.endings import NOT_STORED, RESTART, SHUTDOWN, TOO_OLD, AnswerEnd, appearance_of
from bot.chat.growing_text import GrowingText, broken
from bot.chat.lanes import DROPPED, Job, StopReason
from bot.chat.late_writes import LateWrites
from bot.chat.notices import ToldReasons
from bot.chat.ports.attempts import Attempts, FinishedAttempt, StartedAttempt
from bot.chat.ports.changes import Changes
from bot.chat.ports.clock import Clock
from bot.chat.ports.display import LiveAnswer
from bot.chat.ports.hindrances import Hindrances
from bot.chat.ports.intake import Intake, MessageDeleted
from bot.chat.ports.questions import Questions
from bot.chat.preparing import LONG_TEXT, Preparing
from bot.chat.profiles import Profile
from bot.chat.showing import Showing
from bot.chat.texts import NOT_KEPT
from bot.chat.tokens import Count
from bot.chat.turns import Answer, AnswerState, Question, Record, WrongTransition
from bot.chat.visible import is_blank
from bot.chat.window import Context
from bot.config import Current, RecoverySettings
from bot.errors import DisplayError, ModelError, ParleyError, StoreError

log = logging.getLogger(__name__)

_LAST_EDIT_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An attempt in writing: its question, its stored beginning, its round of calls, its text, and its display."""

    question: Question
    started: StartedAttempt
    round: CallRound
    growing: GrowingText
    live: LiveAnswer


class Answering:
    """Makes attempts: asks the model, shows the growing text, and stores and shows the end.

    A question older than `recovery.answer_within_seconds` gets no answer. At a shutdown, an answer in writing is ended, and has
    `last_edit_seconds` to be stored and shown.
    """

    def __init__(
        self,
        *,
        questions: Questions,
        attempts: Attempts,
        intake: Intake,
        caller: Caller,
        showing: Showing,
        choosing: Choosing,
        clock: Clock,
        count: Count,
        admission: Admission,
        hindrances: Hindrances,
        recovery: Current[RecoverySettings],
        late_writes: LateWrites,
        changes: Changes,
        last_edit_seconds: float = _LAST_EDIT_SECONDS,
    ) -> None:
        self._questions = questions
        self._attempts = attempts
        self._changes = changes
        self._caller = caller
        self._showing = showing
        self.preparing = Preparing(intake=intake, choosing=choosing, caller=caller, clock=clock, count=count)
        self._clock = clock
        self._count = count
        self._admission = admission
        self._hindrances = hindrances
        self._told = ToldReasons()
        self._recovery = recovery
        self._last_edit_seconds = last_edit_seconds
        self._late_writes = late_writes

    async def answer(self, question: Question, job: Job, *, late: bool = False, waited: bool = False) -> None:
        """Make the first attempt at a question. It ends without a call when it is `late` or when the job was stopped before.

        `waited`: a line about its wait may have been sent, which the attempt takes over.

        When the attempt cannot be started, the asker gets a notice and the question is closed; likewise, in a private message,
        when the bot may not write in the place any more. Whom the access lists deny gets nothing. Where the question changes
        meanwhile, the attempt begins again; where it is deleted, nothing is left of it on Discord.
        """
        if not job.changed and job.stopped is not StopReason.DELETION:
            await self._first(question, job, late=late, waited=waited)
        await self.begin_again(question, job, late=late, waited=waited)

    async def begin_again(self, question: Question, job: Job, *, late: bool = False, waited: bool = False) -> None:
        """Make another attempt while the question of a job has changed since the one before. Clear up after a deletion.

        Raises StoreError.
        """
        while job.changed:
            job.looks_again()
            record = await self._questions.record(question.key)
            if record is None or record.question.prompt is not None:
                continue
            if record.newest is None:
                await self._first(record.question, job, late=late, waited=waited)
            else:
                await self._another(record.question, record.newest.sibling, job, late=late)
        if job.stopped is StopReason.DELETION:
            await self._showing.bring(question)

    async def _first(self, question: Question, job: Job, *, late: bool, waited: bool) -> None:
        await self._late_writes.flush()
        end = AnswerEnd(AnswerState.FAILED, TOO_OLD) if late else None
        try:
            admitted = await self._admission.admit(question)
            if admitted is None:
                return
            question = admitted
            if await self._is_hindered(question):
                if waited:
                    await self._showing.withdraw(question)
                await self._close(question)
                return
            prepared = await self.preparing.first(question, job, asks=end is None, shown=waited)
            if job.stopped in DROPPED:
                return
            started = await self._attempts.begin(prepared.beginning)
        except MessageDeleted:
            await self._erase(question, job)
            return
        except Exception:
            log.exception("question %s could not be begun", question.key)
            if waited:
                await self._showing.withdraw(question)
            await self._showing.notice(question, ModelError.public)
            await self._close(question)  # the notice says to ask again, so the next start must not answer
            return
        if started is not None:
            if prepared.stopped:
                end = _stopped_by(prepared.stopped)
            await self._complete(prepared.question, prepared.profile, started, job, end)

    async def again(
        self, question: Question, after: int, job: Job, *, continues: int = 0, profile: Profile | None = None
    ) -> None:
        """Make another attempt after attempt `after`, unless a later one exists or the job was stopped. Raises StoreError.

        It is not made where the bot may not write any more. It begins with the text of attempt `continues`, 0 for none. A
        `profile` answers instead of the place's.
        """
        if not job.stopped and not await self._is_hindered(question):
            await self._late_writes.flush()
            prepared = await self.preparing.another(question, after, job, continues=continues, profile=profile)
            started = None if prepared.stopped else await self._attempts.begin(prepared.beginning)
            if started is not None:
                await self._complete(prepared.question, prepared.profile, started, job)
        await self.begin_again(question, job)

    async def _another(self, question: Question, after: int, job: Job, *, late: bool) -> None:
        """Make another attempt at a question that changed. It ends without a call when it is `late` or was stopped by a person."""
        try:
            prepared = await self.preparing.changed(question, after, job, asks=not late)
        except MessageDeleted:
            await self._erase(question, job)
            return
        if job.stopped in DROPPED:
            return
        end = AnswerEnd(AnswerState.FAILED, TOO_OLD) if late else None
        if prepared.stopped:
            end = _stopped_by(prepared.stopped)
        started = await self._attempts.begin(prepared.beginning)
        if started is not None:
            await self._complete(prepared.question, prepared.profile, started, job, end)

    async def _erase(self, question: Question, job: Job) -> None:
        """Erase a question whose message is found to be deleted. Raises StoreError."""
        log.info("question %s was deleted", question.key)
        await self._changes.erase(question.position, at=self._clock())
        job.stop(StopReason.DELETION)

    async def resume(self, question: Question, job: Job) -> None:
        """Repeat the attempt that a crash left in writing, from its beginning. Raises StoreError."""
        profile = await self.preparing.profile(question)
        started = await self._attempts.resume(question.position, reserve=profile.reserve, at=self._clock())
        await self._complete(question, profile, started, job)
        await self.begin_again(question, job)

    async def drop(self, question: Question, attempt: Answer, job: Job) -> None:
        """End the attempt that a crash left in writing although its question changed, and make another. Raises StoreError."""
        end = _stopped_by(StopReason.EDIT)
        await self._store(await self._finished_answer(question, attempt.sibling, "", end), CallEnd(end.reason))
        job.changed = True
        await self.begin_again(question, job, late=self.is_old(question))

    async def interrupt(self, question: Question, attempt: Answer, text: str, *, whole: bool = False) -> None:
        """End the attempt that a crash left in writing, and show its end. Raises StoreError.

        `text` is the text that Discord shows of it, empty when there is none. `whole`: it was complete, but could not be stored.
        """
        end = AnswerEnd(AnswerState.DONE, NOT_STORED) if whole and text else broken(text, attempt.text, RESTART)
        text = "" if end.state is AnswerState.FAILED else text or attempt.text
        answer = await self._finished_answer(question, attempt.sibling, text, end)
        await self._store(replace(answer, remarks=attempt.remarks), CallEnd(end.reason))
        await self._showing.bring(question, end.note)
        self._showing.rows.leave(question, attempt.sibling)

    def is_old(self, question: Question) -> bool:
        """Return whether a question is too old to be answered. A question that Discord's clock dates after ours is not."""
        return self._clock() > self._deadline(question)

    def _deadline(self, question: Question) -> int:
        """Return the time in milliseconds after which a question is too old to be answered."""
        return question.asked_at + int(self._recovery.value.answer_within_seconds * 1000)

    async def _is_hindered(self, question: Question) -> bool:
        """Return whether the bot may not write in the question's place any more; then its asker is told in private."""
        hindrance = self._hindrances.of(question.place)
        if hindrance is None:
            return False
        log.warning("question %s stays unanswered: in channel %s %s", question.key, question.place.id, hindrance.words)
        if self._told.tell(question, hindrance.words):
            await self._showing.tell(question, hindrance.public)
        return True

    async def _close(self, question: Question) -> None:
        """Mark a question as one that needs no answer any more; later if the store fails now."""
        try:
            await self._questions.close(question.position)
        except StoreError:
            self._late_writes.add(question.key, partial(self._questions.close, question.position))

    async def _complete(
        self,
        question: Question,
        profile: Profile,
        started: StartedAttempt,
        job: Job,
        end: AnswerEnd | None = None,
    ) -> None:
        """Take an attempt from its stored beginning to its end. With `end`, it gets that end without asking the model."""
        async with self._showing.live(question, started.sibling, started.messages) as live:
            growing = GrowingText(live, started.so_far)
            attempt = _Attempt(question, started, self._call_round(question, profile, started), growing, live)
            try:
                end = end or await self._ask_model(attempt, job)
            except asyncio.CancelledError:
                await self._finish_in_time(
                    asyncio.create_task(self._end(attempt, growing.broken(SHUTDOWN))), question.key
                )
                raise
            ending = asyncio.create_task(self._end(attempt, end))
            try:
                await asyncio.shield(ending)
            except asyncio.CancelledError:
                await self._finish_in_time(ending, question.key)
                raise

    async def _ask_model(self, attempt: _Attempt, job: Job) -> AnswerEnd:
        """Ask the model and return the end of the attempt. Every failure becomes an end that can be shown."""
        key, growing = attempt.question.key, attempt.growing
        if job.stopped:
            return _stopped_by(job.stopped)
        try:
            with job.stoppable():
                await self._caller.ask(attempt.round, growing.hear)
        except ModelError as error:
            log.warning("question %s: %s: %s", key, type(error).__name__, error)
            return growing.failed(error)
        except Exception:
            log.exception("question %s failed for an unforeseen reason", key)
            return growing.broken(ModelError.reason, ModelError.public)
        if job.stopped:
            return _stopped_by(job.stopped)
        if not growing.has_new_text:
            reason = growing.finish and growing.finish.reason
            log.warning("question %s: the model's answer holds no text (finish reason %r)", key, reason)
        return growing.ended()

    async def _finish_in_time(self, ending: asyncio.Task[None], key: int) -> None:
        """Give the task `ending` at most `last_edit_seconds` to finish, then cancel it: the bot is shutting down."""
        try:
            await asyncio.wait({ending}, timeout=self._last_edit_seconds)
        finally:
            if ending.cancel():
                log.warning("question %s: stopped before its last edit; the next start makes it", key)
            await asyncio.wait({ending})

    async def _end(self, attempt: _Attempt, end: AnswerEnd) -> None:
        """Store the end of an attempt with its whole text, then make the last edit, even if the text could not be stored."""
        key, growing = attempt.question.key, attempt.growing
        dropped = end.state is AnswerState.STOPPED and end.reason in DROPPED
        if dropped:
            await self._leave(attempt)
        text = "" if dropped or is_blank(growing.text) else growing.text
        answer = await self._finished_answer(attempt.question, attempt.started.sibling, text, end)
        answer = replace(answer, remarks=attempt.round.remarks)
        new_tokens = await self._count_tokens(text.removeprefix(growing.kept)) if growing.kept else answer.tokens
        try:
            await self._store(answer, attempt.round.end(end.reason, new_tokens))
        except WrongTransition:  # the question was deleted, or a message of the answer: both end its attempt in the store
            await self._leave(attempt)
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
        try:
            record = await self._record(attempt, answer)
            await self._showing.finish(attempt.live, record, end.note)
        except ParleyError as error:
            self._showing.later(attempt.question, end.note, error)
        self._showing.rows.leave(attempt.question, attempt.started.sibling)

    async def _leave(self, attempt: _Attempt) -> None:
        """Leave what Discord shows of an attempt as it is, for another attempt or to be cleared."""
        with suppress(DisplayError):
            await attempt.live.leave()

    async def _finished_answer(self, question: Question, sibling: int, text: str, end: AnswerEnd) -> Answer:
        tokens = await self._count_tokens(text)
        return Answer(question.position, sibling, end.state, text, tokens, end.reason, finished_at=self._clock())

    async def _store(self, answer: Answer, call: CallEnd) -> None:
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

    async def close(self) -> None:
        """Try for the last time to store what the store did not take."""
        await self._late_writes.close()

    async def _record(self, attempt: _Attempt, answer: Answer) -> Record:
        """Return the record to show: of a first attempt without reading the store, else the stored one. Raises StoreError."""
        question, started = attempt.question, attempt.started
        if started.sibling > 1 and (record := await self._questions.record(question.key)) is not None:
            return record
        return Record(question, (answer,), DisplayState(sibling=started.sibling, wanted=started.version))

    async def _show_unstored(self, attempt: _Attempt, answer: Answer, note: str) -> None:
        """Show an answer that could not be stored, without buttons. Ignore a failure of the display."""
        record = Record(attempt.question, (answer,), DisplayState(sibling=answer.sibling))
        appearance = appearance_of(record, note)
        with suppress(ParleyError):
            await attempt.live.finish(replace(appearance, note=appearance.note or NOT_KEPT, controls=()))

    async def _count_tokens(self, text: str) -> int:
        return self._count(text) if len(text) < LONG_TEXT else await asyncio.to_thread(self._count, text)

    def _call_round(self, question: Question, profile: Profile, started: StartedAttempt) -> CallRound:
        """Return the attempt's only round of calls, before its first request."""
        call = Call(
            purpose=Purpose.ANSWER,
            conversation_id=question.conversation_id,
            position=question.position,
            sibling=started.sibling,
            step=1,
            place_id=question.place.id,
            guild_id=question.place.guild_id,
            person_id=question.author.id,
        )
        context = Context(
            profile, started.window_from, started.exchanges, started.so_far, files_from=started.files_from
        )
        return CallRound(
            key=question.key,
            call=call,
            context=context,
            root_id=started.root_id,
            until=self._deadline(question),
            call_id=started.call_id,
        )


def _stopped_by(reason: StopReason) -> AnswerEnd:
    return AnswerEnd(AnswerState.STOPPED, reason)
