"""Streams as a server sends them, written by hand, and the texts and ends that are read of them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable

from bot.chat.ports.model import Finish, ModelEvent
from bot.errors import ModelError
from bot.llm.stream import Timeouts, read
from tests.llm.asking import gathered, summed_up

PATIENT = Timeouts(60, 60, 60)
TINY = 0.01
DONE = b"data: [DONE]\n\n"


def event(content: str | None = None, reason: str | None = None, **more: object) -> bytes:
    """One chunk of a chat completion, as OpenAI sends it."""
    delta = {} if content is None else {"content": content}
    choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
    return sse({"object": "chat.completion.chunk", "choices": choices, **more})


def sse(value: object) -> bytes:
    """A server-sent event with that object, unescaped."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode("utf-8") + b"\n\n"


async def sent(chunks: Iterable[bytes], *, hangs: bool = False) -> AsyncGenerator[bytes, None]:
    """The chunks that a server sends; one that hangs never closes the connection."""
    for chunk in chunks:
        yield chunk
    if hangs:
        await asyncio.Event().wait()


async def received(
    *chunks: bytes, hangs: bool = False, timeouts: Timeouts = PATIENT
) -> tuple[list[str], Finish | ModelError]:
    """The texts that were read, and their end."""
    return summed_up(await gathered(read(sent(chunks, hangs=hangs), timeouts)))


async def heard(*chunks: bytes) -> list[ModelEvent | ModelError]:
    """All events that were read, and the error behind them where there is one."""
    return await gathered(read(sent(chunks), PATIENT))


def delta(**fields: object) -> bytes:
    """A chunk with these fields in its delta."""
    return sse({"choices": [{"index": 0, "delta": fields, "finish_reason": None}]})
