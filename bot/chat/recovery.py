"""Recovery: at start-up, every state that a crash can leave is taken to its next step.

| state left by the crash | next step |
| --- | --- |
| a question without an attempt, with or without a line that it waits | answered if young, else failed with one line and Retry |
| a first attempt in `writing`, Discord shows at most a remark | made again if the question is young, else failed with Retry |
| a first attempt in `writing`, Discord shows some of it | interrupted: the text on Discord is stored, with Retry under it |
| the same, and Discord shows all of it, with a remark that it could not be stored | stored as done |
| a later attempt in `writing` | made again if the question is young, else ended without new text |
| an attempt in `writing`, its question was edited or joined | ended without text, and another made |
| an attempt that ended, its question was edited or joined | another is made if the question is young, else it fails |
| a question that was deleted, and an unfinished answer of it on Discord | deleted on Discord |
| an attempt that ended, and Discord is behind | shown on Discord |
| an open call | marked as lost |
| a message that we were about to delete | deleted |
| any of these, and people change the question while it is taken up | the next step of what it is then |

Recovery looks on Discord for the answer's messages, because a message may exist although its id was never stored. A question that
cannot be taken up while Discord or the store fails is queued again after a pause, so that its place goes on meanwhile.
"""

import logging
from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final

from bot.chat.answering import Answering
from bot.chat.appearance import DisplayOutcome, Shown
from bot.chat.attempt_ends import AttemptEnds
from bot.chat.calls import CallEnd
from bot.chat.endings import NOT_STORED, RESTART, AnswerEnd, stopped
from bot.chat.growing_text import broken
from bot.chat.lanes import DROPPED, Job, Lanes, StopReason
from bot.chat.ports.attempts import Attempts
from bot.chat.ports.calls import Calls
from bot.chat.ports.clock import Clock
from bot.chat.ports.questions import Questions
from bot.chat.showing import Showing
from bot.chat.texts import NOT_KEPT
from bot.chat.turns import Answer, AnswerState, Question, Record, WrongTransition
from bot.errors import DisplayError, StoreError

log = logging.getLogger(__name__)

_MINUTE: Final = 60_000
_IN_ORDER: Final = 3
"""Failures of a question up to which the later ones of its place wait for it."""


class Recovery:
    """Queues a recovery job for each question that a crash left, in order, in the lane of its place."""

    def __init__(
        self,
        *,
        questions: Questions,
        attempts: Attempts,
        calls: Calls,
        answering: Answering,
        ends: AttemptEnds,
        showing: Showing,
        lanes: Lanes,
        clock: Clock,
    ) -> None:
        self._questions = questions
        self._attempts = attempts
        self._calls = calls
        self._answering = answering
        self._ends = ends
        self._showing = showing
        self._lanes = lanes
        self._clock = clock
        self._failing: defaultdict[int, set[int]] = defaultdict(set)

    async def start(self) -> None:
        """Queue every question that a crash left, and mark open calls as lost. Raises StoreError.

        Attempts begun in the last minute count towards the limit of their place.
        """
        now = self._clock()
        for place_id, began_at in await self._attempts.begun_since(now - _MINUTE):
            self._lanes.began(place_id, (now - began_at) / 1000)
        if lost := await self._calls.lose(at=now):
            log.info("%s calls to a model were left open; they are counted at the most that they may cost", lost)
        for question in await self._questions.behind():
            self._lanes.submit(question.place_id, question.key, self._recover)

    async def _recover(self, job: Job, tries: int = 0) -> None:
        """Take a question to its next step. After a failure it is queued again, and its state is read again then."""
        failing, pauses = self._failing[job.place_id], self._showing.pauses
        failing.discard(job.key)
        if any(key < job.key for key in failing):
            self._recover_later(job, pauses[0], tries)
            return
        try:
            await self._take_up(job)
        except (DisplayError, StoreError) as error:
            log.info("question %s: what a crash left cannot be taken up yet: %s", job.key, error)
            if tries < len(pauses):
                if tries < _IN_ORDER:
                    failing.add(job.key)
                self._recover_later(job, pauses[tries], tries + 1)

    async def _take_up(self, job: Job) -> None:
        """Take a question to its next step, and once more where people changed it meanwhile."""
        changed = True
        while changed:
            job.looks_again()
            before = job.stopped
            record = await self._questions.record(job.key, deleted=True)
            if record is None or not record.display.behind:
                return
            await self._take_next_step(record, job)
            changed = job.changed or (job.stopped is StopReason.DELETION and before is not StopReason.DELETION)

    def _recover_later(self, job: Job, seconds: float, tries: int) -> None:
        self._lanes.submit_later(seconds, job, partial(self._recover, tries=tries))

    async def _take_next_step(self, record: Record, job: Job) -> None:
        """Take a question to the next step of its state. Raises StoreError, and DisplayError while Discord is down."""
        newest = record.newest
        record = await self._showing.find(record)
        if record.question.deleted:
            await self._showing.bring(record.question)
            return
        if newest is not None and record.question.prompt is None:
            await self._make_another(record.question, newest, job)
            return
        if newest is None:
            late, waited = self._answering.is_old(record.question), bool(record.display.messages.live)
            await self._answering.answer(record.question, job, late=late, waited=waited)
            return
        if newest.state is AnswerState.WRITING:
            await self._resume_or_interrupt(record, newest, job)
        elif self._answering.is_old(record.question) and self._is_only_a_note(record):
            await self._showing.shown(
                record, DisplayOutcome.SHOWN
            )  # the asker of an old question no longer waits for a note
        else:
            await self._showing.bring(record.question)

    async def _make_another(self, question: Question, newest: Answer, job: Job) -> None:
        """Make another attempt at a question that changed before the crash, after its newest one ended. Raises StoreError."""
        if not newest.state.finished:
            end = stopped(StopReason.EDIT)
            answer = await self._ends.finished_answer(question, newest.sibling, "", end)
            await self._ends.store(answer, CallEnd(end.reason))
        job.changed = True
        await self._answering.begin_again(question, job, late=self._answering.is_old(question))

    async def _resume_or_interrupt(self, record: Record, newest: Answer, job: Job) -> None:
        question = record.question
        # Messages of a later attempt may show the one before.
        shown = await self._showing.read(record) if newest.sibling == 1 else Shown("")
        if job.stopped in DROPPED:
            return
        if shown is not None and not shown.text and not self._answering.is_old(question):
            await self._answering.resume(question, job)
        elif shown is None:
            await self._interrupt(question, newest, "")
        else:
            await self._interrupt(question, newest, shown.text, whole=shown.note.startswith(NOT_KEPT))

    async def _interrupt(self, question: Question, attempt: Answer, text: str, *, whole: bool = False) -> None:
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

    def _is_only_a_note(self, record: Record) -> bool:
        """Return whether only a note is left to show, which says why there is no answer, and no message exists to hold it."""
        messages, displayed = record.display.messages, record.displayed
        ours = messages.live or messages.retired or self._showing.knows_by_nonce(record)
        return not (displayed and displayed.text) and not ours
