"""Updates Discord to show an attempt: while it is written, at its end, after a crash, and after another attempt was picked.

A display that Discord does not take within seconds is left to `LateDisplays`, so that the place goes on.

The order of the steps makes a crash recoverable: the id of each message is stored as soon as its send returned, and the version
that Discord shows is stored last. After a crash in between, the next start continues from the stored state.
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Final

from bot.chat.appearance import NO_MESSAGES, Appearance, DisplayOutcome, Messages, Shown
from bot.chat.auto_threads import AutoThreads
from bot.chat.button_rows import ROW_SECONDS, ButtonRows
from bot.chat.endings import appearance_of
from bot.chat.footers import Footers
from bot.chat.late_displays import PAUSES_SECONDS, LateDisplays
from bot.chat.places import PlaceKind
from bot.chat.ports.clock import Clock
from bot.chat.ports.display import Display, LiveAnswer, target
from bot.chat.ports.displays import Displays
from bot.chat.ports.store import Store
from bot.chat.texts import IN_PLACE, NOT_SHOWN, SHOWN_LATER
from bot.chat.turns import AnswerState, Asked, Question, Record
from bot.config import AnswerSettings, Current
from bot.errors import DisplayError, DisplayRefused, StoreError

log = logging.getLogger(__name__)

WAIT_SECONDS: Final = 3.0
"""Time that a question waits before it gets a line."""
_NONCE_MILLISECONDS: Final = 60_000
"""The age up to which Discord surely remembers a nonce; its documentation says "a few minutes"."""


class Showing:
    """Updates the display of questions on Discord, and stores which version Discord shows."""

    def __init__(
        self,
        store: Store,
        display: Display,
        *,
        clock: Clock,
        footers: Footers,
        answers: Current[AnswerSettings],
        threads: AutoThreads,
        pauses: tuple[float, ...] = PAUSES_SECONDS,
        row_seconds: float = ROW_SECONDS,
    ) -> None:
        self._questions = store.questions
        self._displays = store.displays
        self._display = display
        self._clock = clock
        self._footers = footers
        self._answers = answers
        self._threads = threads
        self.pauses = pauses
        self.rows = ButtonRows(store.questions, display, answers, row_seconds)
        self.late = LateDisplays(self._show_late, pauses)

    @asynccontextmanager
    async def live(
        self, question: Question, sibling: int, messages: Messages = NO_MESSAGES
    ) -> AsyncGenerator[LiveAnswer, None]:
        """Return a context that displays an attempt, in the `messages` of earlier attempts first."""
        await self.late.take(question.place.id, question.key)
        async with self._open(question, sibling, messages) as live:
            yield live

    @asynccontextmanager
    async def _open(self, question: Question, sibling: int, messages: Messages) -> AsyncGenerator[LiveAnswer, None]:
        recorder = _Recorder(self._displays, question.position)
        with self.rows.growing():
            async with self._display.open(target(question, sibling), messages, recorder) as live:
                yield _RecordedAnswer(live, recorder)

    async def finish(self, live: LiveAnswer, record: Record, note: str = "") -> None:
        """Make the last edit for the displayed attempt, and record the outcome. An edit that Discord refuses is not tried again.

        Where the answer's place cannot say that it is refused, its asker is told in a private message.
        Raises StoreError, and DisplayError while Discord is down.
        """
        outcome = DisplayOutcome.SHOWN
        try:
            appearance = appearance_of(record, note, self._answers.value.buttons)
            await live.finish(replace(appearance, footer=await self._footers.of(record)))
        except DisplayRefused as error:
            log.warning("question %s: the answer is stored but could not be shown: %s", record.question.key, error)
            outcome = DisplayOutcome.REFUSED
            if not error.told:
                await self.tell(record.question, NOT_SHOWN.format(place=record.question.place.id))
        if outcome is DisplayOutcome.SHOWN:
            await self._threads.follow(record)
        await self.shown(record, outcome)
        log.info("question %s: %s", record.question.key, record.newest and record.newest.state)

    async def shown(self, record: Record, outcome: DisplayOutcome) -> None:
        """Record that Discord shows, or refused, the version that the record wants. Raises StoreError."""
        await self._displays.shown(record.question.position, record.display.wanted, outcome, at=self._clock())

    async def bring(self, question: Question, note: str = "") -> None:
        """Show a question's current state on Discord, even when Discord refused it before; later if that fails now."""
        await self.late.take(question.place.id, question.key)
        try:
            if (record := await self._questions.record(question.key, deleted=True)) is not None:
                await self._bring(record, note)
        except (DisplayError, StoreError) as error:
            self.later(question, note, error)

    def later(self, question: Question, note: str, error: Exception | None = None) -> None:
        """Show a question's current state on Discord beside the lane: soon, or later if an `error` kept it from being shown."""
        if error is not None:
            log.warning("question %s: not known to be shown; once more later: %s", question.key, error)
        self.late.add(question.place.id, question.key, note, failed=error is not None)

    async def _show_late(self, key: int, note: str, tries: int) -> bool:
        """Try to show a question that Discord did not take before. Tell its asker if that fails for the first time."""
        record = None
        try:
            record = await self._questions.record(key, deleted=True)
            if record is not None:
                was_shown = record.display.outcome is DisplayOutcome.SHOWN
                await self._bring(record if was_shown and tries == 1 else await self.find(record), note)
        except (DisplayError, StoreError) as error:
            log.info("question %s: its answer cannot be shown yet: %s", key, error)
            if tries == 1 and record is not None:
                await self.tell(record.question, SHOWN_LATER.format(place=record.question.place.id))
            return False
        return True

    async def _bring(self, record: Record, note: str) -> None:
        """Show a question's current state on Discord. Raises StoreError, and DisplayError while Discord is down."""
        displayed, display = record.displayed, record.display
        if record.question.deleted or (display.outcome is DisplayOutcome.GONE and display.shown == display.wanted):
            await self._clear(record)
            return
        if displayed is None or display.at_rest or displayed.state is AnswerState.WRITING:  # whoever writes it shows it
            return
        async with self._open(record.question, displayed.sibling, display.messages) as live:
            await self.finish(live, record, note)

    async def _clear(self, record: Record) -> None:
        """Delete what is left on Discord of a deleted answer, or of an unfinished one to a deleted question.

        Raises StoreError, and DisplayError while Discord is down.
        """
        if record.display.shown == record.display.wanted:
            messages = record.display.messages
            messages = Messages(tuple(one for one in messages.all if one.id in messages.retired))
        else:
            messages = (await self.find(record)).display.messages
        if messages.live or messages.retired:
            async with self._open(record.question, 1, messages) as live:
                with suppress(DisplayRefused):  # then Discord keeps what it has
                    await live.finish(Appearance(""))
        await self.shown(record, DisplayOutcome.GONE)

    async def find(self, record: Record) -> Record:
        """Look on Discord for messages of the answer that were never recorded, record them, and return the record with them.

        While Discord remembers the nonces, sending again returns the messages, so there is no search. Raises StoreError, and
        DisplayError while Discord is down.
        """
        question = record.question
        changed = record.newest is not None and question.prompt is None  # its next attempt has other nonces
        if not question.deleted and not changed and self.knows_by_nonce(record):
            return record
        try:
            since = record.answers[0].started_at if record.answers else 0
            text = "\n".join(answer.text for answer in record.answers)
            found = await self._display.find(target(question), record.display.messages, since, text)
        except DisplayRefused as error:
            log.info("question %s: its answer cannot be looked for: %s", question.key, error)
            return record
        if not found:
            return record
        await self._displays.adopt(question.position, found)
        return await self._questions.record(question.key, deleted=True) or record

    def knows_by_nonce(self, record: Record) -> bool:
        """Return whether no message is recorded, and the first attempt is so young that Discord remembers its nonces.

        A later attempt has other nonces. Before the first: whether the question is so young that it has no line about its wait.
        """
        now, newest = self._clock(), record.newest
        if newest is None:
            young = now - record.question.asked_at < WAIT_SECONDS * 1000
        else:
            young = newest.sibling == 1 and now - newest.started_at < _NONCE_MILLISECONDS
        return young and not record.display.messages.all

    async def read(self, record: Record) -> Shown | None:
        """Return an answer as Discord shows it, None when it cannot be read any more. Raises DisplayError while it is down."""
        messages = record.display.messages.live
        if not messages:
            return Shown("")
        try:
            shown = await self._display.read(target(record.question), messages)
        except DisplayRefused as error:
            log.info("question %s: its answer cannot be read back: %s", record.question.key, error)
            return None
        return shown and Shown(shown.text.strip(), shown.note)

    async def wait_line(self, question: Question, text: str) -> None:
        """Send a line about a question that waits; the first attempt takes its message over. Raises DisplayError."""
        await self._display.line(target(question), text, _Recorder(self._displays, question.position))

    async def withdraw(self, question: Question) -> None:
        """Delete what stands on Discord of a question that gets no answer: the line about its wait, or a dropped attempt."""
        try:
            record = await self._questions.record(question.key)
            messages = NO_MESSAGES if record is None else record.display.messages
            async with self._open(question, 1, messages) as live:
                await live.finish(Appearance(""))
        except (DisplayError, StoreError) as error:
            log.info("question %s: what Discord shows of it stays: %s", question.key, error)

    async def notice(self, question: Question | Asked, text: str) -> None:
        """Send a notice to the asker of a question that gets no attempt, privately where its place refuses it."""
        try:
            await self._display.notice(target(question), text)
        except DisplayRefused as error:
            log.info("question %s: a notice is refused in its place: %s", question.key, error)
            await self.tell(question, IN_PLACE.format(place=question.place.id, text=text))
        except DisplayError as error:
            log.warning("question %s: a notice could not be shown: %s", question.key, error)

    async def tell(self, question: Question | Asked, text: str) -> None:
        """Send the asker a private message about a question of another place. Failures are only logged."""
        if question.place.kind is PlaceKind.DM:
            return
        try:
            await self._display.tell(target(question), text)
        except DisplayError as error:
            log.warning("question %s: its asker cannot be told: %s", question.key, error)

    async def close(self) -> None:
        """Leave to the next start what Discord has not taken yet."""
        await self.rows.close()
        await self.late.close()


