"""Intents: which events a session asked for, and which content it is not shown without the privileged one.

Source: Discord's documentation, Gateway, "Message Content Intent". What it leaves open is withheld here: the message a
reply refers to, a mention of the managed role alone, a reply to an interaction's response.
"""

from enum import IntFlag

from bot.sandbox.discord.messages import Message
from bot.sandbox.discord.users import User


class Intent(IntFlag):
    """Gateway intents that decide about events of this sandbox."""

    NONE = 0
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15


PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT

HIGHEST = 1 << 25
"""The highest intent bit that Discord knows; a value beyond it closes the session with 4013."""


def shows_content(message: Message, replied_to: Message | None, bot: User) -> bool:
    """Tell whether an application without MESSAGE_CONTENT sees what a message says."""
    if message.author is bot or message.channel.guild is None:
        return True
    if f"<@{bot.id}>" in message.content or f"<@!{bot.id}>" in message.content:
        return bot in message.mentions.users
    pinged = bot in message.mentions.users
    return pinged and replied_to is not None and replied_to.author is bot and replied_to.origin is None
