"""The ports that need no running bot: a model's bytes, the configuration, custom ids, and database files."""

import asyncio
import json
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, Final

from bot.chat.calls import CallEnd
from bot.chat.content import Text
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.attempts import FinishedAttempt, NewAttempt
from bot.chat.ports.model import Delta, Finish
from bot.chat.ports.store import Store
from bot.chat.turns import Answer, AnswerState, Asked, Author
from bot.config import load
from bot.errors import ConfigError, ModelError, StoreError
from bot.llm.stream import Timeouts, read
from bot.reply.controls import TEMPLATE, CustomId
from bot.store.sqlite.migrate import examine
from bot.store.sqlite.store import opened
from tests.fuzz.mutations import bytes_of, json_of
from tests.fuzz.run import Feed

_EXAMPLE: Final = Path(__file__).parents[2] / "config.example.toml"
_CHUNK: Final[dict[str, Any]] = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "choices": [
        {"index": 0, "delta": {"role": "assistant", "content": "some <think>words</think> here"}, "finish_reason": None}
    ],
}
_STREAM: Final[tuple[dict[str, Any], ...]] = (
    _CHUNK,
    {"choices": [{"index": 0, "delta": {"reasoning_content": "hm", "reasoning_details": [{"text": "hm"}]}}]},
    {"choices": [{"index": 0, "delta": {"content": [{"type": "text", "text": "a part"}]}}]},
    {"choices": [{"index": 0, "message": {"content": "whole"}, "finish_reason": "stop"}]},
    {"error": {"message": "Rate limit reached, try again in 20s", "code": "rate_limit_exceeded", "type": "requests"}},
    {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]}}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]},
    {
        "choices": [],
        "usage": {
            "prompt_tokens": 10,
            "completion_tokens": 3,
            "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 5},
            "completion_tokens_details": {"reasoning_tokens": 1},
        },
    },
)
_IN_TIME: Final = Timeouts(1, 1, 1, 1)
_PLACE: Final = Place(1, PlaceKind.CHANNEL, "general", guild_id=9)


@asynccontextmanager
async def model_bytes(_: Path) -> AsyncGenerator[Feed]:
    """The bytes of a streamed answer, changed as JSON and as bytes, and cut anywhere."""

    async def feed(random: Random) -> None:
        events = [random.choice(_STREAM) for _ in range(random.randint(1, 8))]
        events = [json_of(random, event) if random.random() < 0.4 else event for event in events]
        body = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events) + b"data: [DONE]\n\n"
        body = bytes_of(random, body) if random.random() < 0.6 else body
        ended = False
        with suppress(ModelError, ConnectionResetError):
            async with aclosing(read(_pieces(random, body), _IN_TIME)) as answer:
                async for event in answer:
                    if ended:
                        raise AssertionError("an event behind the end")
                    ended = isinstance(event, Finish)
                    if isinstance(event, Delta):
                        event.text.encode("utf-8", "surrogatepass")
            if not ended:
                raise AssertionError("an answer without its end")

    yield feed


async def _pieces(random: Random, body: bytes) -> AsyncGenerator[bytes]:
    while body:
        size = random.choice((1, 7, 100, 4096))
        yield body[:size]
        body = body[size:]
    if random.random() < 0.2:
        raise ConnectionResetError("the connection broke")


@asynccontextmanager
async def configuration(folder: Path) -> AsyncGenerator[Feed]:
    """A configuration file with changed bytes and values, and variables with odd values."""
    example = _EXAMPLE.read_bytes()
    lines = example.splitlines()
    names = [b"PARLEY_LIMITS__PLACE_QUEUE", b"PARLEY_ACCESS__ALLOW_USERS", b"PARLEY_MODEL__EXTRA", b"OPENAI_BASE_URL"]
    file = folder / "config.toml"

    async def feed(random: Random) -> None:
        changed = bytes_of(random, random.choice(lines)) if random.random() < 0.5 else b""
        data = b"\n".join([*lines[:70], changed]) if changed else bytes_of(random, example)
        await asyncio.to_thread(file.write_bytes, data)
        value = bytes_of(random, b'["1", 2, {"a": 1e9}]').replace(b"\0", b"").decode("utf-8", "replace")
        environ = {"DISCORD_TOKEN": "x", "OPENAI_API_KEY": "y", random.choice(names).decode(): value}
        with suppress(ConfigError):
            load(file, environ)

    yield feed


@asynccontextmanager
async def custom_ids(_: Path) -> AsyncGenerator[Feed]:
    """Custom ids of buttons, as anybody can forge them."""
    known = [b"parley:1:retry:5k2ydqbwx1c:1", b"parley:1:undo:z", b"parley:1:continue:zzzzzzzzzzzzz:zzzz"]

    async def feed(random: Random) -> None:
        text = bytes_of(random, random.choice(known)).decode("utf-8", "replace")
        if (match := TEMPLATE.fullmatch(text)) is not None:
            pressed = CustomId.parse(match)
            if pressed.verb and not 0 <= pressed.subject < 2**63:
                raise AssertionError(f"{pressed} is no id")

    yield feed


@asynccontextmanager
async def database_files(folder: Path) -> AsyncGenerator[Feed]:
    """A database with damaged bytes, opened, read and written."""
    good = folder / "good.db"
    async with opened(good) as store:
        for key in range(1, 30):
            await _exchange(store, key)
    whole = await asyncio.to_thread(good.read_bytes)
    header = whole[:4096]

    async def feed(random: Random) -> None:
        data = (
            bytes_of(random, header) + whole[4096:]
            if random.random() < 0.3
            else _damaged(random, whole, random.choice((1, 5, 100)))
        )
        with tempfile.TemporaryDirectory(dir=folder) as inner:
            path = Path(inner, "history.db")
            await asyncio.to_thread(path.write_bytes, data)
            with suppress(StoreError):
                await asyncio.to_thread(examine, path)
            with suppress(StoreError):
                async with opened(path) as store:
                    await store.questions.record(random.randint(1, 30))
                    await store.questions.behind()
                    await _exchange(store, 1000)

    yield feed


def _damaged(random: Random, data: bytes, places: int) -> bytes:
    """Return data of the same length with some bytes changed."""
    changed = bytearray(data)
    for _ in range(places):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


async def _exchange(store: Store, key: int) -> None:
    asked = Asked(key, _PLACE, Author(11, "Alice"), "hello there " * 5, key * 1000)
    claim = await store.questions.claim(asked)
    if claim is None:
        return
    position = claim.question.position
    await store.attempts.begin(NewAttempt(position, 1, "default", 9000, contents=(Text("hello"),), tokens=1))
    answer = Answer(position, 1, AnswerState.DONE, "an answer " * 20, 20, "stop", finished_at=7)
    await store.attempts.end(FinishedAttempt(answer, CallEnd("stop")))
