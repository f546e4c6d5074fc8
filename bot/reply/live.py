"""Answers on Discord while they grow: `chat.ports.display.Display` by discord.py, working by ids only.

Each answer has one pump, the only task that touches its messages: it brings what Discord shows to the newest layout, at a pace,
and never holds up the stream that feeds it. The last edit waits for no pace.
"""

import asyncio
import io
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import discord

from bot.chat.appearance import Appearance, Messages
from bot.chat.ports.display import LiveAnswer, MessageRecorder, Target
from bot.config import AnswerSettings, Current
from bot.errors import DisplayError, DisplayRefused, ParleyError
from bot.reply.channel import AS_THEY_ARE, AnswerChannel
from bot.reply.controls import button, view
from bot.reply.layout import FileUse, MessageLayout, cut_short, growing, layout, small_print, without_note
from bot.reply.nonce import NOTICE, Nonces
from bot.reply.pace import Pace
from bot.reply.retry import PASSING, reason, with_retries
from bot.reply.split import Splitter, split

log = logging.getLogger(__name__)

_TYPING_AFTER_SECONDS: Final = 0.5
_TYPING_LASTS_SECONDS: Final = 8.0
_UNKNOWN_MESSAGE: Final = 10008
_OLD: Final = timedelta(minutes=55)
"""From an hour on messages may be edited about three times in 20 seconds only (Discord's 30046); the last edit needs that."""
_FILE_NAME: Final = "answer.md"


class DiscordDisplay:
    """Shows answers and notices through `client`, each answer in at most `answers.max_messages` messages.

    That number is read when an answer is opened and holds for it to its end.
    """

    def __init__(
        self,
        client: discord.Client,
        pace: Pace,
        nonces: Nonces,
        answers: Current[AnswerSettings],
        clock: Callable[[], datetime] = discord.utils.utcnow,
    ) -> None:
        self._client = client
        self._pace = pace
        self._nonces = nonces
        self._answers = answers
        self._clock = clock

    @asynccontextmanager
    async def open(
        self, target: Target, messages: Messages, recorder: MessageRecorder
    ) -> AsyncGenerator[LiveAnswer, None]:
        """See `Display.open`."""
        quiet = any(self._clock() - discord.utils.snowflake_time(message) > _OLD for message in messages.live)
        answer = _LiveAnswer(
            self._channel(target),
            target,
            messages,
            recorder,
            pace=self._pace,
            max_messages=self._answers.value.max_messages,
            quiet=quiet,
        )
        answer.pumping = asyncio.create_task(answer.pump())
        tasks = [answer.pumping, asyncio.create_task(answer.type_until_text())]
        self._pace.begins()
        try:
            yield answer
        finally:
            self._pace.ends()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def notice(self, target: Target, text: str) -> None:
        """See `Display.notice`; the nonce keeps it from appearing twice."""
        channel = self._channel(target)
        await with_retries(lambda: channel.send(small_print(text), NOTICE, first=True))

    async def find(self, target: Target, messages: Messages) -> Sequence[int]:
        """See `Display.find`."""
        channel = self._channel(target)
        return await with_retries(lambda: channel.find(messages))

    async def read(self, target: Target, message_ids: Sequence[int]) -> str | None:
        """See `Display.read`."""
        channel = self._channel(target)
        texts: list[str] = []
        for message_id in message_ids:
            message = await with_retries(lambda message_id=message_id: channel.fetch(message_id))
            if message is not None:
                texts.append(message.content)
        return without_note("\n".join(texts)) if texts else None

    def _channel(self, target: Target) -> AnswerChannel:
        return AnswerChannel(self._client, target, self._nonces)


@dataclass(slots=True)
class _Message:
    """A message that exists, and what it shows; None where that is not known."""

    id: int
    shown: MessageLayout | None


