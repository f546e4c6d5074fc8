"""Follows what people do to messages that the history holds: an edit or a deletion on Discord changes the turn.

| what a person does | what follows |
| --- | --- |
| edits a question that waits or is being answered | its answer begins again |
| edits a question that was answered | later prompts have the new text; the last answer offers Regenerate |
| deletes one of several messages of a question | it is asked without that: again if its answer is not finished |
| deletes a question | question and answers are erased; an answer that is not finished stops, and its messages go |
| deletes a message of an answer that grows | the answer stops, and its other messages go |
| deletes a message of a finished answer | the answer leaves the window, and its text is erased |
| edits a message that a question quotes | later prompts have the quoted words as they are now |
| deletes a message that a question quotes | the quoted words are erased |

The store carries out each change in one transaction, before anything is stopped, so that a crash in between loses none.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from bot.chat.answering import Answering
from bot.chat.appearance import DisplayOutcome
from bot.chat.endings import appearance_of
from bot.chat.lanes import Job, Lanes, StopReason
from bot.chat.ports.changes import AnswerPart, AskedMessage, Changes, HeldWords, Rewording
from bot.chat.ports.clock import Clock
from bot.chat.ports.intake import MessageDeleted
from bot.chat.ports.questions import Questions
from bot.chat.preparing import Preparing
from bot.chat.showing import Showing
from bot.chat.texts import DELETED
from bot.chat.tokens import Count
from bot.chat.turns import Question, Record
from bot.chat.unstored import Unstored
from bot.config import AnswerSettings, Current

log = logging.getLogger(__name__)

_TRIES: Final = 3
"""How often an edit is tried on a question whose answer begins or ends at that moment, a deletion on words that are edited."""


class Changing:
    """Changes the turns of messages that were edited or deleted, and stops, repeats or clears their answers."""

    def __init__(
        self,
        *,
        changes: Changes,
        questions: Questions,
        answering: Answering,
        preparing: Preparing,
        showing: Showing,
        lanes: Lanes,
        clock: Clock,
        count: Count,
        answers: Current[AnswerSettings],
    ) -> None:
        self.store = changes
        self._questions = questions
        self._answering = answering
        self._preparing = preparing
        self._showing = showing
        self._lanes = lanes
        self._clock = clock
        self._count = count
        self._answers = answers

    @property
    def unstored(self) -> Unstored:
        """The questions that are rendered and not stored yet."""
        return self._preparing.unstored

    async def deleted(self, message_ids: Sequence[int]) -> None:
        """Follow the deletion of messages, most of which the history does not hold. Raises StoreError."""
        found = await self.store.find(message_ids)
        for asked in found.asked:
            again = asked if len(found.asked) == 1 else await self._found(asked.message_id)
            if again is not None:
                await self._delete(again)
        if found.answers:
            await self._remove(found.answers)
        words = found.words
        for _ in range(_TRIES):
            left = [one for one in words if one.text != DELETED]
            for one in left:
                await self._forget(one)
            words = (await self.store.find(message_ids)).words if left else ()

    async def _delete(self, asked: AskedMessage) -> None:
        if not asked.alone:
            log.info("a message of question %s was deleted", asked.key)
            tokens = self._count(asked.rendered)
            if await self.store.unjoin(asked.position, asked.message_id, tokens=tokens, at=self._clock()):
                await self.begin_again(asked.place_id, asked.key, StopReason.EDIT)
            return
        log.info("question %s was deleted", asked.key)
        record = None if asked.in_progress else await self._questions.record(asked.key)
        if await self.store.erase(asked.position, (asked.message_id,), at=self._clock()):
            self._stop(asked.place_id, asked.key)
            if record is not None:
                self._showing.rows.clear(record)
        elif (again := await self._found(asked.message_id)) is not None and not again.alone:  # another has just joined
            await self._delete(again)

    async def _remove(self, parts: Sequence[AnswerPart]) -> None:
        await self.store.remove([part.message_id for part in parts], at=self._clock())
        for key in dict.fromkeys(part.key for part in parts):
            log.info("messages of the answer to question %s were deleted", key)
        for part in {part.key: part for part in parts if part.in_progress}.values():
            self._stop(part.place_id, part.key)

    def _stop(self, place_id: int, key: int) -> None:
        """Stop the answer to a question and clear it from Discord: by its job if that runs, else beside the lane."""
        runs = self._lanes.runs(key)
        self._lanes.stop(key, StopReason.DELETION)
        if not runs:
            self._showing.late.add(place_id, key, failed=False)

    def place_deleted(self, place_id: int) -> None:
        """Stop all answers of a place that does not exist any more."""
        for key, _ in self._lanes.questions(place_id):
            self._lanes.stop(key, StopReason.PERSON)

    async def _forget(self, words: HeldWords) -> None:
        tokens = self._count(words.text) - self._count(DELETED)
        await self.store.forget(words, DELETED, tokens=tokens, at=self._clock())

    async def held(self, message_id: int) -> tuple[AskedMessage | None, Sequence[HeldWords]]:
        """Return what an edit of a message changes: it as one of a question, and words that others quote. Raises StoreError."""
        found = await self.store.find((message_id,))
        asked = next(iter(found.asked), None)
        return None if asked is None or asked.turned_down else asked, found.words

    async def requote(self, words: HeldWords, text: str | None) -> None:
        """Put the edited `text` in the place of quoted words; None: a file that was taken off its message. Raises StoreError."""
        tokens = self._count(text or "") - self._count(words.text)
        if text is None:
            await self._forget(words)
        elif await self.store.requote(words, text, tokens=tokens, at=self._clock()):
            log.info("message %s, which a question quotes, was edited", words.message_id)

    async def asked(self, message_id: int) -> AskedMessage | None:
        """Return the message of a question that may be edited; None when it is none. Raises StoreError."""
        asked = await self._found(message_id)
        return None if asked is None or asked.turned_down else asked

    async def _found(self, message_id: int) -> AskedMessage | None:
        found = await self.store.find((message_id,))
        return next(iter(found.asked), None)

    async def edited(self, asked: AskedMessage, text: str, edited_at: int) -> None:
        """Follow the edit of a message of a question, whose raw text is `text` now. Raises StoreError."""
        found: AskedMessage | None = asked
        for _ in range(_TRIES):
            if found is None or await self._edit(found, text, edited_at):
                return
            found = await self.asked(asked.message_id)

    async def _edit(self, asked: AskedMessage, text: str, edited_at: int) -> bool:
        """Carry out an edit. Return False when the question's answer began or ended meanwhile."""
        if not asked.in_progress:
            with self.unstored.until_stored():
                return await self._reword(asked, text, edited_at)
        if not await self.store.reopen(asked, text, edited_at=edited_at, at=self._clock()):
            return False
        log.info("question %s was edited: its answer begins again", asked.key)
        await self.begin_again(asked.place_id, asked.key, StopReason.EDIT)
        return True

    async def begin_again(self, place_id: int, key: int, reason: StopReason) -> None:
        """Let the answer to a question that waits again begin anew, by the job that it has or another. Raises StoreError."""
        if self._lanes.stop(key, reason):
            return
        record = await self._questions.record(key)
        if record is not None:
            self._lanes.submit(place_id, key, partial(self._work, record.question))

    async def _work(self, question: Question, job: Job) -> None:
        job.changed = True
        await self._answering.begin_again(question, job)

    async def _reword(self, asked: AskedMessage, text: str, edited_at: int) -> bool:
        """Render a finished question anew and store it. Return False when it changed meanwhile."""
        record = await self._questions.record(asked.key)
        if record is None:
            return True
        question = replace(record.question, text=record.question.text if asked.joined else text)
        try:
            prepared = await self._preparing.reworded(question)
        except MessageDeleted:
            await self._delete(asked)
            return True
        prepared = self._preparing.without_withdrawn(prepared, question.author.id)
        edited = replace(record, question=replace(question, edited_at=edited_at))
        stands = bool(record.display.messages.live) and record.display.outcome is not DisplayOutcome.GONE
        offers = stands and self._offered(edited) != self._offered(record)
        stored = await self.store.reword(
            Rewording(
                position=asked.position,
                message_id=asked.message_id,
                revision=question.revision,
                text=question.text,
                contents=prepared.contents,
                tokens=prepared.tokens,
                blobs=prepared.blobs,
                remarks=prepared.remarks,
                edited_at=edited_at,
                at=self._clock(),
                offers=offers,
            )
        )
        if stored:
            log.info("question %s was edited after its answer", asked.key)
        if stored and offers:
            self._showing.later(question, "")
        return stored

    def _offered(self, record: Record) -> object:
        return appearance_of(record, "", self._answers.value.buttons).controls
