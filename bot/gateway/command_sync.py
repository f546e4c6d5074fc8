"""The sync of slash commands: sends their definitions to Discord when they changed, because syncs are counted per day."""

import asyncio
import hashlib
import json
import logging
from typing import Any, Final

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.ports.facts import Facts
from bot.gateway.discord_internals import definitions

log = logging.getLogger(__name__)

_SYNCED: Final = "synced commands"
"""The fact that holds the digest of the definitions that Discord took last."""
_SYNC_SECONDS: Final = 10.0
_FAILURES: Final = (
    discord.HTTPException,
    app_commands.CommandSyncFailure,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
)


async def sync_commands(client: commands.Bot, facts: Facts) -> None:
    """Send the commands of `client` to Discord unless it has them; a failure is logged and left to the next start.

    An answer that discord.py cannot read is a failure like a refusal. Raises StoreError.
    """
    commands_sent = definitions(client.tree)
    digest = _digest(client.application_id, commands_sent)
    if await facts.recall(_SYNCED) == digest:
        return
    try:
        async with asyncio.timeout(_SYNC_SECONDS):  # a spent quota means hours, which discord.py would wait
            await client.tree.sync()
    except _FAILURES as error:
        log.warning("Discord did not take our commands (%s); the next start tries again", type(error).__name__)
        return
    except Exception as error:  # noqa: BLE001 -- an answer of another shape may raise anything in discord.py
        log.warning(
            "Discord's answer to our commands cannot be read (%s); the next start sends them again",
            type(error).__name__,
        )
        return
    await facts.remember(_SYNCED, digest)
    log.info("told Discord our %s commands", len(commands_sent))


def _digest(application_id: int | None, commands_sent: list[dict[str, Any]]) -> str:
    text = json.dumps([application_id, commands_sent], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
