"""Trying again: what Discord fails at may work a little later, what it refuses never will."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import aiohttp
import discord

from bot.errors import DisplayError, DisplayRefused

log = logging.getLogger(__name__)

_T = TypeVar("_T")
PASSING: Final = (aiohttp.ClientError, OSError, TimeoutError, discord.DiscordServerError)
"""Failures of the network or of Discord itself."""
LONG_SECONDS: Final = 3600.0
"""How long an answer waits for a Discord that is away; what is still not shown then, the next start shows."""
SHORT_SECONDS: Final = 20.0
_PAUSES_SECONDS: Final = (1.0, 3.0, 10.0, 30.0)
_TOO_MANY: Final = 429


async def persistently(action: Callable[[], Awaitable[_T]], patience_seconds: float = LONG_SECONDS) -> _T:
    """Do something on Discord, again after a pause where its failure may pass. Raises DisplayError, or DisplayRefused."""
    now = asyncio.get_running_loop().time
    until, tries = now() + patience_seconds, 0
    while True:
        try:
            return await action()
        except (*PASSING, discord.HTTPException) as error:
            if not _may_pass(error):
                raise _refusal(error) from error
            pause = _PAUSES_SECONDS[min(tries, len(_PAUSES_SECONDS) - 1)]
            if now() + pause > until:
                raise DisplayError(f"Discord cannot be reached ({reason(error)})") from error
            log.info("Discord failed (%s); again in %g s", reason(error), pause)
        tries += 1
        await asyncio.sleep(pause)


def reason(error: Exception) -> str:
    """What went wrong, for the log: a status and Discord's code, or the kind of failure."""
    if isinstance(error, discord.HTTPException):
        return f"status {error.status}, code {error.code}"
    return type(error).__name__


def _may_pass(error: Exception) -> bool:
    return isinstance(error, PASSING) or (isinstance(error, discord.HTTPException) and error.status == _TOO_MANY)


def _refusal(error: Exception) -> DisplayRefused:
    if isinstance(error, discord.Forbidden):
        return DisplayRefused(f"a permission is missing there ({reason(error)}): check the bot's role in that channel")
    if isinstance(error, discord.NotFound):
        return DisplayRefused(f"the channel or message is gone ({reason(error)})")
    return DisplayRefused(f"Discord refuses the message ({reason(error)})")
