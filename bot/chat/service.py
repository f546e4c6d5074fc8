"""The actions of people on a conversation: ask, retry or continue an answer, pick an attempt, reset, and undo a reset.

A question is stored before anything else happens to it. Its answer is then a job in the lane of its place, which runs one job at
a time.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final

from bot.chat.answering import Answering
from bot.chat.appearance import DisplayOutcome, Verb
from bot.chat.branching import Branching
from bot.chat.budget import TokenBudget
from bot.chat.bursts import Burst, Bursts
from bot.chat.lanes import Job, Lanes, StopReason
from bot.chat.notices import ToldReasons
from bot.chat.places import Place
from bot.chat.ports.attempts import Attempts
from bot.chat.ports.clock import Clock
from bot.chat.ports.conversations import Conversations, Reset
from bot.chat.ports.questions import Claim, Press, Questions
from bot.chat.profiles import Profile
from bot.chat.queue_lines import QueueLines
from bot.chat.showing import WAIT_SECONDS, Showing
from bot.chat.texts import TOO_LONG_A_QUEUE, TOO_MANY
from bot.chat.turns import Asked, Question, Record, TurnedDown
from bot.chat.writing import Writing
from bot.config import ChatSettings, Current, LimitSettings
from bot.errors import ModelError, StoreError

log = logging.getLogger(__name__)

_DROP_SECONDS: Final = 2.0
"""How long `/stop` waits until dropped questions are stored and shown as stopped, before it says so."""
_CLAIM_SECONDS: Final = 0.005
"""About how long the claim of a question takes."""


class PressOutcome(StrEnum):
    """The outcome of a press of a button that starts another attempt."""

    QUEUED = "queued"
    IMPOSSIBLE = "impossible"
    LIMIT = "limit"
    QUEUE = "queue"
    BUDGET = "budget"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The outcome of `/stop`: whether the answer in writing was stopped, and how many waiting questions were dropped."""

    running: bool = False
    dropped: int = 0


