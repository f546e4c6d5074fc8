"""Makes one attempt at a question: stores its beginning, asks the model, stores its end, and shows it on Discord.

An attempt asks the model in rounds. A round is one call and the tools that the model asked for in it. There are no tools yet, so
every attempt has one round. The whole text is stored before the last edit, so that the next start can continue after a crash at
any point.
"""

import asyncio
import logging
from collections.abc import Container
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final

from bot.chat.admission import Admission
from bot.chat.attempt_ends import Attempt, AttemptEnds
from bot.chat.branching import Branching
from bot.chat.call_round import CallRound
from bot.chat.caller import Caller
from bot.chat.calls import Call, CallEnd, Purpose
from bot.chat.choosing import Choosing
from bot.chat.endings import NOT_STORED, RESTART, SHUTDOWN, TOO_OLD, AnswerEnd, stopped
from bot.chat.growing_text import GrowingText, broken
from bot.chat.lanes import DROPPED, Job, Lanes, StopReason
from bot.chat.late_writes import LateWrites
from bot.chat.notices import ToldReasons
from bot.chat.ports.attempts import Attempts, StartedAttempt
from bot.chat.ports.changes import Changes
from bot.chat.ports.clock import Clock
from bot.chat.ports.hindrances import Hindrances
from bot.chat.ports.intake import Intake, MessageDeleted
from bot.chat.ports.questions import Questions
from bot.chat.preparing import PreparedAttempt, Preparing
from bot.chat.profiles import Profile
from bot.chat.showing import Showing
from bot.chat.tokens import Count
from bot.chat.turns import Answer, AnswerState, Question, WrongTransition
from bot.chat.window import Context
from bot.config import Current, RecoverySettings
from bot.errors import ModelError, StoreError

log = logging.getLogger(__name__)

