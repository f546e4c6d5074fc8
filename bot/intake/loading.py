"""`Loader` turns the bytes of one file into what can be shown to a model, or into the reason why they cannot."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot.chat.turns import Question
from bot.config import Current, FileSettings
from bot.errors import NotTranscribed, ParleyError
from bot.files.kinds import AUDIO, DOCUMENTS, IMAGES, Kind, kind_of
from bot.files.results import Document, Picture, Unreadable
from bot.files.text import Decoded, decoded, language_of
from bot.files.workers import Workers
from bot.intake import texts
from bot.intake.attachments import Attached
from bot.intake.names import shown
from bot.intake.transcriber import Transcriber

log = logging.getLogger(__name__)

_BYTES_A_CHARACTER: Final = 4
"""The most bytes of one character, in any encoding that is read."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file, the language of its code, and its size in bytes."""

    found: Decoded
    language: str
    size: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of an audio file."""

    text: str


@dataclass(frozen=True, slots=True)
class Recording:
    """An audio file that is still to be transcribed."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is left out. `why` ends a sentence for the asker, who otherwise reads the whole `sentence`."""

    why: str = ""
    sentence: str = ""


Loaded = Picture | Document | TextFile | Transcript | LeftOut


class Loader:
    """Reads files by their kinds. Where `transcriber` returns None, audio is left out."""

    def __init__(
        self, settings: Current[FileSettings], workers: Workers, transcriber: Callable[[], Transcriber | None]
    ) -> None:
        self._settings = settings
        self._workers = workers
        self._transcriber = transcriber

    async def load(self, data: bytes, file: Attached, characters: int, person: int) -> Loaded | Recording:
        """Return what is read of a person's file, of its text `characters` at most; audio as it is, for `heard`."""
        kind = await asyncio.to_thread(kind_of, data)
        if (refusal := self._refusal(kind)) is not None:
            return refusal
        try:
            if kind in IMAGES:
                return await self._workers.picture(data, kind, self._settings.value.seconds, person=person)
            if kind in DOCUMENTS:
                return await self._document(data, kind, characters, person)
        except Unreadable as error:
            return LeftOut(texts.REASONS[error.reason])
        if kind in AUDIO:
            return LeftOut(texts.NO_TRANSCRIPTION) if self._transcriber() is None else Recording(data)
        return await asyncio.to_thread(_text, data, file.name, characters)

    def _refusal(self, kind: Kind) -> LeftOut | None:
        """Return why files of a kind are not read, None for those that are."""
        if kind is Kind.EMPTY:
            return LeftOut(texts.NO_BYTES)
        settings = self._settings.value
        for kinds, allowed, words in (
            (IMAGES, settings.images, texts.IMAGES),
            (DOCUMENTS, settings.documents, texts.DOCUMENTS),
            (AUDIO, settings.audio, texts.AUDIO),
            ({Kind.TEXT}, settings.text, texts.TEXT),
        ):
            if kind in kinds:
                return None if allowed else LeftOut(texts.SWITCHED_OFF.format(kind=words))
        return LeftOut(texts.NO_KIND if kind is Kind.UNKNOWN else texts.NO_KIND_NAMED.format(kind=texts.KINDS[kind]))

    async def _document(self, data: bytes, kind: Kind, characters: int, person: int) -> Document:
        settings = self._settings.value
        return await self._workers.document(
            data, kind, pages=settings.pages, characters=characters, seconds=settings.seconds, person=person
        )

    async def heard(self, recording: Recording, file: Attached, question: Question) -> Transcript | LeftOut:
        """Return what is said in a recording. The time for it is the transcriber's."""
        if (transcriber := self._transcriber()) is None:
            return LeftOut(texts.NO_TRANSCRIPTION)
        try:
            return Transcript(await transcriber.transcribe(recording.data, shown(file.name), question))
        except NotTranscribed as error:
            return LeftOut(sentence=error.public)
        except ParleyError as error:
            log.warning("file %s of question %s is not transcribed: %s", file.id, question.key, error)
            return LeftOut(texts.NOT_TRANSCRIBED)


def _text(data: bytes, name: str, characters: int) -> Loaded:
    found = decoded(data, characters * _BYTES_A_CHARACTER)
    return TextFile(found, language_of(name), len(data)) if found.text.strip() else LeftOut(texts.NO_BYTES)
