"""`find_mentions` finds the users and roles that a message pings.

It goes by the text, the author's permissions and the allowed mentions. Mentions in a code span or a code block ping
nobody.
"""

import re
from collections.abc import Sequence

from bot.sandbox.discord.forms.messages import AllowedMentions
from bot.sandbox.discord.world.access import permissions_in
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.guilds import Role
from bot.sandbox.discord.world.messages import Mentions, Message
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World

_CODE = re.compile(r"```.*?```|``.+?``|`[^`]+`", re.DOTALL)
_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_EVERYONE = re.compile(r"@(everyone|here)\b")


def find_mentions(
    world: World, message: Message, texts: Sequence[str], allowed: AllowedMentions, replied_to: User | None = None
) -> Mentions:
    """Return the users and roles that a message with these texts pings.

    `replied_to` is the author of the message that it replies to, pinged if allowed.
    """
    channel = message.channel
    plain = "\n".join(_CODE.sub("", text) for text in texts)
    may_ping_all = bool(permissions_in(channel, message.author) & Permission.MENTION_EVERYONE)
    users = [world.users[one] for one in _ids(_USER, plain) if one in world.users and _allows_user(allowed, one)]
    if replied_to is not None and allowed.replied_user and replied_to not in users:
        users.append(replied_to)
    roles = [role for role in _roles(channel, plain) if may_ping_all or role.mentionable]
    everyone = may_ping_all and channel.guild is not None and "everyone" in allowed.parse
    return Mentions(
        users=tuple(users),
        roles=tuple(role for role in roles if "roles" in allowed.parse or role.id in allowed.roles),
        everyone=everyone and bool(_EVERYONE.search(plain)),
    )


def _allows_user(allowed: AllowedMentions, user_id: int) -> bool:
    return "users" in allowed.parse or user_id in allowed.users


def _roles(channel: Channel, text: str) -> list[Role]:
    known = channel.guild.roles if channel.guild else {}
    return [known[one] for one in _ids(_ROLE, text) if one in known]


def _ids(pattern: re.Pattern[str], text: str) -> list[int]:
    return list(dict.fromkeys(int(one) for one in pattern.findall(text)))
