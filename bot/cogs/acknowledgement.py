"""Acknowledges interactions in time: Discord waits three seconds for the first response to an interaction."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import discord

_T = TypeVar("_T")
_DEFER_AFTER_SECONDS: Final = 1.5


async def acknowledge(interaction: discord.Interaction) -> None:
    """Respond to a press without changing its message, unless there is a response already."""
    if not interaction.response.is_done():
        await interaction.response.defer()


async def acknowledge_if_slow(
    interaction: discord.Interaction, work: Coroutine[Any, Any, _T], *, private: bool = False
) -> _T:
    """Run the work that an interaction asks for and return its result. Defer the response if it takes longer than 1.5 s.

    `private`: only the person sees that the bot works on a command, and its response. Raises what the work raises, and
    discord.HTTPException, when the work is done, where Discord did not take the response.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=_DEFER_AFTER_SECONDS)
        if not task.done() and not interaction.response.is_done():
            thinking = interaction.type is discord.InteractionType.application_command
            await interaction.response.defer(thinking=thinking, ephemeral=thinking and private)
    finally:
        result = await task
    return result
