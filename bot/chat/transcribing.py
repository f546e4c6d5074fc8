"""Has recordings transcribed: the only module that asks a transcriber.

A transcription is a call of its question, with its own row in the ledger: opened before the request, closed with its end,
whatever the end. It takes a slot of its server and counts in the tokens of the day. A server that reports seconds instead of
tokens, or nothing, is charged ten tokens for each second of the recording (OpenAI, "Managing costs" of the Realtime API: one
token for 100 ms of what a user says); a length that nobody knows costs what was reserved.
"""

import asyncio
import logging
from math import ceil
from typing import Final

from bot.chat.budget import TokenBudget
from bot.chat.calls import Call, CallEnd, Purpose, Usage
from bot.chat.fair_queue import Requester
from bot.chat.ports.alerts import Alerts, tell_of
from bot.chat.ports.calls import Calls
from bot.chat.ports.clock import Clock
from bot.chat.ports.transcriber import Recording, Transcriber, Transcript
from bot.chat.recordings import extension_of, seconds_of
from bot.chat.slots import Slots
from bot.chat.texts import (
    NO_SPEECH,
    NOT_TRANSCRIBED,
    RECORDING_TOO_LARGE,
    RECORDING_TOO_LONG,
    TRANSCRIPTION_BUSY,
    TRANSCRIPTION_DOWN,
    TRANSCRIPTION_REFUSED,
    TRANSCRIPTION_SPENT,
)
from bot.chat.turns import Question, clean
from bot.config import Current, TranscriptionSettings
from bot.errors import (
    ModelBusy,
    ModelError,
    ModelKeyRejected,
    ModelNotAllowed,
    ModelNotLoaded,
    ModelQuotaSpent,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
    NotTranscribed,
    TokensSpent,
    about,
)

log = logging.getLogger(__name__)

MOST_BYTES: Final = 25 * 1024 * 1024 - 4096
"""The largest recording: OpenAI takes requests of 25 MiB, of which the form around the file needs a little."""
_TOKENS_PER_SECOND: Final = 10
_RESERVED_PER_SECOND: Final = 15
"""Tokens that a second of a recording costs at most: ten of sound, five of text (200 words in a minute are about 4.5)."""
_TRIES: Final = 2
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 10.0
_ANSWERED: Final = "stop"
_STOPPED: Final = "stopped"

_PUBLIC: Final[tuple[tuple[type[ModelError] | tuple[type[ModelError], ...], str], ...]] = (
    (TokensSpent, TRANSCRIPTION_SPENT),
    (ModelBusy, TRANSCRIPTION_BUSY),
    ((ModelUnreachable, ModelTimedOut), TRANSCRIPTION_DOWN),
    ((ModelKeyRejected, ModelQuotaSpent, ModelUnknown, ModelNotAllowed, ModelNotLoaded), TRANSCRIPTION_REFUSED),
)
"""The sentence for the asker, by error; of any other, that the recording could not be transcribed."""


