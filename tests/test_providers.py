"""The providers follow the settings."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from pydantic import SecretStr

from bot.chat.ports.transcriber import Recording, Transcript
from bot.config import Current, LimitSettings, ModelSettings, Settings
from bot.llm.server import ModelServer
from bot.providers import Providers
from tests.chat.house import until
from tests.fakes.model import ScriptedModel
from tests.fakes.state import State
from tests.fakes.store import memory_store


class Silent(ScriptedModel):
    """A server that cannot be reached."""

    async def reachable(self) -> bool:
        """See the port."""
        return False

    async def transcribe(self, recording: Recording) -> Transcript:
        """See the port."""
        raise NotImplementedError


@asynccontextmanager
async def silent(*_: object) -> AsyncGenerator[ModelServer]:
    """Open a server that cannot be reached."""
    yield Silent()


def settings(**addresses: str) -> Settings:
    """Settings with a model at each of these addresses."""
    simple = ModelSettings(api_key=SecretStr("key"))
    return Settings(model=simple, models={name: ModelSettings(base_url=url) for name, url in addresses.items()})


def looked_at() -> set[str]:
    """The servers that are looked at until they are back."""
    return {task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("looks at")}


async def test_a_server_that_is_described_no_more_is_looked_at_no_more() -> None:
    """Of servers that are away, those that a reload moved or removed are forgotten; the others are still looked at."""
    async with AsyncExitStack() as stack:
        providers = Providers(silent, Current(LimitSettings()), memory_store(State()).facts, stack)
        await providers.follow(settings(kept="http://a/v1", moved="http://b/v1", gone="http://c/v1"))
        for provider in providers.by_name.values():
            await provider.breaker.look()
            provider.look_until_back()
        assert looked_at() == {"looks at default", "looks at kept", "looks at moved", "looks at gone"}
        await providers.follow(settings(kept="http://a/v1", moved="http://d/v1"))
        await until(lambda: len(looked_at()) == 2)
        assert looked_at() == {"looks at default", "looks at kept"}
    assert looked_at() == set()
