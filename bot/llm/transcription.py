"""The transcription endpoint: one request of the SDK, and what its answer tells.

`json` is the only format that all of OpenAI's models write, and the one that names the usage. An answer that is no JSON comes
from the SDK as a text, whatever it is: a proxy's page must not become what somebody said.
"""

import io
import json
from typing import Final, cast

from openai import AsyncOpenAI
from openai.types.audio import Transcription

from bot.chat.calls import Usage
from bot.chat.ports.transcriber import Recording, Transcript
from bot.errors import ModelRejected
from bot.llm.usage import count_in

_NO_TRANSCRIPT: Final = "the server's answer holds no transcript: check transcription.base_url"
_LONGEST: Final = 1e6
"""Seconds that a server may claim for a recording: far more than its largest file can hold."""


async def transcribed(client: AsyncOpenAI, recording: Recording) -> Transcript:
    """Ask for a transcript. Raises ModelRejected, and the errors of the SDK.

    The file is sent piece by piece from a buffer, so that a large one does not hold the loop.
    """
    try:
        file = (recording.name, io.BytesIO(recording.data))
        answer = await client.audio.transcriptions.create(model=recording.model, file=file, response_format="json")
    except (RecursionError, json.JSONDecodeError) as error:
        raise ModelRejected(_NO_TRANSCRIPT) from error
    found = cast("object", answer)  # the SDK builds it without looking at the types of its fields
    text: object = getattr(found, "text", None)
    if not isinstance(found, Transcription) or not isinstance(text, str):
        raise ModelRejected(_NO_TRANSCRIPT)
    usage: object = found.usage
    return Transcript(text, _usage_in(usage), _seconds_in(usage))


def _usage_in(usage: object) -> Usage | None:
    """Return the usage in tokens, None where there is none."""
    prompt, completion = (count_in(getattr(usage, name, None)) for name in ("input_tokens", "output_tokens"))
    return Usage(prompt=prompt, completion=completion) if prompt or completion else None


def _seconds_in(usage: object) -> float | None:
    """Return the length of the recording, None where there is none that can be."""
    seconds: object = getattr(usage, "seconds", None)
    return float(seconds) if isinstance(seconds, int | float) and 0 <= seconds <= _LONGEST else None
