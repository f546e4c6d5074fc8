"""Shows answers on Discord while they grow. Implements `chat.ports.display.Display` with discord.py, by ids only.

Each answer has one task, `pump`, and only this task sends, edits and deletes the answer's messages. It updates them to the newest
layout with throttled edits, while the model's stream continues without waiting. The last edit is not throttled.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Final

import discord

from bot.chat.appearance import Appearance, Control, Messages, Shown, Verb
from bot.chat.ports.display import LiveAnswer, MessageRecorder, Target
from bot.config import NONE, AnswerSettings, Current
from bot.errors import DisplayError, DisplayRefused
from bot.reply.bounded import Responses, bounded, watched, within_bounds
from bot.reply.channel import AS_THEY_ARE, NOBODY, AnswerChannel, files_of
from bot.reply.controls import shows, view_of
from bot.reply.cutting import Cutting
from bot.reply.layout import FileUse, MessageLayout, cut_short, growing, layout, read_back, small_print
from bot.reply.nonce import FIRST, NOTICE, Nonces
from bot.reply.pace import Pace
from bot.reply.refused_text import refusal, refused_layouts
from bot.reply.request_retries import PASSING, is_refusal, reason, with_retries

log = logging.getLogger(__name__)

_TYPING_AFTER_SECONDS: Final = 0.5
_TYPING_LASTS_SECONDS: Final = 8.0
_STORED_SECONDS: Final = 0.2
"""How long an answer that is whole before its first message may take to be stored: then that message is the last edit, too."""
_UNKNOWN_MESSAGE: Final = 10008
_NO_LIVE_EDITS_AFTER: Final = timedelta(minutes=55)
"""Age from which a message gets only its last edit.

After an hour, Discord allows only about three edits of a message in 20 seconds (error 30046).
"""


class DiscordDisplay:
    """Shows answers and notices through `client`, each answer in at most `answers.max_messages` messages.

    The number is read when an answer is opened and does not change for that answer.
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
        quiet = any(
            self._clock() - discord.utils.snowflake_time(message) > _NO_LIVE_EDITS_AFTER for message in messages.live
        )
        answer = _LiveAnswer(
            self._channel(target),
            target,
            messages,
            recorder,
            pace=self._pace,
            max_messages=self._answers.value.max_messages,
            quiet=quiet,
            has_buttons=self._answers.value.buttons != NONE,
        )
        typing = asyncio.create_task(answer.type_until_text())
        self._pace.begins()
        try:
            yield answer
        finally:
            self._pace.ends()
            tasks = [answer.pumping, typing]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def line(self, target: Target, text: str, recorder: MessageRecorder) -> None:
        """See `Display.line`. It has the nonce of the answer's first message."""
        channel = self._channel(target)
        sent = await within_bounds(with_retries(lambda: channel.send(small_print(text), FIRST, first=True)))
        await recorder.sent(FIRST, sent.id)

    async def set_controls(self, target: Target, message_id: int, controls: Sequence[Control]) -> None:
        """See `Display.set_controls`."""
        await asyncio.sleep(self._pace.seconds_low(target.place_id))
        if self._pace.seconds_low(target.place_id):
            log.info("question %s: the buttons under its answer stay, because its channel's limit is low", target.key)
            return
        channel = self._channel(target)
        await within_bounds(with_retries(lambda: channel.edit_buttons(message_id, view_of(controls, target.key))))

    async def notice(self, target: Target, text: str) -> None:
        """See `Display.notice`. The nonce keeps a retry from sending the notice twice."""
        channel = self._channel(target)
        await within_bounds(with_retries(lambda: channel.send(small_print(text), NOTICE, first=True)))

    async def tell(self, target: Target, text: str) -> None:
        """See `Display.tell`. The nonce keeps a retry from sending the message twice."""
        nonce = self._nonces.make(target.key, target.sibling, NOTICE)
        self._nonces.sending(nonce, text)

        async def send() -> None:
            direct = await self._client.create_dm(discord.Object(target.author_id))
            await direct.send(text, nonce=nonce, allowed_mentions=NOBODY)

        await within_bounds(with_retries(send))

    async def find(self, target: Target, messages: Messages, since: int, text: str) -> Sequence[int]:
        """See `Display.find`."""
        channel = self._channel(target)
        return await within_bounds(with_retries(lambda: channel.find(messages, since, text)))

    async def read(self, target: Target, message_ids: Sequence[int]) -> Shown | None:
        """See `Display.read`."""
        channel = self._channel(target)
        texts: list[str] = []
        for message_id in message_ids:
            message = await within_bounds(with_retries(partial(channel.fetch, message_id)))
            if message is not None:
                texts.append(message.content)
        return read_back("\n".join(texts)) if texts else None

    def _channel(self, target: Target) -> AnswerChannel:
        return AnswerChannel(
            self._client, target, self._nonces, link_previews=lambda: self._answers.value.link_previews
        )