_LAST_EDIT_SECONDS: Final = 5.0


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
        branching: Branching,
        clock: Clock,
        count: Count,
        admission: Admission,
        hindrances: Hindrances,
        recovery: Current[RecoverySettings],
        late_writes: LateWrites,
        changes: Changes,
        lanes: Lanes,
        opted_out: Container[int | None],
        last_edit_seconds: float = _LAST_EDIT_SECONDS,
    ) -> None:
        self._questions = questions
        self._attempts = attempts
        self._changes = changes
        self._lanes = lanes
        self._caller = caller
        self._showing = showing
        self.preparing = Preparing(
            intake=intake,
            choosing=choosing,
            branching=branching,
            caller=caller,
            clock=clock,
            count=count,
            opted_out=opted_out,
        )
        self._ends = AttemptEnds(
            questions=questions,
            attempts=attempts,
            caller=caller,
            showing=showing,
            clock=clock,
            count=count,
            late_writes=late_writes,
        )
        self._clock = clock
        self._admission = admission
        self._hindrances = hindrances
        self._told = ToldReasons()
        self._recovery = recovery
        self._last_edit_seconds = last_edit_seconds
        self._writing: dict[int, GrowingText] = {}
        self._late_writes = late_writes

    async def answer(self, question: Question, job: Job, *, late: bool = False, waited: bool = False) -> None:
        """Make the first attempt at a question. It ends without a call when it is `late` or when the job was stopped before.

        `waited`: the attempt takes over a line about the wait. When it cannot start, the asker gets a notice and the question
        is closed; likewise, in private, when the bot may not write in the place any more. Whom access lists deny gets nothing.
        Where the question changes meanwhile, the attempt begins again; where it is deleted, nothing is left of it on Discord.
        """
        if not job.changed and job.stopped is not StopReason.DELETION:
            await self._first(question, job, late=late, waited=waited)
        await self.begin_again(question, job, late=late, waited=waited)

    async def begin_again(
        self, question: Question, job: Job, *, late: bool = False, waited: bool = False, tries: int = 0
    ) -> None:
        """Make another attempt while its question has changed; later where the store fails. Clear up after a deletion."""
        while job.changed and (not job.beside or job.stopped is StopReason.PERSON):
            job.looks_again()
            try:
                await self._answer_changed(question, job, late=late, waited=waited)
            except StoreError as error:
                await self._take_up_later(question, job, error, tries)
        if job.stopped is StopReason.DELETION:
            await self._showing.bring(question)
        elif job.changed:  # a job beside the lane asks no model: it leaves the attempt to the lane
            self._lanes.submit(question.place.id, question.key, partial(self._take_up, question, tries))

    async def _answer_changed(self, question: Question, job: Job, *, late: bool, waited: bool) -> None:
        """Make an attempt at a question that changed, unless that was done meanwhile. Raises StoreError."""
        record = await self._questions.record(question.key)
        if record is None or record.question.prompt is not None:
            return
        if record.newest is None:
            await self._first(record.question, job, late=late, waited=waited)
        else:
            await self._another(record.question, record.newest.sibling, job, late=late)

    async def _take_up_later(self, question: Question, job: Job, error: StoreError, tries: int) -> None:
        """Queue another try at a question that waits, after a pause. After the last, the question is given up."""
        pauses = self._showing.pauses
        if tries < len(pauses):
            log.warning("question %s changed and cannot be answered again yet: %s", question.key, error)
            work = partial(self._take_up, question, tries + 1)
            self._lanes.submit_later(pauses[tries], job, work)
            return
        log.error("question %s changed and cannot be answered again: %s", question.key, error)
        await self._ends.give_up(question)

    async def _take_up(self, question: Question, tries: int, job: Job) -> None:
        job.changed = True
        await self.begin_again(question, job, late=self.is_old(question), tries=tries)

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
                await self._ends.close(question)
                return
            with self.preparing.unstored.until_stored():
                prepared = await self.preparing.first(question, job, asks=end is None, shown=waited)
                started = await self._begin(prepared, job)
        except MessageDeleted:
            await self._erase(question, job)
            return
        except Exception:
            log.exception("question %s could not be begun", question.key)
            await self._ends.give_up(question, withdraw=waited)
            return
        if started is not None:
            end = stopped(prepared.stopped) if prepared.stopped else end
            await self._complete(prepared.question, prepared.profile, started, job, end)

    async def _begin(self, prepared: PreparedAttempt, job: Job) -> StartedAttempt | None:
        """Store the beginning of an attempt (store step (b)). Return None when its question changed or was deleted meanwhile."""
        if job.stopped in DROPPED:
            return None
        beginning = self.preparing.without_withdrawn(prepared.beginning, prepared.question.author.id)
        return await self._attempts.begin(beginning)

    async def again(
        self, question: Question, after: int, job: Job, *, continues: int = 0, profile: Profile | None = None
    ) -> None:
        """Make another attempt after attempt `after`, unless a later one exists or the job was stopped. Raises StoreError.

        It is not made where the bot may not write any more. It begins with the text of attempt `continues`, 0 for none. A
        `profile` answers instead of the place's.
        """
        if not job.stopped and not await self._is_hindered(question):
            await self._late_writes.flush()
            try:
                with self.preparing.unstored.until_stored():
                    prepared = await self.preparing.another(question, after, job, continues=continues, profile=profile)
                    started = None if prepared.stopped else await self._begin(prepared, job)
            except MessageDeleted:
                await self._erase(question, job)
            else:
                if started is not None:
                    await self._complete(prepared.question, prepared.profile, started, job)
        await self.begin_again(question, job)

    async def _another(self, question: Question, after: int, job: Job, *, late: bool) -> None:
        """Make another attempt at a question that changed. It ends without a call when it is `late` or a person stopped it.

        When the question cannot be rendered, the asker gets a notice and it is closed. Raises StoreError.
        """
        try:
            with self.preparing.unstored.until_stored():
                prepared = await self.preparing.changed(question, after, job, asks=not late)
                started = await self._begin(prepared, job)
        except MessageDeleted:
            await self._erase(question, job)
            return
        except StoreError:
            raise
        except Exception:
            log.exception("question %s could not be begun again", question.key)
            await self._ends.give_up(question)
            return
        end = AnswerEnd(AnswerState.FAILED, TOO_OLD) if late else None
        end = stopped(prepared.stopped) if prepared.stopped else end
        if started is not None:
            await self._complete(prepared.question, prepared.profile, started, job, end)

    async def _erase(self, question: Question, job: Job) -> None:
        """Erase a question whose message is found to be deleted. Raises StoreError."""
        log.info("question %s was deleted", question.key)
        messages = (question.key, *(one.message_id for one in question.joined))
        if not await self._changes.erase(question.position, messages, at=self._clock()) and job.changed:
            return  # another message has just joined
        job.stop(StopReason.DELETION)

    async def resume(self, question: Question, job: Job) -> None:
        """Repeat the attempt that a crash left in writing, from its beginning, unless its question changed.

        Repeated sends find what was sent before the crash by their nonces. Where the question changes before them, Discord is
        searched for it, because the next attempt has other nonces. Raises StoreError, and DisplayError while Discord is down.
        """
        profile = await self.preparing.profile(question)
        started = await self._attempts.resume(question.position, reserve=profile.reserve, at=self._clock())
        if started is not None:
            await self._complete(question, profile, started, job)
        if job.changed and (record := await self._questions.record(question.key)) is not None:
            await self._showing.find(record)
        await self.begin_again(question, job)

    async def changed(self, question: Question, newest: Answer, job: Job) -> None:
        """Make another attempt at a question that changed before a crash, after its newest one ended. Raises StoreError."""
        if not newest.state.finished:
            end = stopped(StopReason.EDIT)
            answer = await self._ends.finished_answer(question, newest.sibling, "", end)
            await self._ends.store(answer, CallEnd(end.reason))
        job.changed = True
        await self.begin_again(question, job, late=self.is_old(question))

    async def interrupt(self, question: Question, attempt: Answer, text: str, *, whole: bool = False) -> None:
        """End the attempt that a crash left in writing, and show its end. Raises StoreError.

        `text` is the text that Discord shows of it, empty when there is none. `whole`: it was complete, but could not be stored.
        """
        end = AnswerEnd(AnswerState.DONE, NOT_STORED) if whole and text else broken(text, attempt.text, RESTART)
        text = "" if end.state is AnswerState.FAILED else text or attempt.text
        answer = await self._ends.finished_answer(question, attempt.sibling, text, end)
        with suppress(WrongTransition):  # a deletion has ended the attempt in the store
            await self._ends.store(replace(answer, remarks=attempt.remarks), CallEnd(end.reason))
        await self._showing.bring(question, end.note)
        self._showing.rows.leave(question, attempt.sibling)

    def has_heard(self, key: int) -> bool:
        """Return whether an attempt in writing at a question has any text of the model's, or is about to end."""
        growing = self._writing.get(key)
        return growing is not None and (growing.has_new_text or growing.finish is not None)

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
            attempt = Attempt(question, started, self._call_round(question, profile, started), growing, live)
            self._writing[question.key] = growing
            try:
                await self._write(attempt, job, end)
            finally:
                del self._writing[question.key]

    async def _write(self, attempt: Attempt, job: Job, end: AnswerEnd | None) -> None:
        """Ask the model unless there is an `end`, and end the attempt, also at a shutdown."""
        key = attempt.question.key
        try:
            end = end or await self._ask_model(attempt, job)
        except asyncio.CancelledError:
            shut_down = attempt.growing.broken(SHUTDOWN)
            await self._finish_in_time(asyncio.create_task(self._ends.end(attempt, shut_down)), key)
            raise
        ending = asyncio.create_task(self._ends.end(attempt, end))
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await self._finish_in_time(ending, key)
            raise

    async def _ask_model(self, attempt: Attempt, job: Job) -> AnswerEnd:
        """Ask the model and return the end of the attempt. Every failure becomes an end that can be shown."""
        key, growing = attempt.question.key, attempt.growing
        if job.stopped:
            return stopped(job.stopped)
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
            return stopped(job.stopped)
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

    async def close(self) -> None:
        """Try for the last time to store what the store did not take."""
        await self._late_writes.close()

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
            profile,
            started.window_from,
            started.exchanges,
            started.so_far,
            files_from=started.files_from,
            broken=started.broken,
        )
        return CallRound(
            key=question.key,
            call=call,
            context=context,
            root_id=started.root_id,
            until=self._deadline(question),
            call_id=started.call_id,
        )
