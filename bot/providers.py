"""The providers of models that the settings describe, opened as they are needed, and changed when the settings change."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial

from bot.chat.model_limits import learnt_limits
from bot.chat.ports.facts import Facts
from bot.chat.ports.transcriber import Transcriber
from bot.chat.provider import Provider
from bot.chat.slots import Slots, learnt_slots
from bot.config import DEFAULT, Current, LimitSettings, Settings
from bot.gateway.clock import host_now
from bot.llm.on_demand import OnDemand
from bot.llm.server import ModelServer, Server
from bot.llm.servers import servers_of

OpenModel = Callable[[Server, Iterable[str], Facts], AbstractAsyncContextManager[ModelServer]]


class Providers:
    """The providers by name, and what transcribes at each of their servers. Both mappings change when the settings do.

    The servers that `open_model` opens are closed with `stack`: an answer in writing may still need one that the newest settings
    describe no more.
    """

    def __init__(
        self, open_model: OpenModel, limits: Current[LimitSettings], facts: Facts, stack: AsyncExitStack
    ) -> None:
        self.by_name: dict[str, Provider] = {}
        self.transcribers: dict[str, Transcriber] = {}
        self._open_model = open_model
        self._limits = limits
        self._facts = facts
        self._stack = stack
        self._servers: dict[str, tuple[Server, tuple[str, ...]]] = {}

    async def follow(self, settings: Settings) -> None:
        """Open the servers that are new or described otherwise than before. Raises ConfigError and StoreError at the start.

        A server that is not described any more is not looked at any more.
        """
        servers = servers_of(settings)
        for name, provider in self.by_name.items():
            if self._servers[name] != servers.get(name):
                provider.stop_looking()
        for name, described in servers.items():
            if self._servers.get(name) != described:
                await self._open(name, *described)
                self._servers[name] = described

    async def _open(self, name: str, server: Server, models: tuple[str, ...]) -> None:
        connect = partial(self._open_model, server, models, self._facts)
        at_start = name == DEFAULT and DEFAULT not in self._servers
        model = await self._stack.enter_async_context(connect() if at_start else OnDemand(connect))
        provider = Provider(
            name,
            model,
            Slots(self._limits, learnt_slots(self._facts, server.identity, host_now)),
            learnt_limits(self._facts, server.identity, host_now),
        )
        self._stack.push_async_callback(provider.close)
        if (before := self.by_name.get(name)) is not None:
            before.moves_to(provider, models)
        self.by_name[name] = provider
        self.transcribers[name] = model
