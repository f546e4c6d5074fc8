"""Requests to a model through its port, and the ends that they come to."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from bot.chat.calls import Call, Purpose
from bot.chat.content import Role, plain
from bot.chat.ports.model import Delta, Finish, Model, ModelEvent, ModelRequest
from bot.errors import ModelError, ModelRejected
from bot.llm.client import connected
from bot.llm.server import Server

CALL = Call(Purpose.ANSWER, conversation_id=9, position=3, sibling=1, step=1, place_id=5, guild_id=None, person_id=42)
REQUEST = ModelRequest(
    CALL, "gpt-5.4-mini", (plain(Role.USER, "Alice (#abcd): hi"),), reply_tokens=4000, conversation_id=7
)


def server_at(
    url: str,
    *,
    speaks_openai: bool = True,
    first_token_seconds: float = 60.0,
    silence_seconds: float = 60.0,
) -> Server:
    """The server at that address, asked as OpenAI's own is unless it is told otherwise."""
    return Server(url, "sk-1", speaks_openai, first_token_seconds, silence_seconds)


async def gathered(stream: AsyncGenerator[ModelEvent, None]) -> list[ModelEvent | ModelError]:
    """All events of a stream, and the error behind them where there is one."""
    events: list[ModelEvent | ModelError] = []
    try:
        async with aclosing(stream):
            async for event in stream:
                events.append(event)  # noqa: PERF401 -- the events before an error count
    except ModelError as error:
        events.append(error)
    return events


def summed_up(events: list[ModelEvent | ModelError]) -> tuple[list[str], Finish | ModelError]:
    """The texts of an answer, and its end, which must be there and be the only one."""
    *before, end = events
    assert isinstance(end, Finish | ModelError)
    assert not any(isinstance(event, Finish) for event in before)
    return [event.text for event in before if isinstance(event, Delta)], end


async def answer_of(model: Model, request: ModelRequest = REQUEST) -> tuple[str, Finish | ModelError]:
    """The text of the answer to one request, and its end."""
    texts, end = summed_up(await gathered(model.stream(request)))
    return "".join(texts), end


async def settled(model: Model, request: ModelRequest = REQUEST) -> tuple[str, Finish | ModelError]:
    """The answer to the first request that needs no further adaption: sent again after each that did, as a caller does it."""
    for _ in range(10):
        text, end = await answer_of(model, request)
        if not (isinstance(end, ModelRejected) and end.adapted):
            return text, end
    raise AssertionError("a request must not be adapted for ever")


async def asked(server: Server, request: ModelRequest = REQUEST) -> tuple[str, Finish | ModelError]:
    """The answer to one request, by a client of its own."""
    async with connected(server) as model:
        return await answer_of(model, request)
