"""A server that is connected to when it is first asked."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.chat.ports.model import Finish
from bot.errors import ConfigError, ModelUnreachable
from bot.llm.client import connected
from bot.llm.on_demand import OnDemand
from bot.llm.server import ModelServer
from bot.sandbox import Sandbox
from tests.llm.asking import answer_of, server_at


async def test_a_client_is_made_once_and_when_it_is_needed(box: Sandbox) -> None:
    """Nothing is opened before the first request or look, once after, and all is closed at the end."""
    opened: list[str] = []

    @asynccontextmanager
    async def opening() -> AsyncGenerator[ModelServer]:
        opened.append("open")
        async with connected(server_at(box.model.base_url)) as model:
            yield model
        opened.append("closed")

    async with OnDemand(opening) as model:
        assert not opened
        assert await model.reachable()
        text, end = await answer_of(model)
        await answer_of(model)
        assert (bool(text), type(end)) == (True, Finish)
        assert opened == ["open"]
    assert opened == ["open", "closed"]


async def test_a_server_that_no_client_can_be_made_for_cannot_be_reached() -> None:
    """Settings that allow no client are an error of the server, so that another model may answer."""

    @asynccontextmanager
    async def opening() -> AsyncGenerator[ModelServer]:
        raise ConfigError(["no address"])
        yield

    async with OnDemand(opening) as model:
        assert not await model.reachable()
        assert await model.sees("gpt-5.5")
        _, end = await answer_of(model)
        assert isinstance(end, ModelUnreachable)
        assert not end.connected
