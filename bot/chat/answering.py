"""Makes attempts at questions: decides whether one is made, stores its beginning, and makes another where the question changes.

`bot.chat.preparing` renders the question before that, and `bot.chat.writing` takes the attempt from there to its end.
"""

import logging
from functools import partial

from bot.chat.admission import Admission
from bot.chat.attempt_ends import AttemptEnds
from bot.chat.endings import TOO_OLD, AnswerEnd, stopped
from bot.chat.lanes import DROPPED, Job, Lanes, StopReason
from bot.chat.late_writes import LateWrites
from bot.chat.notices import ToldReasons
from bot.chat.ports.attempts import Attempts, StartedAttempt
from bot.chat.ports.changes import Changes
from bot.chat.ports.clock import Clock
from bot.chat.ports.hindrances import Hindrances
from bot.chat.ports.intake import MessageDeleted
from bot.chat.ports.questions import Questions
from bot.chat.preparing import PreparedAttempt, Preparing
from bot.chat.profiles import Profile
from bot.chat.showing import Showing
from bot.chat.turns import AnswerState, Question
from bot.chat.writing import Writing
from bot.config import Current, RecoverySettings
from bot.errors import StoreError

log = logging.getLogger(__name__)


class Answering:
    """Makes the first and later attempts at questions.

    A question older than `recovery.answer_within_seconds` gets no answer.
    """

    def __init__(
        self,
        *,
        questions: Questions,
        attempts: Attempts,
        changes: Changes,
        admission: Admission,
        hindrances: Hindrances,
        preparing: Preparing,
        writing: Writing,
        ends: AttemptEnds,
        showing: Showing,
        lanes: Lanes,
        late_writes: LateWrites,
        clock: Clock,
        recovery: Current[RecoverySettings],
    ) -> None:
        self._questions = questions
        self._attempts = attempts
        self._changes = changes
        self._admission = admission
        self._hindrances = hindrances
        self._preparing = preparing
        self._writing = writing
        self._ends = ends
        self._showing = showing
        self._lanes = lanes
        self._late_writes = late_writes
        self._clock = clock
        self._recovery = recovery
        self._told = ToldReasons()

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
            with self._preparing.unstored.until_stored():
                prepared = await self._preparing.first(question, job, asks=end is None, shown=waited)
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
            await self._write(prepared.question, prepared.profile, started, job, end)

    async def _begin(self, prepared: PreparedAttempt, job: Job) -> StartedAttempt | None:
        """Store the beginning of an attempt (store step (b)). Return None when its question changed or was deleted meanwhile."""
        if job.stopped in DROPPED:
            return None
        beginning = self._preparing.without_withdrawn(prepared.beginning, prepared.question.author.id)
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
                with self._preparing.unstored.until_stored():
                    prepared = await self._preparing.another(question, after, job, continues=continues, profile=profile)
                    started = None if prepared.stopped else await self._begin(prepared, job)
            except MessageDeleted:
                await self._erase(question, job)
            else:
                if started is not None:
                    await self._write(prepared.question, prepared.profile, started, job)
        await self.begin_again(question, job)

    async def _another(self, question: Question, after: int, job: Job, *, late: bool) -> None:
        """Make another attempt at a question that changed. It ends without a call when it is `late` or a person stopped it.

        When the question cannot be rendered, the asker gets a notice and it is closed. Raises StoreError.
        """
        try:
            with self._preparing.unstored.until_stored():
                prepared = await self._preparing.changed(question, after, job, asks=not late)
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
            await self._write(prepared.question, prepared.profile, started, job, end)

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
        profile = await self._preparing.profile(question)
        started = await self._attempts.resume(question.position, reserve=profile.reserve, at=self._clock())
        if started is not None:
            await self._write(question, profile, started, job)
        if job.changed and (record := await self._questions.record(question.key)) is not None:
            await self._showing.find(record)
        await self.begin_again(question, job)

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

    async def _write(
        self, question: Question, profile: Profile, started: StartedAttempt, job: Job, end: AnswerEnd | None = None
    ) -> None:
        """Take an attempt from its stored beginning to its end. With `end`, it gets that end without asking the model."""
        await self._writing.write(question, profile, started, job, until=self._deadline(question), end=end)
