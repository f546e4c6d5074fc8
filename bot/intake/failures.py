"""The exceptions of a request to Discord that failed, whatever the way."""

from typing import Final

import aiohttp
import discord

FAILURES: Final = (
    discord.DiscordException,
    aiohttp.ClientError,
    OSError,
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
)
"""Exceptions of discord.py where Discord cannot be reached, refuses, or answers with something else than it documents."""
