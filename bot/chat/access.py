"""Access rules: a pure decision, on Discord's ids, whether the bot serves a person in a place."""

from dataclasses import dataclass, replace

from bot.config import AccessSettings


@dataclass(frozen=True, slots=True)
class Origin:
    """The person and place of a request. `guild_id` is None in a DM.

    `channel_ids` holds the channel, its parent and its category. `known` is false when the parent or the category could not be
    determined.
    """

    user_id: int
    guild_id: int | None = None
    channel_ids: frozenset[int] = frozenset()
    role_ids: frozenset[int] = frozenset()
    known: bool = True


def allows(access: AccessSettings, origin: Origin) -> bool:
    """Return whether the bot serves `origin`. Deny lists win, and an empty allow list allows everybody.

    `allow_users` and `allow_roles` count as one list: a match in either is enough. In a DM only the lists of users and roles and
    `access.dms` apply.
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


def roles_named(access: AccessSettings) -> frozenset[int]:
    """Return the roles that the lists name."""
    return access.allow_roles | access.deny_roles


def may_be_allowed(access: AccessSettings, origin: Origin) -> bool:
    """Return whether the bot serves `origin` if its person has the right roles, whatever roles are known of them."""
    return allows(access, replace(origin, role_ids=access.allow_roles - access.deny_roles))


def open_to_strangers(access: AccessSettings) -> bool:
    """Return whether strangers can get answers, by adding the bot to a server of their own or by sending it a DM."""
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
