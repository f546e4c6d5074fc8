"""Transcriptions: recordings as they came to `/v1/audio/transcriptions`, checked as OpenAI checks them, and their transcripts.

Sources: OpenAI's OpenAPI document (`CreateTranscriptionRequest`, `CreateTranscriptionResponseJson` and its two usages); people's
reports for the wording: supershaneski/openai-whisper-api 5 (formats), StanGirard/speechdigest 1 (25 MB). A second of sound is ten
tokens (OpenAI's guide "Managing costs" of the Realtime API: one token for 100 ms). Only `json` and `text` are served.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.sandbox.clock import monotonic
from bot.sandbox.model import errors
from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.requests import Outcome
from bot.sandbox.model.vocabularies import count
from bot.sandbox.wire import Json

PATH = "/audio/transcriptions"
MOST_BYTES = 26_214_400
"""Bytes that a request may have: 25 MiB."""
MODELS = ("gpt-transcribe", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "whisper-1")
FORMATS = ("flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm")
TOKENS_PER_SECOND = 10
_FIELDS = frozenset(
    {
        *("file", "model", "language", "languages", "languages[]", "keywords", "keywords[]", "prompt"),
        *("response_format", "temperature", "stream"),
    }
)
_SERVED = ("json", "text")
_MAGIC = (b"fLaC", b"ID3", b"OggS", b"RIFF", b"\x1aE\xdf\xa3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xf1")
_BYTES_PER_SECOND = 4_000


@dataclass(eq=False)
class TranscriptionRequest:
    """One request for a transcript. Times are monotonic; `fields` are those of the form beside the file.

    `text` is what the client was sent, `seconds` how long the recording counts.
    """

    headers: Mapping[str, str]
    fields: dict[str, str] = field(default_factory=dict[str, str])
    filename: str = ""
    content_type: str = ""
    data: bytes = field(default=b"", repr=False)
    at: float = field(default_factory=monotonic)
    status: int = 0
    outcome: Outcome = Outcome.ANSWERING
    text: str = ""
    seconds: float = 0.0
    ended_at: float | None = None

    @property
    def model(self) -> str:
        """The model asked for."""
        return self.fields.get("model", "")

    @property
    def wants_text(self) -> bool:
        """Whether the bare text was asked for, and not JSON."""
        return self.fields.get("response_format") == "text"

    def ended(self, outcome: Outcome) -> None:
        """Note how it ended, once."""
        if self.ended_at is None:
            self.outcome = outcome
            self.ended_at = monotonic()


@dataclass(slots=True)
class Hearing:
    """The script of transcripts: those that were given, one for each request, then the callable, then a sentence of its own."""

    scripted: deque[tuple[str, float | None]] = field(default_factory=deque[tuple[str, float | None]])
    answer: Callable[[TranscriptionRequest], str] | None = None

    def next(self, request: TranscriptionRequest) -> None:
        """Put text and length of the transcript into a request."""
        text, seconds = self.scripted.popleft() if self.scripted else ((self.answer or _sentence)(request), None)
        request.text = text
        request.seconds = max(0.1, len(request.data) / _BYTES_PER_SECOND) if seconds is None else seconds


def _sentence(request: TranscriptionRequest) -> str:
    return f"This is a recording of {len(request.data)} bytes."


def check(request: TranscriptionRequest, *, strict: bool) -> None:
    """Check a request; only a `strict` server knows its fields, and what its models can write. Raises ModelError 400."""
    for name in request.fields.keys() - _FIELDS if strict else ():
        raise errors.unknown_parameter(name)
    if not request.filename:
        raise errors.missing_parameter("file")
    if not request.model:
        raise errors.missing_parameter("model")
    form = request.fields.get("response_format", "json")
    if form not in _SERVED or request.fields.get("stream") == "true":
        text = f"response_format '{form}' is not compatible with model '{request.model}'. Use 'json' or 'text' instead."
        raise ModelError(400, text, code="unsupported_value", param="response_format")
    if request.filename.lower().rpartition(".")[2] not in FORMATS:
        raise ModelError(400, f"Invalid file format. Supported formats: {list(FORMATS)}")
    if not request.data.startswith(_MAGIC) and request.data[4:8] != b"ftyp":
        text = "Audio file might be corrupted or unsupported"
        raise ModelError(400, text, code="invalid_value", param="file")


def too_large(read: int) -> ModelError:
    """413: more bytes than a recording may have."""
    text = f"Maximum content size limit ({MOST_BYTES}) exceeded ({read} bytes read)"
    return ModelError(413, text, type="server_error")


def written(request: TranscriptionRequest, *, usage: bool) -> Json:
    """Return the body of an answer in JSON, with its usage where the server reports it."""
    return {"text": request.text, **({"usage": _usage(request)} if usage else {})}


def _usage(request: TranscriptionRequest) -> Json:
    if request.model.startswith("whisper"):
        return {"type": "duration", "seconds": request.seconds}
    sound, said = round(request.seconds * TOKENS_PER_SECOND), count(request.text)
    asked = count(request.fields.get("prompt", ""))
    return {
        "type": "tokens",
        "input_tokens": sound + asked,
        "input_token_details": {"text_tokens": asked, "audio_tokens": sound},
        "output_tokens": said,
        "total_tokens": sound + asked + said,
    }