class Transcribing:
    """Transcribes recordings with one model of one server. `provider` is the server's name in the ledger."""

    def __init__(
        self,
        *,
        transcriber: Transcriber,
        provider: str,
        model: str,
        slots: Slots,
        calls: Calls,
        budget: TokenBudget,
        alerts: Alerts,
        clock: Clock,
        settings: Current[TranscriptionSettings],
        first_pause_seconds: float = _FIRST_PAUSE_SECONDS,
    ) -> None:
        self._transcriber = transcriber
        self._provider = provider
        self._model = model
        self._slots = slots
        self._calls = calls
        self._budget = budget
        self._alerts = alerts
        self._clock = clock
        self._settings = settings
        self._first_pause_seconds = first_pause_seconds

    async def transcribe(self, data: bytes, name: str, question: Question) -> str:
        """Return what is said in a recording that belongs to a question. It takes at most `transcription.wait_seconds`.

        `name` is the recording's in the sentences for people. Raises NotTranscribed and StoreError.
        """
        seconds = await asyncio.to_thread(self._checked, data, name)
        recording = Recording(self._model, f"recording.{extension_of(data)}", data)
        try:
            transcript = await self._ask(recording, seconds, question)
        except ModelError as error:
            log.warning("question %s: no transcript: %s: %s", question.key, type(error).__name__, error)
            tell_of(error, self._alerts)
            public = next((text for kinds, text in _PUBLIC if isinstance(error, kinds)), NOT_TRANSCRIBED)
            raise NotTranscribed(str(error), public.format(name=name)) from error
        text = clean(transcript.text).strip()
        if not text:
            raise NotTranscribed("the transcript is empty", NO_SPEECH.format(name=name))
        return text

    def _checked(self, data: bytes, name: str) -> float | None:
        """Return the recording's length in seconds, None where it does not tell. Raises NotTranscribed."""
        most = self._settings.value.max_seconds
        if extension_of(data) is None:
            raise NotTranscribed("no format of a recording", NOT_TRANSCRIBED.format(name=name))
        if len(data) > MOST_BYTES:
            raise NotTranscribed(f"{len(data)} bytes are too many", RECORDING_TOO_LARGE.format(name=name))
        seconds = seconds_of(data)
        if seconds is not None and seconds > most:
            text = RECORDING_TOO_LONG.format(name=name, most=about(most).removeprefix("about "))
            raise NotTranscribed(f"{seconds:.0f} s are too long (transcription.max_seconds)", text)
        return seconds

    async def _ask(self, recording: Recording, seconds: float | None, question: Question) -> Transcript:
        """Send the recording, and once more where the failure may pass. Raises ModelError and StoreError."""
        now = asyncio.get_running_loop().time
        deadline = now() + self._settings.value.wait_seconds
        step = 1
        while True:
            try:
                return await self._request(recording, seconds, _call(question, step), deadline)
            except (ModelBusy, ModelUnreachable) as error:
                pause = self._first_pause_seconds if error.retry_after is None else error.retry_after
                if step == _TRIES or pause > _LONGEST_PAUSE_SECONDS or now() + pause > deadline:
                    raise
                log.info("question %s: %s; another try in %.1f s", question.key, error, pause)
            step += 1
            await asyncio.sleep(pause)

    async def _request(self, recording: Recording, seconds: float | None, call: Call, deadline: float) -> Transcript:
        """Send one request, with its row in the ledger. Raises ModelError and StoreError."""
        length = self._settings.value.max_seconds if seconds is None else seconds
        reserve = ceil(length * _RESERVED_PER_SECOND)
        call_id = await self._calls.open(call, reserve=reserve, at=self._clock())
        end, unknown = CallEnd(_STOPPED, self._provider, self._model), _charged(seconds)
        try:
            async with asyncio.timeout_at(deadline):
                await self._budget.admit(call_id, reserve)
                async with self._slots.taken(Requester(call.person_id, call.guild_id or call.place_id)):
                    end = self._end(_STOPPED, unknown)
                    transcript = await self._transcriber.transcribe(recording)
                    end = self._end(_ANSWERED, transcript.usage or _charged(transcript.seconds) or unknown, transcript)
                    return transcript
        except TimeoutError as error:
            end = CallEnd(ModelTimedOut.reason, end.provider, end.model, usage=end.usage, estimated=end.estimated)
            wait = f"{self._settings.value.wait_seconds:g} s (transcription.wait_seconds)"
            raise ModelTimedOut(f"the recording was not transcribed within {wait}") from error
        except ModelError as error:
            end = CallEnd(error.reason, self._provider, self._model)
            raise
        finally:
            await self._calls.close(call_id, end, at=self._clock())

    def _end(self, reason: str, usage: Usage | None, transcript: Transcript | None = None) -> CallEnd:
        """Return the end of a request that was sent. Its usage is estimated unless the transcript's server reported tokens."""
        estimated = usage is not None and (transcript is None or transcript.usage is None)
        return CallEnd(reason, self._provider, self._model, usage=usage, estimated=estimated)


def _call(question: Question, step: int) -> Call:
    place = question.place
    return Call(
        purpose=Purpose.TRANSCRIPTION,
        conversation_id=question.conversation_id,
        position=question.position,
        sibling=0,
        step=step,
        place_id=place.id,
        guild_id=place.guild_id,
        person_id=question.author.id,
    )


def _charged(seconds: float | None) -> Usage | None:
    """Return our estimate for a recording of this length; None where that is not known."""
    return None if seconds is None else Usage(prompt=ceil(seconds * _TOKENS_PER_SECOND))
