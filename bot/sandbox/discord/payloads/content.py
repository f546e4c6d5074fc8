"""`shows_content` decides which messages an application without the message content intent can read.

Source: Discord's documentation, Gateway, "Message Content Intent". Cases that it leaves open are withheld here: the
message that a reply refers to, the message in a forward, a mention of the managed role alone. Discord withholds a reply
to an interaction's response (discord-api-docs, issue 5395).
"""

from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.users import User


def shows_content(message: Message, replied_to: Message | None, bot: User, *, role_counts: bool) -> bool:
    """Tell whether an application without MESSAGE_CONTENT sees the content of a message.

    With `role_counts`, a mention of the bot's managed role is a mention of the bot.
    """
    if message.author is bot or message.channel.guild is None:
        return True
    if role_counts and any(role.bot_id == bot.id for role in message.mentions.roles):
        return True
    pinged = bot in message.mentions.users
    if f"<@{bot.id}>" in message.content or f"<@!{bot.id}>" in message.content:
        return pinged
    return pinged and replied_to is not None and replied_to.author is bot and replied_to.origin is None
