"""`permissions_in` computes the permissions of a user in a channel.

It follows the order of Discord's documentation (Permissions, "Permission Hierarchy" and "Permission Overwrites"):
owner, administrator, roles, then the channel's overwrites for everyone, for roles and for the member, then the
permissions that a missing one takes along, and last a time-out ("Permissions For Timed Out Members"). A thread has its
parent's overwrites.
"""

from bot.sandbox.discord.world.channels import Channel, Kind, Overwrite
from bot.sandbox.discord.world.guilds import Guild, Member
from bot.sandbox.discord.world.permissions import ALL, IN_DM, Permission
from bot.sandbox.discord.world.users import User

_LOST_WITHOUT_SEND = (
    Permission.MENTION_EVERYONE | Permission.EMBED_LINKS | Permission.ATTACH_FILES | Permission.SEND_TTS_MESSAGES
)

_LEFT_BY_TIMEOUT = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY


def permissions_in_guild(guild: Guild, member: Member) -> Permission:
    """Return a member's permissions in a guild, before any channel's overwrites."""
    if member.user is guild.owner:
        return ALL
    granted = guild.everyone.permissions
    for role in member.roles:
        granted |= role.permissions
    return ALL if granted & Permission.ADMINISTRATOR else granted


def permissions_in(channel: Channel, user: User) -> Permission:
    """Return a user's permissions in a channel; a user outside its guild or conversation has none."""
    if channel.guild is None:
        return IN_DM if user in channel.recipients else Permission.NONE
    member = channel.guild.members.get(user.id)
    if member is None:
        return Permission.NONE
    granted = permissions_in_guild(channel.guild, member)
    if granted == ALL:
        return ALL
    granted = _implied(channel, user, _overwritten(channel.base, member, granted))
    return granted & _LEFT_BY_TIMEOUT if member.timeout and member.timeout.lasts else granted


def _overwritten(holder: Channel, member: Member, granted: Permission) -> Permission:
    overwrites = holder.overwrites
    guild = holder.guild
    layers: list[list[Overwrite | None]] = [
        [overwrites.get(guild.id)] if guild else [],
        [overwrites.get(role.id) for role in member.roles],
        [overwrites.get(member.user.id)],
    ]
    for layer in layers:
        present = [overwrite for overwrite in layer if overwrite]
        for overwrite in present:
            granted &= ~overwrite.deny
        for overwrite in present:
            granted |= overwrite.allow
    return granted


def _implied(channel: Channel, user: User, granted: Permission) -> Permission:
    hidden = (
        channel.kind is Kind.PRIVATE_THREAD
        and channel.thread is not None
        and user.id not in channel.thread.joined
        and not granted & Permission.MANAGE_THREADS
    )
    if hidden or not granted & Permission.VIEW_CHANNEL:
        return Permission.NONE
    if not granted & send_permission(channel):
        granted &= ~_LOST_WITHOUT_SEND
    return granted


def send_permission(channel: Channel) -> Permission:
    """Return the permission that posting in this channel needs."""
    return Permission.SEND_MESSAGES if channel.thread is None else Permission.SEND_MESSAGES_IN_THREADS
