"""`upload_limit` tells how large a file may be: a guild's limit grows with its boosts.

The documentation's default of 20 MiB is reported to hold for people only (discord-api-docs #8572): bots are refused
above 10.
"""

from bot.sandbox.discord.world.guilds import Guild
from bot.sandbox.discord.world.world import World

_MIB = 1024 * 1024
_BY_TIER = {2: 50 * _MIB, 3: 100 * _MIB}


def upload_limit(world: World, guild: Guild | None) -> int:
    """Return the most bytes that a file may have in a guild, or in a direct message."""
    boosted = _BY_TIER.get(guild.premium_tier, 0) if guild else 0
    return max(world.upload_limit, boosted)
