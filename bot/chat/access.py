"""Who may use the bot, and where: a pure decision on Discord's ids."""

from dataclasses import dataclass

from bot.config import AccessSettings


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something comes from: `guild_id` is None in a DM; `channel_ids` holds a channel with its parent and its category.

    `known` is false where the parent or the category could not be found out.
    """

    user_id: int
    guild_id: int | None = None
    channel_ids: frozenset[int] = frozenset()
    role_ids: frozenset[int] = frozenset()
    known: bool = True


def allows(access: AccessSettings, origin: Origin) -> bool:
    """Whether the bot serves `origin`: deny wins, an empty allow list allows all.

    The two allow lists of people count as one: somebody on either may. In a DM only the lists of people apply, and `access.dms`.
    """
    if origin.user_id in access.deny_users or origin.role_ids & access.deny_roles:
        return False
    if not _person_allowed(access, origin):
        return False
    if origin.guild_id is None:
        return access.dms
    if access.deny_channels and not origin.known:
        return False
    return _place_allowed(access, origin.guild_id, origin.channel_ids)


def open_to_strangers(access: AccessSettings) -> bool:
    """Whether somebody unknown could have a question answered by adding the bot to a server of theirs, or in a DM."""
    if access.allow_users or access.allow_roles:
        return False
    return access.dms or not (access.allow_guilds or access.allow_channels)


def _person_allowed(access: AccessSettings, origin: Origin) -> bool:
    if not access.allow_users and not access.allow_roles:
        return True
    return origin.user_id in access.allow_users or bool(origin.role_ids & access.allow_roles)


def _place_allowed(access: AccessSettings, guild_id: int, channel_ids: frozenset[int]) -> bool:
    if guild_id in access.deny_guilds or channel_ids & access.deny_channels:
        return False
    if access.allow_guilds and guild_id not in access.allow_guilds:
        return False
    return not access.allow_channels or bool(channel_ids & access.allow_channels)