class _LiveAnswer:
    """One answer on display; `quiet`: nothing is shown of its growth, because its messages are old."""

    pumping: asyncio.Task[None]

    def __init__(
        self,
        channel: AnswerChannel,
        target: Target,
        messages: Messages,
        recorder: MessageRecorder,
        *,
        pace: Pace,
        max_messages: int,
        quiet: bool,
    ) -> None:
        self._channel = channel
        self._target = target
        self._recorder = recorder
        self._pace = pace
        self._max_messages = max_messages
        self._quiet = quiet
        self._messages = [_Message(message_id, None) for message_id in messages.live]
        self._retired = messages.retired
        self._next_number = messages.next_number
        self._text = self._remark = ""
        self._splitter, self._split = Splitter(), ""
        self._end = Appearance("")
        self._changed = asyncio.Event()
        self._ending = asyncio.Event()

    def show(self, text: str) -> None:
        """See `LiveAnswer.show`."""
        self._text = text
        self._changed.set()

    def remark(self, line: str) -> None:
        """See `LiveAnswer.remark`."""
        self._remark = line
        self._changed.set()

    async def finish(self, appearance: Appearance) -> None:
        """See `LiveAnswer.finish`."""
        self._end = appearance
        self._ending.set()
        self.show(appearance.text)
        try:
            await asyncio.shield(self.pumping)
        except ParleyError:
            raise
        except Exception as error:
            raise DisplayError(f"the display failed for an unforeseen reason ({type(error).__name__})") from error

    async def pump(self) -> None:
        """Bring the messages to the newest text, again and again, until the answer as it ended is there."""
        while not self._ending.is_set():
            await self._changed.wait()
            self._changed.clear()
            wanted = growing(self._pieces(), self._remark, 0 if self._quiet else self._max_messages)
            if self._ending.is_set() or not wanted:
                continue
            try:
                await self._bring(wanted)
            except (discord.Forbidden, discord.NotFound) as error:  # asking again and again gets a bot banned
                log.info("an answer cannot be shown (%s); its last edit is tried once more", reason(error))
                await self._ending.wait()
            except (*PASSING, discord.HTTPException) as error:
                log.info("an answer could not be shown yet (%s); the next edit will", reason(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.seconds(self._target.place_id)):
                    await self._ending.wait()
        await self._make_final_edit()

    async def type_until_text(self) -> None:
        """Show the typing indicator while there is nothing to see; never in the way of the text."""
        delay = _TYPING_AFTER_SECONDS
        seen = self._ending if self._quiet else self._changed
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await seen.wait()
                return
            if not self._quiet and (self._messages or self._text):
                return
            with suppress(*PASSING, discord.HTTPException):
                await self._channel.typing()
            delay = _TYPING_LASTS_SECONDS

    async def _make_final_edit(self) -> None:
        """Make the last edit. What Discord refuses of it, be it the file or a further message, takes nothing else along."""
        pieces = self._all_pieces()
        file_use = FileUse.ATTACHED if self._channel.takes_files else FileUse.FORBIDDEN
        wanted = layout(self._end, self._max_messages, file_use, pieces)
        try:
            await with_retries(lambda: self._bring_all(wanted))
        except DisplayRefused as refused:
            forbidden = isinstance(refused.__cause__, discord.Forbidden)
            if forbidden and 0 < len(self._messages) < len(wanted):
                await self._say_that_no_more_comes(wanted[: len(self._messages)])
                raise
            if not any(message.file for message in wanted):
                raise
            log.warning("the file of an answer was refused: %s", refused)
            without = layout(self._end, self._max_messages, FileUse.FORBIDDEN if forbidden else FileUse.REFUSED, pieces)
            await with_retries(lambda: self._bring_all(without))

    async def _say_that_no_more_comes(self, messages: Sequence[MessageLayout]) -> None:
        shortened = cut_short(messages, self._channel.needed_to_send)
        with suppress(DisplayError):
            await with_retries(lambda: self._bring(shortened))

    def _pieces(self) -> Sequence[str]:
        """The pieces of what the model has written; only what is new of it is looked at."""
        self._splitter.feed(self._text[len(self._split) :])
        self._split = self._text
        return self._splitter.messages

    def _all_pieces(self) -> list[str]:
        """The pieces of the whole text, of which most are known already where it grew here."""
        if not self._text.startswith(self._split):
            return split(self._text)
        self._pieces()
        return self._splitter.close()

    async def _bring_all(self, wanted: Sequence[MessageLayout]) -> None:
        """Bring the messages to this layout, and delete those that are left over."""
        await self._bring(wanted)
        surplus = [message.id for message in self._messages[len(wanted) :]]
        if surplus:
            await self._recorder.retiring(surplus)
        if left_over := [*self._retired, *surplus]:
            for message_id in left_over:
                await self._channel.delete(message_id)
            await self._recorder.gone(left_over)
        del self._messages[len(wanted) :]
        self._retired = ()

    async def _bring(self, wanted: Sequence[MessageLayout]) -> None:
        """Bring as many messages to this layout as it has."""
        for index, want in enumerate(wanted):
            if index == len(self._messages):
                await self._send(want, first=index == 0)
            message = self._messages[index]
            if message.shown != want:
                await self._edit(message, want)

    async def _send(self, want: MessageLayout, *, first: bool) -> None:
        sent = await self._channel.send(
            want.text, self._next_number, first=first, buttons=self._view(want), files=_files(want)
        )
        whole = bool(sent.components) >= bool(want.controls) and bool(sent.attachments) >= bool(want.file)
        as_wanted = whole and sent.content == want.text.strip()  # unless the nonce was used before
        self._messages.append(_Message(sent.id, want if as_wanted else None))
        self._next_number += 1
        await self._recorder.sent(self._next_number - 1, sent.id)

    async def _edit(self, message: _Message, want: MessageLayout) -> None:
        """Bring a message to what it shall be; buttons and files are sent only where they are not known to be right."""
        shown = message.shown
        buttons = AS_THEY_ARE if shown and shown.controls == want.controls else self._view(want)
        files = AS_THEY_ARE if shown and shown.file == want.file else _files(want)
        try:
            await self._channel.edit(message.id, want.text, buttons, files)
        except discord.NotFound as error:
            if error.code != _UNKNOWN_MESSAGE:
                raise
            log.info("message %s of an answer was deleted meanwhile", message.id)
            await self._recorder.gone((message.id,))
        message.shown = want

    def _view(self, want: MessageLayout) -> discord.ui.View | None:
        buttons = [button(control.verb, self._target.key, control.sibling) for control in want.controls]
        return view(buttons) if buttons else None


def _files(want: MessageLayout) -> list[discord.File]:
    """The file anew: a request that is repeated reads it again."""
    return [discord.File(io.BytesIO(want.file.encode()), _FILE_NAME)] if want.file else []
