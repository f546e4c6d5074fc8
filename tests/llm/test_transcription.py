"""Transcripts through the client: what is sent, what comes back, and the errors."""

import pytest

from bot.chat.calls import Usage
from bot.chat.ports.transcriber import Recording, Transcript
from bot.errors import (
    ModelBusy,
    ModelError,
    ModelKeyRejected,
    ModelQuotaSpent,
    ModelRejected,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
)
from bot.llm.client import connected
from bot.sandbox import LlamaCpp, NoUsage, Sandbox
from tests.llm.asking import server_at

OGG = b"OggS" + bytes(7_996)


async def transcript(box: Sandbox, model: str = "gpt-transcribe", data: bytes = OGG) -> Transcript:
    """The transcript of a recording, by a client of its own."""
    async with connected(server_at(box.model.base_url)) as client:
        return await client.transcribe(Recording(model, "recording.ogg", data))


async def test_a_recording_is_sent_and_comes_back_as_text(box: Sandbox) -> None:
    """The whole recording is sent under its format's name; text and usage in tokens come back."""
    box.model.audio.hears("Hello there.", seconds=7)
    assert await transcript(box, data=OGG * 40) == Transcript("Hello there.", Usage(prompt=70, completion=3))
    [request] = box.model.audio.requests
    assert (request.filename, request.data, request.model) == ("recording.ogg", OGG * 40, "gpt-transcribe")
    assert request.fields == {"model": "gpt-transcribe", "response_format": "json"}
    assert request.headers["Authorization"] == "Bearer sk-1"


async def test_whisper_names_seconds(box: Sandbox) -> None:
    """whisper-1's usage is the length of the recording."""
    box.model.audio.hears("Hello.", seconds=7.5)
    assert await transcript(box, "whisper-1") == Transcript("Hello.", None, 7.5)


async def test_a_local_server_names_no_usage(box: Sandbox) -> None:
    """A transcript without usage is taken as well."""
    box.model.speaks(NoUsage())
    box.model.audio.hears("Hello.")
    assert await transcript(box, "whisper-1") == Transcript("Hello.")


@pytest.mark.parametrize(
    "body",
    [
        '{"text": "Hi", "usage": {"type": "tokens", "input_tokens": "many", "output_tokens": -3}}',
        '{"text": "Hi", "usage": {"type": "duration", "seconds": "long"}}',
        '{"text": "Hi", "usage": {"type": "duration", "seconds": NaN}}',
        '{"text": "Hi", "usage": {"type": "duration", "seconds": -1}}',
        '{"text": "Hi", "usage": 7}',
        '{"text": "Hi", "usage": null, "more": []}',
    ],
)
async def test_a_strange_usage_counts_as_none(box: Sandbox, body: str) -> None:
    """A usage whose figures are none is left out."""
    box.model.audio.answers_raw(body)
    assert await transcript(box) == Transcript("Hi")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<html>Just a moment...</html>", "text/html"),
        ("Hello.", "text/plain"),
        ('{"text": ', "application/json"),
        ('{"text": 7}', "application/json"),
        ("{}", "application/json"),
        ("[]", "application/json"),
        ("", "application/json"),
        ("[" * 100_000, "application/json"),
    ],
)
async def test_what_is_no_transcript_is_an_error(box: Sandbox, body: str, content_type: str) -> None:
    """A proxy's page, broken JSON and an answer without a text are refused."""
    box.model.audio.answers_raw(body, content_type=content_type)
    with pytest.raises(ModelRejected, match=r"check transcription\.base_url"):
        await transcript(box)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "invalid_api_key", ModelKeyRejected),
        (404, "model_not_found", ModelUnknown),
        (429, "rate_limit_exceeded", ModelBusy),
        (429, "insufficient_quota", ModelQuotaSpent),
        (500, None, ModelUnreachable),
        (503, None, ModelUnreachable),
        (408, None, ModelTimedOut),
    ],
)
async def test_errors_are_those_of_every_request(
    box: Sandbox, status: int, code: str | None, kind: type[ModelError]
) -> None:
    """An error response becomes the error that the same response to a question would."""
    box.model.audio.fails(status, code=code, message="no")
    with pytest.raises(kind) as caught:
        await transcript(box)
    assert type(caught.value) is kind


async def test_a_server_without_transcripts_refuses(box: Sandbox) -> None:
    """llama.cpp has no such address."""
    box.model.speaks(LlamaCpp())
    with pytest.raises(ModelRejected):
        await transcript(box)


async def test_a_broken_connection_is_no_answer(box: Sandbox) -> None:
    """A connection that breaks, and a server that is not there, cannot be reached."""
    box.model.audio.resets(times=2)
    with pytest.raises(ModelUnreachable):
        await transcript(box)
    box.model.goes_away()
    with pytest.raises(ModelUnreachable):
        await transcript(box)


async def test_the_log_holds_no_secret(box: Sandbox) -> None:
    """The provider's words are kept without the key that they repeat."""
    box.model.audio.fails(400, message="no recording can be read with the key sk-1 of yours")
    with pytest.raises(ModelRejected) as caught:
        await transcript(box)
    assert "no recording can be read" in caught.value.words
    assert "sk-1" not in str(caught.value)
    assert caught.value.unredacted == ""