@dataclass(slots=True)
class _Message:
    """A message that exists on Discord, and the layout that it shows; None when that is unknown."""

    id: int
    shown: MessageLayout | None


class _LiveAnswer:
    """One answer on display. `quiet`: its text is shown only when it is finished, because its messages are old."""

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
        has_buttons: bool,
    ) -> None:
        self._channel = channel
        self._target = target
        self._recorder = recorder
        self._pace = pace
        self._max_messages = max_messages
        self._quiet = quiet
        self._stop = (Control(Verb.STOP, target.sibling),) if has_buttons else ()
        self._whole = False
        self._messages = [_Message(message_id, None) for message_id in messages.live]
        self._retired = messages.retired
        self._next_number = messages.next_number
        self._text = self._remark = ""
        self._cutting = Cutting(max_messages)
        self._end = Appearance("")
        self._changed = asyncio.Event()
        self._ending = asyncio.Event()
        self._left = False
        self._responses = Responses()
        self.pumping = watched(self._pump(), self._responses)

    def show(self, text: str) -> None:
        """See `LiveAnswer.show`."""
        self._text = text
        self._whole = False
        self._changed.set()

    def whole(self) -> None:
        """See `LiveAnswer.whole`."""
        self._whole = True

    def remark(self, line: str) -> None:
        """See `LiveAnswer.remark`."""
        self._remark = line
        self._changed.set()

    async def finish(self, appearance: Appearance) -> None:
        """See `LiveAnswer.finish`."""
        self._end = appearance
        self._ending.set()
        self.show(appearance.text)
        if self._responses.failing_since is not None:  # the last edit need not wait for one that Discord fails on
            self.pumping.cancel()
            await asyncio.wait({self.pumping})
            self.pumping = watched(self._make_final_edit(), self._responses)
        await bounded(self.pumping, self._responses)

    async def leave(self) -> None:
        """See `LiveAnswer.leave`."""
        self._left = True
        self._ending.set()
        self._changed.set()
        await bounded(self.pumping, self._responses)

    async def _pump(self) -> None:
        """Update the messages each time the text has grown, then make the last edit unless the answer is left.

        A send whose response was lost is repeated before the answer is left, because the next attempt has other nonces and would
        not find its message. Raises DisplayError and DisplayRefused.
        """
        tried: Sequence[MessageLayout] = ()
        while not self._ending.is_set():
            await self._changed.wait()
            self._changed.clear()
            pieces = await self._cutting.so_far(self._text)
            has_file = len(pieces.texts) > self._max_messages
            if self._whole and not (self._messages or has_file):
                await self._ends_within(_STORED_SECONDS)
            layouts = growing(pieces.texts, self._remark, 0 if self._quiet else self._max_messages, self._stop)
            if self._ending.is_set() or not layouts:
                continue
            tried = layouts
            try:
                await self._send_and_edit(layouts)
            except (*PASSING, discord.HTTPException) as error:
                if is_refusal(error):  # Discord bans a bot that repeats refused requests
                    tried = ()
                    log.info("an answer cannot be shown (%s); its last edit is tried once more", reason(error))
                    await self._ending.wait()
                else:
                    log.info("an answer could not be shown yet (%s); the next edit will", reason(error))
            await self._ends_within(self._pace.seconds(self._target.place_id))
        if not self._left:
            await self._make_final_edit()
        elif len(self._messages) < len(tried):
            await with_retries(lambda: self._send_and_edit(tried))

    async def _ends_within(self, seconds: float) -> None:
        """Wait until the answer ends, at most so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ending.wait()

    async def type_until_text(self) -> None:
        """Show the typing indicator until there is something to show, without delaying the text."""
        await asyncio.sleep(_TYPING_AFTER_SECONDS)
        while not (self._ending.is_set() or (not self._quiet and (self._messages or self._text or self._remark))):
            with suppress(*PASSING, discord.HTTPException):
                await self._channel.typing()
            await asyncio.sleep(_TYPING_LASTS_SECONDS)

    async def _make_final_edit(self) -> None:
        """Make the last edit. When Discord refuses the file or a further message, show the rest with a remark that says so.

        Raises DisplayError. Raises DisplayRefused when Discord refuses the text or a further message; it is `told` where a remark
        in the answer's place says so.
        """
        pieces = await self._cutting.to_end(self._text)
        file_use = FileUse.ATTACHED if self._channel.takes_files else FileUse.FORBIDDEN
        layouts = layout(self._end, self._max_messages, file_use, pieces)
        try:
            await with_retries(lambda: self._replace_all(layouts))
        except DisplayRefused as refused:
            forbidden = isinstance(refused.__cause__, discord.Forbidden)
            if forbidden and 0 < len(self._messages) < len(layouts):
                refused.told = await self._show_cut_short(layouts[: len(self._messages)])
                raise
            if not any(message.file for message in layouts):
                refused.told = await self._show_refused(refused)
                raise
            log.warning("the file of an answer was refused: %s", refused)
            without_file = layout(
                self._end, self._max_messages, FileUse.FORBIDDEN if forbidden else FileUse.REFUSED, pieces
            )
            try:
                await with_retries(lambda: self._replace_all(without_file))
            except DisplayRefused as again:
                again.told = await self._show_refused(again)
                raise

    async def _show_refused(self, refused: DisplayRefused) -> bool:
        """Say in the answer's place that Discord refuses its text, and return whether Discord took that.

        Text that it has accepted before stays. The remark comes under it, or in a message of its own where Discord refuses that.
        """
        cause = refused.__cause__
        if not isinstance(cause, discord.HTTPException) or isinstance(cause, (discord.Forbidden, discord.NotFound)):
            return False
        shown = [message.shown for message in takewhile(lambda one: one.shown, self._messages) if message.shown]
        return await self._replaces_all(refused_layouts(shown, cause.code)) or (
            bool(shown) and await self._replaces_all([*shown, refusal(cause.code)])
        )

    async def _show_cut_short(self, layouts: Sequence[MessageLayout]) -> bool:
        """Say under the messages that exist that the rest is missing, and return whether Discord took that."""
        return await self._replaces_all(cut_short(layouts, self._channel.needed_to_send))

    async def _replaces_all(self, layouts: Sequence[MessageLayout]) -> bool:
        """Make these the only messages of the answer, and return whether Discord took them."""
        try:
            await with_retries(lambda: self._replace_all(layouts))
        except DisplayError as error:
            log.info("a remark on an answer could not be shown: %s", error)
            return False
        return True

    async def _replace_all(self, layouts: Sequence[MessageLayout]) -> None:
        """Make these the only messages of the answer: send and edit, then delete surplus and retired messages."""
        await self._send_and_edit(layouts)
        surplus = [message.id for message in self._messages[len(layouts) :]]
        if surplus:
            await self._recorder.retiring(surplus)
        if to_delete := [*self._retired, *surplus]:
            for message_id in to_delete:
                await self._channel.delete(message_id)
            await self._recorder.gone(to_delete)
        del self._messages[len(layouts) :]
        self._retired = ()

    async def _send_and_edit(self, layouts: Sequence[MessageLayout]) -> None:
        """Make the first messages of the answer show `layouts`. Further messages are left as they are.

        A message that somebody deleted is not sent again while the attempt is shown that it was sent for; a later attempt, which
        somebody asked for, does without it.
        """
        for index, wanted in enumerate(layouts):
            while index < len(self._messages) and self._messages[index].shown != wanted:
                if not await self._edit(self._messages[index], wanted) and self._target.sibling > 1:
                    del self._messages[index]
            if index == len(self._messages):
                await self._send(wanted, first=index == 0)
                if self._messages[index].shown != wanted:
                    await self._edit(self._messages[index], wanted)

    async def _send(self, wanted: MessageLayout, *, first: bool) -> None:
        sent = await self._channel.send(
            wanted.text,
            self._next_number,
            first=first,
            buttons=view_of(wanted.controls, self._target.key),
            files=files_of(wanted),
        )
        # If the nonce was used before, Discord returned the existing message, which may show something else.
        complete = shows(sent, wanted.controls, self._target.key) and bool(sent.attachments) >= bool(wanted.file)
        as_wanted = complete and sent.content == wanted.text.strip()
        self._messages.append(_Message(sent.id, wanted if as_wanted else None))
        self._next_number += 1
        await self._recorder.sent(self._next_number - 1, sent.id)

    async def _edit(self, message: _Message, wanted: MessageLayout) -> bool:
        """Edit a message to show `wanted`. Buttons and files are sent only when the message may have others.

        Return False, and record the message as gone, when somebody deleted it.
        """
        message_exists = True
        shown = message.shown
        buttons = (
            AS_THEY_ARE if shown and shown.controls == wanted.controls else view_of(wanted.controls, self._target.key)
        )
        files = AS_THEY_ARE if shown and shown.file == wanted.file else files_of(wanted)
        try:
            await self._channel.edit(message.id, wanted.text, buttons, files)
        except discord.NotFound as error:
            if error.code != _UNKNOWN_MESSAGE:
                raise
            log.info("message %s of an answer was deleted meanwhile", message.id)
            await self._recorder.gone((message.id,))
            message_exists = False
        message.shown = wanted
        return message_exists
