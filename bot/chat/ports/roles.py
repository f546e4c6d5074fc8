"""The port that looks up which roles a person has in the servers that the bot is in."""

from collections.abc import Set as AbstractSet
from typing import Protocol

from bot.errors import ParleyError


class RolesUnknown(ParleyError):
    """The roles of a person could not be looked up, so it is not known whether the bot may serve them."""


class Roles(Protocol):
    """Looks up roles of people."""

    async def of(self, person_id: int, among: AbstractSet[int]) -> frozenset[int]:
        """Return which of the roles `among` a person has in any server. Raises RolesUnknown."""
        ...