class _Recorder:
    """Records the messages of one question's answers. An id that could not be stored is tried again later."""

    def __init__(self, displays: Displays, position: int) -> None:
        self._displays = displays
        self._position = position
        self._unsaved: dict[int, int] = {}

    async def sent(self, number: int, message_id: int) -> None:
        """See `MessageRecorder.sent`."""
        self._unsaved[message_id] = number
        await self.save()

    async def retiring(self, message_ids: Sequence[int]) -> None:
        """See `MessageRecorder.retiring`."""
        await self.save()
        await self._try_to_store(self._displays.retire(message_ids), message_ids)

    async def gone(self, message_ids: Sequence[int]) -> None:
        """See `MessageRecorder.gone`."""
        await self._try_to_store(self._displays.gone(message_ids), message_ids)

    async def save(self) -> None:
        """Store the ids that are not stored yet, in order. Two calls at a time may store an id twice, which changes nothing."""
        for message_id, number in list(self._unsaved.items()):
            if not await self._try_to_store(self._displays.sent(self._position, number, message_id), (message_id,)):
                return
            self._unsaved.pop(message_id, None)

    async def _try_to_store(self, step: Awaitable[None], message_ids: Sequence[int]) -> bool:
        try:
            await step
        except StoreError as error:
            log.error("messages %s of an answer could not be recorded: %s", list(message_ids), error)  # noqa: TRY400 -- the message is enough
            return False
        return True


class _RecordedAnswer:
    """An answer on display that records all its messages when it is finished."""

    def __init__(self, live: LiveAnswer, recorder: _Recorder) -> None:
        self._live = live
        self._recorder = recorder
        self.show = live.show
        self.whole = live.whole
        self.remark = live.remark

    async def finish(self, appearance: Appearance) -> None:
        """See `LiveAnswer.finish`."""
        try:
            await self._live.finish(appearance)
        finally:
            await self._recorder.save()

    async def leave(self) -> None:
        """See `LiveAnswer.leave`."""
        try:
            await self._live.leave()
        finally:
            await self._recorder.save()