class ChatService:
    """Carries out the actions of people: checks and stores each, and queues the job that answers it or updates the display."""

    def __init__(
        self,
        *,
        questions: Questions,
        attempts: Attempts,
        conversations: Conversations,
        branching: Branching,
        answering: Answering,
        writing: Writing,
        showing: Showing,
        lanes: Lanes,
        budget: TokenBudget,
        clock: Clock,
        limits: Current[LimitSettings],
        chat: Current[ChatSettings],
        line_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._questions = questions
        self._attempts = attempts
        self._conversations = conversations
        self._branching = branching
        self._answering = answering
        self._showing = showing
        self._lanes = lanes
        self._budget = budget
        self._clock = clock
        self._limits = limits
        self.lines = QueueLines(lanes, showing, line_seconds)
        self._arriving: Counter[int] = Counter()
        self._following: set[tuple[int, int]] = set()
        self._told = ToldReasons()
        self._bursts = Bursts(chat, writing.has_heard)

    async def mention(self, asked: Asked) -> bool:
        """Claim a mention and queue its answer. Return False when it was claimed before, is turned down, or could not be stored.

        It is turned down, with a notice, when the place's queue is full, when its author asked too often, or when the tokens of
        the day are used up. One that follows another by its author within a moment joins that one's question.
        """
        if (
            self._budget.spent is None
            and (burst := self._bursts.before(asked)) is not None
            and await self._join(asked, burst)
        ):
            return True
        with self._bursts.begins(asked) as burst:
            return await self._ask(asked, burst)

    async def _join(self, asked: Asked, burst: Burst) -> bool:
        """Let a mention join the question of its burst. Return False where that takes none any more."""
        question = await asyncio.shield(burst.question)
        if question is None or not self._bursts.takes(question, burst, runs=self._lanes.runs(question.key)):
            return False
        per_minute = self._limits.value.user_per_minute
        try:
            if not await self._questions.join(asked, question.position, per_minute=per_minute):
                return False
        except StoreError as error:
            log.info("message %s could not join question %s: %s", asked.key, question.key, error)
            return False
        burst.at = asked.asked_at
        burst.restarted = burst.restarted or self._lanes.runs(question.key)
        log.info("message %s joined question %s", asked.key, question.key)
        if not self._lanes.stop(question.key, StopReason.JOINED):
            self._lanes.submit(question.place.id, question.key, partial(self._answer_changed, question))
        return True

    async def _answer_changed(self, question: Question, job: Job) -> None:
        job.changed = True
        await self._answering.begin_again(question, job)

    async def _ask(self, asked: Asked, burst: Burst) -> bool:
        """Claim a mention that begins a burst, and queue its answer. See `mention`."""
        place_id = asked.place.id
        if (spent := self._budget.spent) is not None:
            await self.turn_down(asked, TurnedDown.BUDGET, spent.public, reason=TurnedDown.BUDGET)
            return False
        if self._is_full(place_id):
            await self.turn_down(asked, TurnedDown.QUEUE, TOO_LONG_A_QUEUE)
            return False
        with self._arrives(place_id):
            claim = await self._claim(asked)
        if claim is None:
            return False
        if claim.question.turned_down is None:
            self._queue(claim.question)
            burst.question.set_result(claim.question)
            return True
        await self._say_once(asked, TurnedDown.LIMIT, TOO_MANY)
        return False

    async def ask(self, asked: Asked) -> PressOutcome:
        """Claim a question that is no mention, and queue its answer. Raises StoreError.

        It counts like a mention, but where it is turned down nothing is said in its place. One that was claimed before is queued.
        """
        if self._budget.spent is not None:
            return PressOutcome.BUDGET
        if self._is_full(asked.place.id):
            return PressOutcome.QUEUE
        with self._arrives(asked.place.id):
            claim = await self._questions.claim(asked, per_minute=self._limits.value.user_per_minute)
        if claim is not None and claim.question.turned_down is not None:
            return PressOutcome.LIMIT
        if claim is not None:
            self._queue(claim.question)
        return PressOutcome.QUEUED

    def _queue(self, question: Question) -> None:
        """Queue the first attempt at a question that was claimed."""
        late = self._answering.is_old(question)
        self._lanes.submit(question.place.id, question.key, partial(self._answer, question, late))
        if question.text:  # else its author's roles are not known yet
            self.lines.watch(question)

    async def _answer(self, question: Question, late: bool, job: Job) -> None:  # noqa: FBT001 -- for `partial`
        if job.stopped is StopReason.DELETION:
            await self.lines.sent(question.key)
        waited = self.lines.take(question.key)
        await self._answering.answer(question, job, late=late, waited=waited)

    def _is_full(self, place_id: int) -> bool:
        return self._lanes.waiting(place_id) + self._arriving[place_id] >= self._limits.value.place_queue

    @contextmanager
    def _arrives(self, place_id: int) -> Generator[None]:
        """Count a question or a press that is being claimed towards its place's queue."""
        self._arriving[place_id] += 1
        try:
            yield
        finally:
            self._arriving[place_id] -= 1
            if not self._arriving[place_id]:
                del self._arriving[place_id]

    async def turn_down(self, asked: Asked, turned_down: TurnedDown, text: str, reason: str = "") -> None:
        """Claim a mention that gets no answer, and say why in `text`: each `reason` at most once a minute per person and place.

        The reason is the text itself unless it is given.
        """
        if await self._claim(asked, turned_down) is not None:
            await self._say_once(asked, reason or text, text)

    async def _say_once(self, asked: Asked, reason: str, text: str) -> None:
        if self._told.tell(asked, reason):
            await self._showing.notice(asked, text)

    async def _claim(self, asked: Asked, turned_down: TurnedDown | None = None) -> Claim | None:
        """Claim a mention (store step (a)). Return None when it was claimed before, or when the store failed, after a notice."""
        try:
            per_minute = self._limits.value.user_per_minute
            claim = await self._questions.claim(asked, per_minute=per_minute, turned_down=turned_down)
        except StoreError as error:
            log.error("question %s could not be stored: %s", asked.key, error)  # noqa: TRY400 -- the message says it all
            await self._showing.notice(asked, ModelError.public)
            return None
        if claim is None:
            log.debug("question %s was claimed before", asked.key)
        return claim

    async def reset(self, place: Place, by: int) -> Reset | None:
        """Start a new conversation in `place`. Return None when the open one is still empty. Raises StoreError."""
        await self._branching.settle(place)
        return await self._conversations.reset(place, by=by, at=self._clock())

    async def branch(self, place: Place, source: Place, message_id: int, *, written_at: int) -> bool:
        """Let a new thread go on from a message of `source`, or, where that is no turn's, from the last turn before it.

        `written_at` is the message's time in milliseconds: what was reset before it is left out. Return False when there is no
        turn. Raises StoreError.
        """
        await self._branching.settle(source)
        return await self._conversations.branch(
            place, self._clock(), source_id=source.id, message_id=message_id, written_at=written_at
        )

    async def opened_by(self, conversation_id: int) -> int | None:
        """Return the id of the person whose reset opened the conversation; None when no reset did. Raises StoreError."""
        return await self._conversations.opened_by(conversation_id)

    async def undo(self, conversation_id: int, place_id: int) -> bool:
        """Undo the reset that opened the conversation. Return False when it is no longer open. Raises StoreError."""
        return await self._conversations.undo(conversation_id, place_id=place_id, at=self._clock())

    async def counts(self, press: Press) -> bool:
        """Count a press that starts no attempt in `limits.user_per_minute`. Return False over the limit. Raises StoreError."""
        return await self._questions.press(press, per_minute=self._limits.value.user_per_minute) is not False

    async def asked(self, key: int) -> Record | None:
        """Return the question of a claimed message with its attempts; None when unknown or turned down. Raises StoreError."""
        return await self._questions.record(key)

    async def press(
        self, record: Record, verb: Verb, sibling: int, press: Press, profile: Profile | None = None
    ) -> PressOutcome:
        """Follow attempt `sibling`, as a press asks for; a `profile` answers in place of the place's. Raises StoreError.

        It counts like a question: in `limits.user_per_minute` of its person, and in the queue of its place. A press for what is
        queued already changes nothing and does not count.
        """
        if (outcome := self._known_outcome(record, verb, sibling)) is not None:
            return outcome
        with self._arrives(record.question.place.id):
            claimed = await self._questions.press(press, per_minute=self._limits.value.user_per_minute)
        if claimed is False:
            return PressOutcome.LIMIT
        if claimed:
            self.follow(record, verb, sibling, profile)
        return PressOutcome.QUEUED

    def _known_outcome(self, record: Record, verb: Verb, sibling: int) -> PressOutcome | None:
        """Return the outcome of a press that starts nothing; None when it is to be claimed."""
        if not _may_follow(record, verb, sibling):
            return PressOutcome.IMPOSSIBLE
        if verb is Verb.REGENERATE and not record.open:
            return PressOutcome.CLOSED
        if (record.question.key, sibling) in self._following:
            return PressOutcome.QUEUED
        if self._budget.spent is not None:
            return PressOutcome.BUDGET
        return PressOutcome.QUEUE if self._is_full(record.question.place.id) else None

    def follow(self, record: Record, verb: Verb, sibling: int, profile: Profile | None = None) -> bool:
        """Queue the attempt that `verb` starts after attempt `sibling`, by a `profile` instead of the place's if one is given.

        Return False when a later attempt exists, or when `verb` is not allowed. But if Discord refused to show the question's
        answer, queue another try to show it instead, and return True. What is queued already is not queued again.
        """
        question = record.question
        followed = question.key, sibling
        if not _may_follow(record, verb, sibling):
            return False
        if followed in self._following:
            return True

        async def work(job: Job) -> None:
            try:
                if _is_allowed(record, verb, sibling):
                    newest = record.answers[-1].sibling
                    continues = sibling if verb is Verb.CONTINUE else 0
                    await self._answering.again(question, newest, job, continues=continues, profile=profile)
                else:
                    await self._update_display(question, job)
            finally:
                self._following.discard(followed)

        self._following.add(followed)
        self._lanes.submit(question.place.id, question.key, work)
        return True

    async def pick(self, record: Record, sibling: int, press: Press | None = None) -> bool:
        """Choose an attempt for the window, and show it beside the lane. Raises StoreError.

        Return False if it is chosen already or cannot be, or if the press was carried out before. It counts in no limit.
        """
        question = record.question
        if sibling not in record.siblings or not await self._attempts.pick(question.position, sibling, press):
            return False
        self._showing.later(question, "")
        return True

    async def shows(self, question: Question, seconds: float) -> bool:
        """Wait at most so many seconds until Discord shows what was picked, and return whether it does."""
        return await self._showing.late.settled(question.place.id, question.key, seconds)

    def stop(self, question: Question) -> bool:
        """Stop the answer to a question, be it in writing or waiting. Return False when it has ended."""
        return self._lanes.drop(question.key, StopReason.PERSON)

    async def stop_in(self, place_id: int, person_id: int, *, moderates: bool) -> Stopped:
        """Stop the answer in writing in a place, and drop the person's questions that wait there. Raises StoreError.

        The answer is stopped if it is the person's, or if the person `moderates`.
        """
        while self._arriving[place_id]:  # noqa: ASYNC110 -- questions that came before are claimed within milliseconds
            await asyncio.sleep(_CLAIM_SECONDS)
        running, dropped = False, 0
        for key, runs in self._lanes.questions(place_id):
            record = await self._questions.record(key)
            if record is None or not (record.question.author.id == person_id or (runs and moderates)):
                continue
            if self.stop(record.question):
                running, dropped = running or runs, dropped + (not runs)
        await self._lanes.dropped(_DROP_SECONDS)
        return Stopped(running, dropped)

    async def answered_by(self, message_id: int) -> Record | None:
        """Return the question that a message of ours answers, with its attempts; None when unknown. Raises StoreError."""
        return await self._questions.answered_by(message_id)

    async def _update_display(self, question: Question, _: Job) -> None:
        await self._showing.bring(question)


def _is_allowed(record: Record, verb: Verb, sibling: int) -> bool:
    newest = record.newest
    followed = record.displayed if verb is Verb.CONTINUE else newest
    if newest is None or followed is None or not newest.state.finished:
        return False
    return followed.sibling == sibling and followed.allows(verb)


def _may_follow(record: Record, verb: Verb, sibling: int) -> bool:
    return _is_allowed(record, verb, sibling) or record.display.outcome is DisplayOutcome.REFUSED
