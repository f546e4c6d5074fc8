"""Showing: the display of a question brought to an attempt, while it is written, at its end, after a crash and after a switch.

The order of the steps is the promise: each message's id is stored as soon as its send returned, and what Discord took is stored
last. Whatever dies in between, the next start finds where it was.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from bot.chat.appearance import NO_MESSAGES, Appearance, DisplayOutcome, Messages
from bot.chat.endings import appearance_of
from bot.chat.ports.clock import Clock
from bot.chat.ports.display import Display, LiveAnswer, Target
from bot.chat.ports.displays import Displays
from bot.chat.ports.questions import Questions
from bot.chat.turns import Asked, Question, Record
from bot.errors import DisplayError, DisplayRefused, StoreError

log = logging.getLogger(__name__)

_NONCE_MILLISECONDS: Final = 60_000
"""The time for which Discord surely knows a nonce; it says "a few minutes"."""
BACK_SECONDS: Final = (15.0, 30.0, *(60.0,) * 60)
"""The pauses after each try to reach a Discord that is down; then the next start goes on."""


class Showing:
    """Brings Discord to what it shall show of each question, and records how far it has come."""

    def __init__(
        self,
        *,
        questions: Questions,
        displays: Displays,
        display: Display,
        clock: Clock,
        pauses: tuple[float, ...] = BACK_SECONDS,
    ) -> None:
        self._questions = questions
        self._displays = displays
        self._display = display
        self._clock = clock
        self.pauses = pauses

    @asynccontextmanager
    async def live(
        self, question: Question, sibling: int, messages: Messages = NO_MESSAGES
    ) -> AsyncGenerator[LiveAnswer, None]:
        """An attempt on display, which takes over the messages of the attempts before it."""
        recorder = _Recorder(self._displays, question.position)
        async with self._display.open(target(question, sibling), messages, recorder) as live:
            yield _Recorded(live, recorder)

    async def finish(self, live: LiveAnswer, record: Record, note: str = "") -> None:
        """Bring the display to what the store has, for good. Raises StoreError, and DisplayError while Discord is down.

        What Discord refuses is recorded as refused and not tried again.
        """
        outcome = DisplayOutcome.SHOWN
        try:
            await live.finish(appearance_of(record, note))
        except DisplayRefused as error:
            log.warning("question %s: the answer is stored but could not be shown: %s", record.question.key, error)
            outcome = DisplayOutcome.REFUSED
        await self.shown(record, outcome)
        log.info("question %s: %s", record.question.key, record.newest and record.newest.state)

    async def shown(self, record: Record, outcome: DisplayOutcome) -> None:
        """Record that Discord has come as far as the record. Raises StoreError."""
        await self._displays.shown(record.question.position, record.display.wanted, outcome, at=self._clock())

    async def bring(self, key: int, note: str = "", *, search: bool = False) -> None:
        """Bring Discord to what it shall show of a question by now, also where it refused that before.

        `search` for messages that were never recorded. Raises StoreError, and DisplayError while Discord is down.
        """
        record = await self._questions.record(key)
        if record is not None and search:
            record = await self.find(record)
        if record is None or record.displayed is None or record.display.at_rest:
            return
        async with self.live(record.question, record.displayed.sibling, record.display.messages) as live:
            await self.finish(live, record, note)

    async def bring_when_back(self, key: int, note: str = "") -> None:
        """The same as soon as Discord and the store allow; the place waits meanwhile, so that order holds."""
        for pause in self.pauses:
            await asyncio.sleep(pause)
            try:
                await self.bring(key, note, search=True)
            except (DisplayError, StoreError) as error:
                log.info("question %s: its answer cannot be shown yet: %s", key, error)
                continue
            return

    async def find(self, record: Record) -> Record:
        """Adopt the messages of an answer that exist although none of them was recorded; returns the record with them.

        Where they come back by their nonces, none is looked for. Raises StoreError, and DisplayError while Discord is down.
        """
        question = record.question
        if self.knows_by_nonce(record):
            return record
        try:
            found = await self._display.find(target(question), record.display.messages)
        except DisplayRefused as error:
            log.info("question %s: its answer cannot be looked for: %s", question.key, error)
            return record
        if not found:
            return record
        await self._displays.adopt(question.position, found)
        return await self._questions.record(question.key) or record

    def knows_by_nonce(self, record: Record) -> bool:
        """Whether any message of an answer is so young that Discord returns it for its nonce, and none is recorded."""
        newest = record.newest
        young = newest is not None and self._clock() - newest.started_at < _NONCE_MILLISECONDS
        return young and not record.display.messages.all

    async def read(self, record: Record) -> str | None:
        """The text that Discord shows of an answer, without remarks of ours; None where that cannot be read any more.

        Raises DisplayError while Discord is down.
        """
        messages = record.display.messages.live
        try:
            text = await self._display.read(target(record.question), messages) if messages else ""
        except DisplayRefused as error:
            log.info("question %s: its answer cannot be read back: %s", record.question.key, error)
            return None
        return None if text is None else text.strip()

    async def notice(self, question: Question | Asked, text: str) -> None:
        """Say something to the asker that is no turn, of a question that gets no attempt."""
        try:
            await self._display.notice(target(question), text)
        except DisplayError as error:
            log.warning("question %s: a notice could not be shown: %s", question.key, error)


class _Recorder:
    """Records the messages of one question's answers. What the store fails to keep is tried again later."""

    def __init__(self, displays: Displays, position: int) -> None:
        self._displays = displays
        self._position = position
        self._unsaved: list[tuple[int, int]] = []

    async def sent(self, number: int, message_id: int) -> None:
        """See `Recorder.sent`."""
        self._unsaved.append((number, message_id))
        await self.save()

    async def retiring(self, message_ids: Sequence[int]) -> None:
        """See `Recorder.retiring`."""
        await self.save()
        await self._kept(self._displays.retire(message_ids), message_ids)

    async def gone(self, message_ids: Sequence[int]) -> None:
        """See `Recorder.gone`."""
        await self._kept(self._displays.gone(message_ids), message_ids)

    async def save(self) -> None:
        """Try once more to keep what the store failed to."""
        while self._unsaved:
            number, message_id = self._unsaved[0]
            if not await self._kept(self._displays.sent(self._position, number, message_id), (message_id,)):
                return
            self._unsaved.pop(0)

    async def _kept(self, step: Awaitable[None], message_ids: Sequence[int]) -> bool:
        try:
            await step
        except StoreError as error:
            log.error("messages %s of an answer could not be recorded: %s", list(message_ids), error)  # noqa: TRY400 -- it says it all
            return False
        return True


class _Recorded:
    """An answer on display whose messages are all recorded once it is finished."""

    def __init__(self, live: LiveAnswer, recorder: _Recorder) -> None:
        self._live = live
        self._recorder = recorder
        self.show = live.show
        self.remark = live.remark

    async def finish(self, appearance: Appearance) -> None:
        """See `LiveAnswer.finish`."""
        try:
            await self._live.finish(appearance)
        finally:
            await self._recorder.save()


def target(question: Question | Asked, sibling: int = 1) -> Target:
    """Where and to what an answer is shown."""
    return Target(question.place.id, question.key, question.author.id, sibling)
