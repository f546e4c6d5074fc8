"""Asking the model: by the openai SDK with its types, by the SDK as raw bytes, and with any body at all."""

import json
from base64 import b64encode
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, AsyncStream, omit
from openai.types.chat import ChatCompletionChunk

from tests.sandbox.test_images import PNG

MODEL = "gpt-5.4-mini"
OLD_MODEL = "gpt-4o-mini"
USER = {"role": "user", "content": "hello"}
PICTURE = f"data:image/png;base64,{b64encode(PNG).decode()}"
"""The address of a picture of 3 by 2 pixels."""
IMAGE = {"type": "image_url", "image_url": {"url": PICTURE}}


async def ask(ai: AsyncOpenAI, text: str = "hello", model: str = MODEL) -> str | None:
    """Ask without streaming and return the answer."""
    done = await ai.chat.completions.create(model=model, messages=[{"role": "user", "content": text}])
    return done.choices[0].message.content


async def stream(ai: AsyncOpenAI, *, usage: bool = False, limit: int | None = None) -> AsyncStream[ChatCompletionChunk]:
    """Ask and return the stream."""
    return await ai.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "hello"}],
        stream=True,
        max_completion_tokens=limit or omit,
        stream_options={"include_usage": True} if usage else omit,
    )


async def drained(ai: AsyncOpenAI, got: list[str] | None = None) -> None:
    """Read a stream to its end, and note its texts."""
    async for chunk in await stream(ai):
        if got is not None:
            got.append(chunk.choices[0].delta.content or "")


async def posted(ai: AsyncOpenAI, **body: object) -> httpx2.Response:
    """Send a body as it is and return the open response, as a bot does that reads the stream itself."""
    whole = {"model": MODEL, "messages": [USER], "stream": True} | body
    return await ai.post("/chat/completions", body=whole, cast_to=httpx2.Response, stream=True)


async def raw(ai: AsyncOpenAI, **body: object) -> bytes:
    """Send a body as it is and return all bytes of the stream."""
    response = await posted(ai, **body)
    return b"".join([piece async for piece in response.aiter_bytes()])


async def chunks(ai: AsyncOpenAI, **body: object) -> list[Any]:
    """Send a body as it is and return the stream's objects, in which `[DONE]` is None."""
    data: list[bytes] = [b""]
    for line in (await raw(ai, **body)).removeprefix(b"\xef\xbb\xbf").splitlines():
        if not line:
            data.append(b"")
        elif line.startswith(b"data:"):
            data[-1] += line.removeprefix(b"data:")
    return [None if one.strip() == b"[DONE]" else json.loads(one) for one in data if one]


def text_of(found: list[Any]) -> str:
    """Join the texts of a stream's objects."""
    return "".join(one["choices"][0]["delta"].get("content") or "" for one in found if one and one["choices"])


async def error_of(ai: AsyncOpenAI, **body: object) -> openai.APIStatusError:
    """Send a body and return the error that comes back."""
    with pytest.raises(openai.APIStatusError) as caught:
        await ai.post("/chat/completions", body={"model": MODEL, "messages": [USER]} | body, cast_to=object)
    return caught.value


def body_of(error: openai.APIStatusError) -> Any:  # noqa: ANN401 - any JSON
    """Return an error's whole body."""
    return error.response.json()
