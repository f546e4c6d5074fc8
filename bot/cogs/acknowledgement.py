"""Acknowledges interactions in time: Discord waits three seconds for the first response to an interaction."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import discord

_T = TypeVar("_T")
_DEFER_AFTER_SECONDS: Final = 1.5


async def acknowledge_if_slow(interaction: discord.Interaction, work: Coroutine[Any, Any, _T]) -> _T:
    """Run the work that an interaction asks for and return its result. Defer the response if it takes longer than 1.5 s."""
    task = asyncio.create_task(work)
    await asyncio.wait({task}, timeout=_DEFER_AFTER_SECONDS)
    if not task.done():
        await interaction.response.defer(thinking=interaction.type is discord.InteractionType.application_command)
    return await task
