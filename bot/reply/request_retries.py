"""Retries Discord requests whose failure may pass. A refusal by Discord is final and is not retried."""

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
"""Failures of the network or of Discord itself, which may pass."""
_PAUSES_SECONDS: Final = (1.0, 3.0, 10.0)
"""Pauses between tries. Discord forgets a nonce after a few minutes, so a try after a longer pause could show a message twice."""
_TOO_MANY: Final = 429


async def with_retries(action: Callable[[], Awaitable[_T]]) -> _T:
    """Run `action`, and repeat it after a pause if its failure may pass.

    Raises DisplayRefused when Discord refuses, DisplayError when all tries failed.
    """
    for pause in (*_PAUSES_SECONDS, None):
        try:
            return await action()
        except (*PASSING, discord.HTTPException) as error:
            if is_refusal(error):
                raise _refusal(error) from error
            if pause is None:
                raise DisplayError(f"Discord cannot be reached ({reason(error)})") from error
            log.info("Discord failed (%s); again in %g s", reason(error), pause)
            await asyncio.sleep(pause)
    raise AssertionError  # the last round returns or raises


def reason(error: Exception) -> str:
    """Return the cause of a failure for the log: the status and Discord's code, or the exception's name."""
    if isinstance(error, discord.HTTPException):
        return f"status {error.status}, code {error.code}"
    return type(error).__name__


def is_refusal(error: Exception) -> bool:
    """Return whether Discord refused a request, so that the same request would be refused again."""
    return not isinstance(error, PASSING) and not (
        isinstance(error, discord.HTTPException) and error.status == _TOO_MANY
    )


def _refusal(error: Exception) -> DisplayRefused:
    if isinstance(error, discord.Forbidden):
        return DisplayRefused(f"a permission is missing there ({reason(error)}): check the bot's role in that channel")
    if isinstance(error, discord.NotFound):
        return DisplayRefused(f"the channel or message is gone ({reason(error)})")
    return DisplayRefused(f"Discord refuses the message ({reason(error)})")
