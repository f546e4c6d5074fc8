"""Tests of transcripts: `/v1/audio/transcriptions` (sources: see `bot.sandbox.model.transcriptions`)."""

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.audio import Transcription
from openai.types.audio.transcription import UsageDuration, UsageTokens

from bot.sandbox import Dialect, LiteLLM, LlamaCpp, NoUsage, Ollama, Outcome, Sandbox
from tests.sandbox.model.asking import ask, body_of

OGG = b"OggS" + bytes(7_996)


async def transcript(
    ai: AsyncOpenAI, data: bytes = OGG, name: str = "voice.ogg", model: str = "gpt-transcribe"
) -> Transcription:
    """Ask for a transcript as JSON."""
    return await ai.audio.transcriptions.create(model=model, file=(name, data), response_format="json")


async def refused(ai: AsyncOpenAI, **asked: str | bytes) -> openai.APIStatusError:
    """Ask for a transcript that is refused."""
    with pytest.raises(openai.APIStatusError) as caught:
        await transcript(ai, **asked)  # type: ignore[arg-type] -- wrong on purpose
    return caught.value


async def test_a_recording_is_transcribed(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A recording comes back as text with its usage in tokens, and the test sees what was sent."""
    box.model.audio.hears("Hello there.", seconds=7)
    heard = await ai.audio.transcriptions.create(model="gpt-transcribe", file=("a.ogg", OGG), prompt="names: Ada")
    assert heard.text == "Hello there."
    assert isinstance(heard.usage, UsageTokens)
    details = heard.usage.input_token_details
    assert details is not None
    assert (details.audio_tokens, heard.usage.output_tokens) == (70, 3)
    assert heard.usage.total_tokens == 70 + (details.text_tokens or 0) + 3
    [request] = box.model.audio.requests
    assert (request.filename, request.data, request.model) == ("a.ogg", OGG, "gpt-transcribe")
    assert (request.outcome, request.status, request.fields["prompt"]) == (Outcome.ANSWERED, 200, "names: Ada")
    assert box.model.requests == []


async def test_whisper_counts_seconds(box: Sandbox, ai: AsyncOpenAI) -> None:
    """whisper-1 reports the length of the recording, and no tokens."""
    heard = await transcript(ai, model="whisper-1")
    assert heard.text == "This is a recording of 8000 bytes."
    assert isinstance(heard.usage, UsageDuration)
    assert heard.usage.seconds == 2.0


async def test_a_transcript_may_be_bare_text(box: Sandbox, ai: AsyncOpenAI) -> None:
    """`text` brings the text alone, with a line end (public reports)."""
    box.model.audio.answers(lambda request: f"{request.model} heard")
    assert await ai.audio.transcriptions.create(model="whisper-1", file=("a.ogg", OGG), response_format="text") == (
        "whisper-1 heard\n"
    )


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({"name": "a.txt"}, 400, "Invalid file format. Supported formats: ['flac'"),
        ({"data": b"no sound"}, 400, "might be corrupted or unsupported"),
        ({"model": "gpt-5.4"}, 404, "does not exist"),
        ({"data": b"OggS" + bytes(26_214_400)}, 413, "Maximum content size limit (26214400) exceeded"),
    ],
)
async def test_bad_recordings_are_refused(
    ai: AsyncOpenAI, asked: dict[str, str | bytes], status: int, words: str
) -> None:
    """A recording of an unknown format, a broken one, one for no audio model and one above 25 MB are refused."""
    error = await refused(ai, **asked)
    assert (error.status_code, words in body_of(error)["error"]["message"]) == (status, True)


async def test_a_form_is_checked(ai: AsyncOpenAI) -> None:
    """The model's format, the file and the fields are checked by name (OpenAPI document, CreateTranscriptionRequest)."""
    with pytest.raises(openai.BadRequestError) as caught:
        await ai.audio.transcriptions.create(model="gpt-transcribe", file=("a.ogg", OGG), response_format="vtt")
    assert caught.value.param == "response_format"
    with pytest.raises(openai.BadRequestError) as caught:
        await ai.audio.transcriptions.create(model="gpt-transcribe", file=("a.ogg", OGG), extra_body={"loudly": "yes"})
    assert (caught.value.code, caught.value.param) == ("unknown_parameter", "loudly")
    for body in ({"model": "gpt-transcribe"}, {}):
        with pytest.raises(openai.BadRequestError, match="Could not parse multipart form"):
            await ai.post("/audio/transcriptions", body=body, cast_to=object)
    with pytest.raises(openai.APIStatusError) as refusal:
        await ai.get("/audio/transcriptions", cast_to=object)
    assert refusal.value.status_code == 405


async def test_faults_meet_transcripts_alone(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A fault of the audio endpoint meets the next transcript, and no chat; one of the chats meets no transcript."""
    box.model.audio.fails(429, code="rate_limit_exceeded", headers={"retry-after": "3"})
    box.model.fails(500)
    with pytest.raises(openai.InternalServerError):
        await ask(ai)
    assert await ask(ai)
    error = await refused(ai)
    assert (error.status_code, error.response.headers["retry-after"]) == (429, "3")
    assert (await transcript(ai)).text
    box.model.audio.answers_raw("<html>", content_type="text/html")
    with pytest.raises(AttributeError):
        _ = (await transcript(ai)).text
    box.model.audio.delays(0.01)
    assert (await transcript(ai)).text


@pytest.mark.parametrize("order", ["resets", "lost", "hangs_up"])
async def test_a_connection_may_break(box: Sandbox, ai: AsyncOpenAI, order: str) -> None:
    """A request may be reset, closed, or lose its answer after it was carried out."""
    audio = box.model.audio
    {
        "resets": lambda: audio.resets(times=2),
        "lost": lambda: audio.resets(carried_out=True, times=2),
        "hangs_up": lambda: audio.hangs_up(times=2),
    }[order]()
    with pytest.raises(openai.APIConnectionError):
        await transcript(ai)
    assert audio.requests[0].outcome is Outcome.BROKEN
    assert bool(audio.requests[0].text) is (order == "lost")


async def test_a_server_may_stall(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stalled request ends when the client leaves; `is_well` forgets what was ordered."""
    box.model.audio.stalls(times=2)
    with pytest.raises(openai.APITimeoutError):
        await ai.with_options(timeout=0.2).audio.transcriptions.create(model="whisper-1", file=("a.ogg", OGG))
    await box.until(lambda: box.model.audio.requests[0].outcome is Outcome.ABANDONED)
    box.model.audio.is_well()
    assert (await transcript(ai)).text


@pytest.mark.parametrize(
    ("dialect", "status"), [(LlamaCpp(), 404), (Ollama(), 404), (NoUsage(), 200), (LiteLLM(), 200), (Dialect(), 200)]
)
async def test_dialects_serve_transcripts_or_none(box: Sandbox, ai: AsyncOpenAI, dialect: Dialect, status: int) -> None:
    """llama.cpp and Ollama have no such address; other compatible servers write transcripts without usage."""
    box.model.speaks(dialect)
    if status == 200:
        assert ((await transcript(ai)).usage is None) is not dialect.official
    else:
        assert (await refused(ai)).status_code == status
