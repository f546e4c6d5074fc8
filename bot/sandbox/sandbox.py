"""The sandbox: a Discord and a model on loopback, in one asyncio process, and the people on it."""

import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self, TypeVar

from bot.sandbox.changes import Changes
from bot.sandbox.clock import Clock
from bot.sandbox.discord.rest.rules.archiving import archive_idle
from bot.sandbox.discord.rest.server import DiscordServer
from bot.sandbox.driver.bot import Bot
from bot.sandbox.driver.discord import DiscordDriver
from bot.sandbox.driver.story import Story
from bot.sandbox.driver.surroundings import PATIENCE, Surroundings
from bot.sandbox.model.server import ModelServer
from bot.sandbox.witness import Nobody, Witness

T = TypeVar("T")


class Sandbox:
    """Both servers, listening while the context lasts.

    `discord` sets the scene, `model` scripts the model, `bot` waits for the bot, `clock` moves the time. `seed` repeats what
    was drawn by chance. `ahead_seconds`: how far Discord's clock is ahead of the computer's at the start, or behind it if
    negative. The witnesses are shown what passes each server. What a handler of either server raises, a condition
    or an answer that a test gave it included, is raised at the end, unless the body has raised already.
    """

    def __init__(
        self,
        *,
        bot_name: str = "Parley",
        seed: int | None = None,
        ahead_seconds: float = 0,
        discord_witness: Witness | None = None,
        model_witness: Witness | None = None,
    ) -> None:
        self.seed = secrets.randbits(32) if seed is None else seed
        changes = Changes()
        self.clock = Clock(moved=self._time_passed, ahead_seconds=ahead_seconds)
        server = DiscordServer(self.clock, changes, bot_name, discord_witness or Nobody(), self.seed)
        self.model = ModelServer(changes, self.seed, model_witness or Nobody())
        self._around = Surroundings(server, self.model, changes, Story(server, self.model, self.seed))
        self.discord = DiscordDriver(self._around)
        self.bot = Bot(self._around)
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._running.enter_async_context(self._around.discord.running())
        await self._running.enter_async_context(self.model.running())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()
        if error is None and (failures := [*self._around.discord.failures, *self.model.failures]):
            raise ExceptionGroup("the sandbox failed while it answered the bot, which saw a 500 or a close", failures)

    def _time_passed(self) -> None:
        archive_idle(self._around.discord.world)
        self._around.changes.notify()

    async def until(self, condition: Callable[[], T | None], timeout: float = PATIENCE) -> T:
        """Wait until the condition is true; it is looked at after every change in the sandbox, never by polling.

        Raises TookTooLongError, with the story so far.
        """
        return await self._around.until(condition, timeout)
