"""A Discord message as a question: raw for the store, rendered for the model. Discord's objects end here."""

import re
from typing import Final

import discord

from bot.chat.access import Origin
from bot.chat.places import Place, PlaceKind
from bot.chat.speakers import escaped, name_of, tag
from bot.chat.turns import Asked, Author, clean

_MENTION: Final = re.compile(r"<(?P<kind>@!|@&|@|\#)(?P<id>\d{15,21})>|<a?:(?P<emoji>\w{2,32}):\d{15,21}>")
_QUOTED_CHARACTERS: Final = 500


def place_of(channel: discord.abc.Snowflake, guild_id: int | None) -> Place:
    """The place that a channel is."""
    if guild_id is None:
        return Place(channel.id, PlaceKind.DM, "direct messages")
    name = getattr(channel, "name", None) or str(channel.id)
    if isinstance(channel, discord.Thread):
        return Place(channel.id, PlaceKind.THREAD, clean(name), guild_id, channel.parent_id)
    return Place(channel.id, PlaceKind.CHANNEL, clean(name), guild_id)


def origin_of(user: discord.abc.User, channel: object, guild_id: int | None) -> Origin:
    """The asker and the place, as the access lists see them: a thread counts as its channel too, a channel as its category."""
    parent = channel.parent if isinstance(channel, discord.Thread) else channel
    ids = (getattr(channel, "id", None), getattr(channel, "parent_id", None), getattr(parent, "category_id", None))
    roles = user.roles if isinstance(user, discord.Member) else []
    known = parent is not None and not isinstance(channel, discord.PartialMessageable)
    return Origin(user.id, guild_id, frozenset(i for i in ids if i), frozenset(role.id for role in roles), known=known)


def asked(message: discord.Message) -> Asked:
    """The question as it arrived."""
    return Asked(
        key=message.id,
        place=place_of(message.channel, message.guild.id if message.guild else None),
        author=_author(message.author),
        text=clean(message.content),
        asked_at=int(message.created_at.timestamp() * 1000),
    )


def rendered(message: discord.Message, bot: discord.abc.User, author: Author, *, direct: bool) -> str:
    """The question's text for the model: names for mentions, what it replies to, which files hang on it, said by its author.

    `author` bears the name that was shown when it was asked. In a direct message only one person speaks, so no tag says who.
    """
    said = "\n".join(text for text in (_own_text(message, bot), _files(message)) if text)
    if direct:
        return f"{_quote(message, bot, tags=False)}{said}"
    return f"{tag(author)}: {_quote(message, bot)}{escaped(said)}"


def is_empty(message: discord.Message, bot: discord.abc.User) -> bool:
    """Whether there is nothing to answer beside the mention itself."""
    return not (_own_text(message, bot) or _files(message) or _quote(message, bot))


def _author(user: discord.abc.User) -> Author:
    return Author(user.id, clean(user.display_name))


def _own_text(message: discord.Message, bot: discord.abc.User) -> str:
    """The content without the mentions around it that call the bot, be it by its user or by its managed role."""
    calls = [f"<@{bot.id}>", f"<@!{bot.id}>", *(role.mention for role in _managed_roles(message, bot))]
    return _named(_without_calls(clean(message.content), calls), message).strip()


def _without_calls(text: str, calls: list[str]) -> str:
    text = text.strip()
    while call := next((call for call in calls if text.startswith(call)), ""):
        text = text.removeprefix(call).lstrip(" ,:\n\t")
    while call := next((call for call in calls if text.endswith(call)), ""):
        text = text.removesuffix(call).rstrip()
    return text


def _managed_roles(message: discord.Message, bot: discord.abc.User) -> list[discord.Role]:
    return [role for role in message.role_mentions if role.tags is not None and role.tags.bot_id == bot.id]


def calls_role(message: discord.Message, bot: discord.abc.User) -> bool:
    """Whether the message mentions the bot's managed role, which clients complete as readily as its user."""
    return bool(_managed_roles(message, bot))


def _named(text: str, message: discord.Message) -> str:
    """`text` with names in the place of Discord's ids."""
    users = {user.id: user.display_name for user in message.mentions}

    def name(match: re.Match[str]) -> str:
        if match["emoji"]:
            return f":{match['emoji']}:"
        target = int(match["id"])
        if match["kind"] == "#":
            channel = message.guild.get_channel_or_thread(target) if message.guild else None
            return f"#{channel.name}" if channel else match[0]
        if match["kind"] == "@&":
            role = message.guild.get_role(target) if message.guild else None
            return f"@{role.name}" if role else match[0]
        return f"@{users[target]}" if target in users else match[0]

    return clean(_MENTION.sub(name, text))


def _quote(message: discord.Message, bot: discord.abc.User, *, tags: bool = True) -> str:
    """The words of another person that this message replies to, shortened; the bot's own words are in the history."""
    replied = message.reference.resolved if message.reference else None
    if not isinstance(replied, discord.Message) or replied.author.id == bot.id or not replied.content:
        return ""
    author = _author(replied.author)
    text = _named(clean(replied.content), replied)
    if len(text) > _QUOTED_CHARACTERS:
        text = text[:_QUOTED_CHARACTERS] + "…"
    lines = "\n".join(f"> {line}" for line in text.splitlines())
    if not tags:
        return f"In reply to {name_of(author)}, who wrote\n{lines}\n"
    return f"In reply to {tag(author)}, who wrote\n{escaped(lines)}\n"


def _files(message: discord.Message) -> str:
    """A line a file, so that the model can at least say that it cannot read them."""
    return "\n".join(f"[attached file, which you cannot read: {clean(file.filename)}]" for file in message.attachments)
