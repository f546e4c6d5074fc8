"""The objects that every part of the driver uses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.sandbox.changes import Changes
from bot.sandbox.discord.rest.server import DiscordServer
from bot.sandbox.driver.story import Story
from bot.sandbox.model.server import ModelServer

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds that a wait lasts unless told."""


class RefusedError(Exception):
    """Discord's client would not let this person do that."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Both servers, and how to wait for a change of either."""

    discord: DiscordServer
    model: ModelServer
    changes: Changes
    story: Story

    async def until(self, condition: Callable[[], T | None], timeout: float = PATIENCE) -> T:
        """Wait until the condition returns something true; looked at after every change, never by polling.

        Raises TookTooLongError, with the story so far.
        """
        return await self.changes.until(condition, timeout=timeout, story=self.story)
