"""Looks up the roles of people in the servers that they share with the bot, and keeps what it found for ten minutes.

The client caches no members, and Discord sends no roles with a direct message.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final

import aiohttp
import discord

from bot.chat.ports.roles import RolesUnknown
from bot.gateway.discord_internals import fetch_role_ids

_KEPT_SECONDS: Final = 600.0
_MOST_PEOPLE: Final = 10_000
"""People whose roles are kept; beyond it, those looked up first are forgotten."""
_LOOK_UP_SECONDS: Final = 10.0


class SharedRoles:
    """Implements `chat.ports.roles.Roles` with Discord's REST API. `clock` gives seconds."""

    def __init__(self, client: discord.Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._kept: OrderedDict[int, tuple[float, frozenset[int], frozenset[int]]] = OrderedDict()

    async def of(self, person_id: int, among: AbstractSet[int]) -> frozenset[int]:
        """See `Roles.of`. A server that holds none of the roles is not asked; one in an outage may hold any."""
        now, asked = self._clock(), frozenset(among)
        if (kept := self._kept.get(person_id)) is not None:
            at, known_among, known = kept
            if now - at < _KEPT_SECONDS and asked <= known_among:
                return known & asked
            del self._kept[person_id]
        found: set[int] = set()
        try:
            async with asyncio.timeout(_LOOK_UP_SECONDS):
                for guild_id in self._holding(asked):
                    found |= await fetch_role_ids(self._client, guild_id, person_id)
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError) as error:
            raise RolesUnknown(f"the roles of {person_id} cannot be looked up ({type(error).__name__})") from error
        roles = frozenset(found) & asked
        self._kept[person_id] = now, asked, roles
        if len(self._kept) > _MOST_PEOPLE:
            self._kept.popitem(last=False)
        return roles

    async def of_member(self, person_id: int, guild_id: int) -> frozenset[int]:
        """Return the roles of a person in a server that discord.py may not know. Raises RolesUnknown."""
        try:
            async with asyncio.timeout(_LOOK_UP_SECONDS):
                return await fetch_role_ids(self._client, guild_id, person_id)
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError) as error:
            raise RolesUnknown(f"the roles of {person_id} cannot be looked up ({type(error).__name__})") from error

    def _holding(self, roles: frozenset[int]) -> Iterator[int]:
        """Yield the ids of the servers that may hold one of the roles."""
        missing = set(roles)
        for guild in self._client.guilds:
            if held := {role_id for role_id in roles if guild.get_role(role_id) is not None}:
                missing -= held
                yield guild.id
        if missing:
            yield from (guild.id for guild in self._client.guilds if guild.unavailable)
