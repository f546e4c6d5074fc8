"""Answers on Discord while they grow: `chat.ports.Display` by discord.py, working by ids only.

Each answer has one pump, the only one that touches its messages: it brings what Discord shows to the newest text, at a
pace, and never holds up the stream that feeds it. The last edit waits for no pace.
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

from bot.chat.ports import Offer, OnGone, OnPart, Showing, Target
from bot.errors import DisplayError, DisplayRefused, ParleyError, StoreError
from bot.reply.controls import Verb, button, view
from bot.reply.nonce import NOTICE
from bot.reply.pace import Pace
from bot.reply.place import AS_THEY_ARE, NOTE_MARK, DiscordPlace
from bot.reply.retry import PASSING, reason, with_retries
from bot.reply.split import LIMIT, Splitter, split

log = logging.getLogger(__name__)

_TYPING_AFTER_SECONDS: Final = 0.5
_TYPING_LASTS_SECONDS: Final = 8.0
_UNKNOWN_MESSAGE: Final = 10008
_OLD: Final = timedelta(minutes=55)
"""From an hour on messages may be edited about three times in 20 seconds only (Discord's 30046); the last edit needs that."""
IN_THE_FILE: Final = "This is too long for a few messages: the file holds all of it."
NO_FILES: Final = (
    "This is too long for a few messages, and I lack the permission Attach Files here: `/export` gives you all of it."
)
FILE_REFUSED: Final = (
    "This is too long for a few messages, and Discord does not take it as a file here: `/export` gives you all of it."
)
NO_MORE: Final = "I lack the permission {permission} here now, so the rest is missing: `/export` gives you all of it."
_FILE_NAME: Final = "answer.md"


class DiscordDisplay:
    """Shows answers and notices through `client`, an answer in at most `max_parts` messages."""

    def __init__(
        self,
        client: discord.Client,
        pace: Pace,
        max_parts: int,
        clock: Callable[[], datetime] = discord.utils.utcnow,
    ) -> None:
        self._client = client
        self._pace = pace
        self._max_parts = max_parts
        self._clock = clock

    @asynccontextmanager
    async def open(
        self, target: Target, parts: Sequence[int], on_part: OnPart, on_gone: OnGone
    ) -> AsyncGenerator[Showing, None]:
        """See `Display.open`."""
        place = DiscordPlace(self._client, target)
        live = _Live(place, target, parts, on_part, on_gone, pace=self._pace, max_parts=self._max_parts)
        live.quiet = any(self._clock() - discord.utils.snowflake_time(part) > _OLD for part in parts)
        tasks = [asyncio.create_task(live.pump()), asyncio.create_task(live.type_until_text())]
        live.pumping = tasks[0]
        self._pace.begins()
        try:
            yield live
        finally:
            self._pace.ends()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def notice(self, target: Target, text: str) -> None:
        """See `Display.notice`; the nonce keeps it from appearing twice."""
        place = DiscordPlace(self._client, target)
        await with_retries(lambda: place.send(f"{NOTE_MARK}{text}", NOTICE))

    async def found(self, target: Target, parts: Sequence[int]) -> Sequence[int]:
        """See `Display.found`."""
        place = DiscordPlace(self._client, target)
        return await with_retries(lambda: place.find(parts))

    async def shown(self, target: Target, parts: Sequence[int]) -> str | None:
        """See `Display.shown`."""
        place = DiscordPlace(self._client, target)
        texts: list[str] = []
        for message_id in parts:
            message = await with_retries(lambda message_id=message_id: place.fetch(message_id))
            if message is not None:
                texts.append(message.content)
        return _without_note("\n".join(texts)) if texts else None


@dataclass(slots=True)
class _Part:
    """A message that exists, what it shows (None where that is not known), and whether its id is in the store."""

    id: int
    text: str | None
    stored: bool
    end: "_End | None" = None


@dataclass(frozen=True, slots=True)
class _End:
    """What belongs under the last message of an answer that has ended: buttons, and the whole text as a file."""

    buttons: discord.ui.View | None = None
    file: str = ""

    @property
    def files(self) -> list[discord.File]:
        """The file anew: a request that is repeated reads it again."""
        return [discord.File(io.BytesIO(self.file.encode()), _FILE_NAME)] if self.file else []


class _Live:
    """One answer on display."""

    pumping: asyncio.Task[None]
    quiet = False
    """Whether nothing is shown of its growth, because its messages are old."""

    def __init__(
        self,
        place: DiscordPlace,
        target: Target,
        parts: Sequence[int],
        on_part: OnPart,
        on_gone: OnGone,
        *,
        pace: Pace,
        max_parts: int,
    ) -> None:
        self._place = place
        self._target = target
        self._on_part, self._on_gone = on_part, on_gone
        self._pace = pace
        self._max_parts = max_parts
        self._parts = [_Part(message_id, None, stored=True) for message_id in parts]
        self._text = ""
        self._splitter, self._split = Splitter(), ""
        self._note = self._remark = ""
        self._offer: Offer | None = None
        self._changed = asyncio.Event()
        self._ending = asyncio.Event()

    def show(self, text: str) -> None:
        """See `Showing.show`."""
        self._text = text
        self._changed.set()

    def remark(self, line: str) -> None:
        """See `Showing.remark`."""
        self._remark = f"{NOTE_MARK}{line}"
        self._changed.set()

    async def finish(self, text: str, note: str = "", offer: Offer | None = None) -> None:
        """See `Showing.finish`."""
        self._note, self._offer = note, offer
        self._ending.set()
        self.show(text)
        try:
            await asyncio.shield(self.pumping)
        except ParleyError:
            raise
        except Exception as error:
            raise DisplayError(f"the display failed for an unforeseen reason ({type(error).__name__})") from error

    async def pump(self) -> None:
        """Bring the messages to the newest text, again and again, until the whole text is there."""
        while not self._ending.is_set():
            await self._changed.wait()
            self._changed.clear()
            texts = self._so_far()[: 0 if self.quiet else self._max_parts] or [self._remark] * bool(self._remark)
            if self._ending.is_set() or not texts:
                continue
            try:
                await self._bring(texts)
            except (discord.Forbidden, discord.NotFound) as error:  # asking again and again gets a bot banned
                log.info("an answer cannot be shown (%s); its last edit is tried once more", reason(error))
                await self._ending.wait()
            except (*PASSING, discord.HTTPException) as error:
                log.info("an answer could not be shown yet (%s); the next edit will", reason(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.seconds(self._target.place_id)):
                    await self._ending.wait()
        await self._land()

    async def _land(self) -> None:
        """The last edit. What Discord refuses of it, be it the file or a further message, takes nothing else along."""
        parts = self._all_parts()
        texts, end = self._whole(parts, IN_THE_FILE if self._place.takes_files else NO_FILES)
        try:
            await with_retries(lambda: self._bring_all(texts, end))
        except DisplayRefused as refused:
            forbidden = isinstance(refused.__cause__, discord.Forbidden)
            if forbidden and 0 < len(self._parts) < len(texts):
                await self._say_that_no_more_comes(texts[: len(self._parts)])
                raise
            if end is None or not end.file:
                raise
            log.warning("the file of an answer was refused: %s", refused)
            texts, end = self._whole(parts, NO_FILES if forbidden else FILE_REFUSED)
            await with_retries(lambda: self._bring_all(texts, end))

    async def _say_that_no_more_comes(self, texts: Sequence[str]) -> None:
        note = NO_MORE.format(permission=self._place.needed_to_send)
        shortened = split(texts[-1], LIMIT - len(_line(note)))[0]
        with suppress(DisplayError):
            await with_retries(lambda: self._bring(_noted([*texts[:-1], shortened], note)))

    def _so_far(self) -> Sequence[str]:
        """The parts of what the model has written; only what is new of it is looked at."""
        self._splitter.feed(self._text[len(self._split) :])
        self._split = self._text
        return self._splitter.parts

    async def type_until_text(self) -> None:
        """Show the typing indicator while there is nothing to see; never in the way of the text."""
        delay = _TYPING_AFTER_SECONDS
        seen = self._ending if self.quiet else self._changed
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await seen.wait()
                return
            if not self.quiet and (self._parts or self._text):
                return
            with suppress(*PASSING, discord.HTTPException):
                await self._place.typing()
            delay = _TYPING_LASTS_SECONDS

    async def _bring_all(self, texts: Sequence[str], end: _End | None) -> None:
        await self._bring(texts, end)
        while len(self._parts) > len(texts):
            await self._drop(self._parts[-1].id)
            self._parts.pop()

    def _all_parts(self) -> list[str]:
        """The parts of the whole text, of which most are known already where it grew here."""
        if not self._text.startswith(self._split):
            return split(self._text)
        self._so_far()
        return self._splitter.close()

    def _whole(self, texts: list[str], of_the_file: str) -> tuple[Sequence[str], _End | None]:
        """All that is to be seen of an answer that has ended, by its parts: texts, and what belongs under the last.

        `of_the_file` is what is said of the file of one that is too long.
        """
        file, notes = "", [self._note] * bool(self._note)
        if len(texts) > self._max_parts:
            file = self._text if of_the_file == IN_THE_FILE else ""
            notes.append(of_the_file)
            room = LIMIT - len(_line(" ".join(notes)))
            texts = [*texts[: self._max_parts - 1], split(texts[self._max_parts - 1], room)[0]]
        buttons = None if self._offer is None else _buttons(self._target, self._offer)
        end = _End(buttons, file) if buttons or file else None
        return _noted(texts, " ".join(notes)), end

    async def _bring(self, texts: Sequence[str], end: _End | None = None) -> None:
        """Bring the messages to these texts; the end belongs under the last."""
        for index, text in enumerate(texts):
            below = end if index == len(texts) - 1 else None
            if index == len(self._parts):
                message = await self._place.send(
                    text, index + 1, below.buttons if below else None, below.files if below else []
                )
                whole = below is None or message.components or message.attachments  # unless the nonce was used before
                shown = text if whole and message.content == text.strip() else None
                self._parts.append(_Part(message.id, shown, stored=False, end=below))
            part = self._parts[index]
            if not part.stored:
                await self._store(index, part)
            if part.text != text or (below is not None and part.end != below):
                await self._edit(part, text, below)

    async def _store(self, index: int, part: _Part) -> None:
        """Step (c); where the store fails, the display goes on and the next round tries again."""
        try:
            await self._on_part(index, part.id)
        except StoreError as error:
            log.error("message %s of an answer could not be stored: %s", part.id, error)  # noqa: TRY400 -- it says it all
        else:
            part.stored = True

    async def _drop(self, message_id: int) -> None:
        """Delete a message that is left over; another attempt must not take it for one that can show something."""
        await self._place.delete(message_id)
        try:
            await self._on_gone(message_id)
        except StoreError as error:
            log.error("message %s is deleted, which could not be stored: %s", message_id, error)  # noqa: TRY400 -- it says it all

    async def _edit(self, part: _Part, text: str, end: _End | None) -> None:
        end = end or _End()
        taken_over = part.text is None  # it may have buttons and a file
        buttons = end.buttons if taken_over or end.buttons else AS_THEY_ARE
        files = end.files if taken_over or end.file else AS_THEY_ARE
        try:
            await self._place.edit(part.id, text, buttons, files)
        except discord.NotFound as error:
            if error.code != _UNKNOWN_MESSAGE:
                raise
            log.info("message %s of an answer was deleted meanwhile", part.id)
        part.text, part.end = text, end


def _buttons(target: Target, offer: Offer) -> discord.ui.View:
    return view(button(Verb(offer), target.message_id, target.sibling))


def _noted(parts: list[str], note: str) -> list[str]:
    """`parts` with a remark in small letters under the last."""
    if not note:
        return parts
    line = _line(note)
    if parts and len(parts[-1]) + len(line) <= LIMIT:
        return [*parts[:-1], parts[-1] + line]
    return [*parts, line.strip()]


def _line(note: str) -> str:
    return f"\n{NOTE_MARK}{note}"


def _without_note(text: str) -> str:
    """What is shown of the answer alone; only the last line can be a remark of ours."""
    body, _, last = text.rpartition("\n")
    return body if last.startswith(NOTE_MARK) else text
