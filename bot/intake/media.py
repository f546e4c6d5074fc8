"""`MediaReader` fetches and reads the files of a question, all of them within one time, while the question waits in its lane.

Only the transcription of audio has a time of its own, which its settings bound.

Each file ends in a content or in one sentence for the asker; none makes a question fail. The bytes of at most eight files are in
memory at a time, over all questions, beside those of recordings that wait for their words. Of each of these one person has half.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import discord

from bot.chat.content import Blob, Content, Media, MediaKind
from bot.chat.image_tokens import Sight
from bot.chat.places import PlaceKind
from bot.chat.ports.intake import Sourced
from bot.chat.texts import TRANSCRIPTION_BUSY
from bot.chat.tokens import Count
from bot.chat.turns import Question
from bot.config import Current, FileSettings
from bot.files.shared_slots import SharedRoom, SharedSlots
from bot.files.workers import Workers
from bot.intake import texts
from bot.intake.attachments import Attached, attached_to, link_of
from bot.intake.downloads import Downloads, FileGone, FileTooLarge, NotFetched
from bot.intake.fitting import Fitted, Room
from bot.intake.loading import LeftOut, Loaded, Loader, Recording
from bot.intake.names import shown
from bot.intake.transcriber import Transcriber

log = logging.getLogger(__name__)

_FILES_AT_A_TIME: Final = 8
_RECORDINGS: Final = 16
_CHARACTERS_A_TOKEN: Final = 8
"""Characters that are read for each token that there is room for. About four of English make a token (OpenAI's help pages)."""
_MOST_CHARACTERS: Final = 400_000
_MOST_NAMES: Final = 5


@dataclass(frozen=True, slots=True)
class FilesRead:
    """The files of a question as they were read.

    `lines` says of each file by its id how it is shown in the question's text: by a line, or not at all where that is empty.
    Files that are not among them were left out. `paste` is the part of the question's own text that came as a file.
    """

    contents: tuple[Content | Sourced, ...] = ()
    blobs: tuple[Blob, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: Mapping[int, str] = field(default_factory=dict[int, str])
    paste: str = ""


NO_FILES: Final = FilesRead()
VOICE: Final = "[voice message]"
LINES: Final = {
    MediaKind.IMAGE: "[picture: {name}]",
    MediaKind.FILE: "[file: {name}]",
    MediaKind.AUDIO: "[audio: {name}]",
}
"""Lines in a question's text that stand for files whose contents follow it."""


class MediaReader:
    """Fetches and reads the files of questions.

    `prompt_tokens` returns the budget of one prompt, in tokens, `sight` what the model of a question sees, and `transcriber` what
    turns recordings into text, None where nothing does.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        settings: Current[FileSettings],
        prompt_tokens: Callable[[], int],
        downloads: Downloads,
        count: Count,
        sight: Callable[[Question], Awaitable[Sight]],
        transcriber: Callable[[], Transcriber | None] = lambda: None,
    ) -> None:
        self._client = client
        self._settings = settings
        self._prompt_tokens = prompt_tokens
        self._downloads = downloads
        self._count = count
        self._sight = sight
        self._loader = Loader(settings, Workers(), transcriber)
        self._slots = SharedSlots(_FILES_AT_A_TIME, _FILES_AT_A_TIME // 2)
        self._recordings = SharedRoom(_RECORDINGS, _RECORDINGS // 2)

    async def read(self, message: discord.Message, bot: discord.abc.User, question: Question) -> FilesRead:
        """Return what was read of the files that belong to a question. It raises for no file."""
        attached = attached_to(message, bot)
        if not attached:
            return NO_FILES
        most = self._settings.value.per_question
        files, others = attached[:most], attached[most:]
        tokens = int(self._prompt_tokens() * self._settings.value.share)
        with self._recordings.of(question.author.id) as may_hear:
            characters = min(_MOST_CHARACTERS, tokens * _CHARACTERS_A_TOKEN)
            found = await self._loaded(files, _Reading(question, characters, may_hear))
            loaded = await asyncio.gather(
                *(self._heard(one, file, question) for one, file in zip(found, files, strict=True))
            )
        sight = await self._sight(question)
        room = Room(tokens, self._count, sight, tags=question.place.kind is not PlaceKind.DM)
        fitted = await asyncio.to_thread(lambda: [room.fit(*pair) for pair in zip(files, loaded, strict=True)])
        remarks = [one.remark for one in fitted if one.remark]
        return _together(files, fitted, [*remarks, *([_named(others, most)] if others else [])])

    async def _heard(self, found: Loaded | Recording, file: Attached, question: Question) -> Loaded:
        """Return a recording as its words, and everything else as it is."""
        if not isinstance(found, Recording):
            return found
        try:
            return await self._loader.heard(found, file, question)
        except Exception:
            log.exception("file %s of question %s cannot be transcribed", file.id, question.key)
            return LeftOut(texts.FAILED)

    async def _loaded(self, files: Sequence[Attached], reading: "_Reading") -> list[Loaded | Recording]:
        """Return what each file holds, or why not; what is not there in time is left out."""
        seconds = self._settings.value.seconds
        async with self._downloads.session() as session:
            links = _Links(self._client)
            tasks = [
                asyncio.create_task(self._load(session, links, file, reading), name=f"file {file.id}") for file in files
            ]
            try:
                await asyncio.wait(tasks, timeout=seconds)
            finally:
                for task in (*tasks, *links.tasks):
                    task.cancel()
                await asyncio.gather(*tasks, *links.tasks, return_exceptions=True)
        too_late = LeftOut(texts.TOO_LATE.format(seconds=seconds))
        return [too_late if task.cancelled() else task.result() for task in tasks]

    async def _load(
        self, session: aiohttp.ClientSession, links: "_Links", file: Attached, reading: "_Reading"
    ) -> Loaded | Recording:
        """Return what a file holds, or why it is left out."""
        key, most = reading.question.key, self._settings.value.max_bytes
        if file.size > most:
            return LeftOut(texts.TOO_MANY_BYTES.format(most=texts.size(most)))
        try:
            return await self._fetched(session, links, file, reading)
        except FileTooLarge:
            return LeftOut(texts.TOO_MANY_BYTES.format(most=texts.size(most)))
        except FileGone:
            return LeftOut(texts.GONE)
        except NotFetched as error:
            log.info("file %s of question %s: %s", file.id, key, error)
            return LeftOut(texts.NOT_FETCHED)
        except Exception:
            log.exception("file %s of question %s cannot be read", file.id, key)
            return LeftOut(texts.FAILED)

    async def _fetched(
        self, session: aiohttp.ClientSession, links: "_Links", file: Attached, reading: "_Reading"
    ) -> Loaded | Recording:
        """Fetch and read a file. Raises NotFetched."""
        most, person = self._settings.value.max_bytes, reading.question.author.id
        async with self._slots.taken(person):
            try:
                data = await self._downloads.fetch(session, file.link, most)
            except FileGone:
                data = await self._downloads.fetch(session, await links.renewed(file), most)
            found = await self._loader.load(data, file, reading.characters, person)
        if isinstance(found, Recording) and not reading.may_hear():
            return LeftOut(sentence=TRANSCRIPTION_BUSY.format(name=shown(file.name)))
        return found


@dataclass(frozen=True, slots=True)
class _Reading:
    """The reading of one question's files: of each text `characters` at most. `may_hear` takes the room for a recording."""

    question: Question
    characters: int
    may_hear: Callable[[], bool]


class _Links:
    """Fetches messages for fresh links to their files, each message once."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._messages: dict[int, asyncio.Task[discord.Message]] = {}

    @property
    def tasks(self) -> tuple[asyncio.Task[discord.Message], ...]:
        """The fetches that were begun."""
        return tuple(self._messages.values())

    async def renewed(self, file: Attached) -> str:
        """Return a fresh link to a file. Raises FileGone or NotFetched."""
        if (task := self._messages.get(file.message_id)) is None:
            channel = self._client.get_partial_messageable(file.channel_id)
            task = asyncio.create_task(channel.fetch_message(file.message_id), name=f"message {file.message_id}")
            self._messages[file.message_id] = task
        try:
            message = await asyncio.shield(task)
        except discord.NotFound as error:
            raise FileGone("the file's message is gone") from error
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NotFetched(f"the file's message cannot be fetched ({type(error).__name__})") from error
        if (link := link_of(message, file.id)) is None:
            raise FileGone("the file is not on its message any more")
        return link


def _together(files: Sequence[Attached], fitted: Sequence[Fitted], remarks: Sequence[str]) -> FilesRead:
    contents: list[Content | Sourced] = []
    lines: dict[int, str] = {}
    for file, one in zip(files, fitted, strict=True):
        if one.paste:
            lines[file.id] = ""
        if one.media is not None:
            lines[file.id] = _line(file, one.media)
            contents.append(one.media if file.own else Sourced(one.media, file.author_id, file.source_id))
    return FilesRead(
        contents=tuple(contents),
        blobs=tuple({one.blob.hash: one.blob for one in fitted if one.blob is not None}.values()),
        remarks=tuple(remarks),
        lines=lines,
        paste="\n".join(one.paste for one in fitted if one.paste),
    )


def _line(file: Attached, media: Media) -> str:
    """Return the line in the question's text that stands for a file whose content follows the text."""
    is_voice = media.kind is MediaKind.AUDIO and file.is_voice
    return VOICE if is_voice else LINES[media.kind].format(name=file.name)


def _named(files: Sequence[Attached], most: int) -> str:
    names = ", ".join(shown(file.name) for file in files[:_MOST_NAMES])
    if len(files) > _MOST_NAMES:
        names = texts.AND_MORE.format(names=names, number=len(files) - _MOST_NAMES)
    return texts.NOT_READ_MANY.format(most=most, names=names)
