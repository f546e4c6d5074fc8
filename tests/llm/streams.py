"""Streams as a server sends them, written by hand, and what is read of them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable

from bot.chat.ports import Finish
from bot.errors import ModelError
from bot.llm.stream import Patience, read

PATIENT = Patience(60, 60, 60, 60)
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
    """What a server sends; one that hangs never closes the connection."""
    for chunk in chunks:
        yield chunk
    if hangs:
        await asyncio.Event().wait()


async def received(
    *chunks: bytes, hangs: bool = False, patience: Patience = PATIENT
) -> tuple[list[str], Finish | ModelError]:
    """The texts that were read, and how it ended."""
    texts: list[str] = []
    try:
        async for piece in read(sent(chunks, hangs=hangs), patience):
            if isinstance(piece, Finish):
                return texts, piece
            texts.append(piece.text)
    except ModelError as error:
        return texts, error
    raise AssertionError("a stream must end in a Finish or an error")


def delta(**fields: object) -> bytes:
    """A chunk with these fields in its delta."""
    return sse({"choices": [{"index": 0, "delta": fields, "finish_reason": None}]})
