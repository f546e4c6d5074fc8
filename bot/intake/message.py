"""Turns a Discord message into a question: raw text for the store, rendered text for the model. Passes on no Discord object."""

import re
from enum import Enum, auto
from functools import partial
from typing import Final

import discord

from bot.chat.access import Origin
from bot.chat.places import Place, PlaceKind
from bot.chat.speakers import escaped, name_of, tag, timed
from bot.chat.turns import Asked, Author, clean
from bot.intake.media import NO_FILES, FilesRead
from bot.intake.parts import Lines, as_stored, is_forward, parts, quoted

_MENTION: Final = re.compile(r"<(?P<kind>@!|@&|@|\#)(?P<id>\d{15,21})>|<a?:(?P<emoji>\w{2,32}):\d{15,21}>")
_QUOTED_CHARACTERS: Final = 500
NO_ID: Final = 2**63
"""Discord's ids reach it in the year 2084."""


class Gap(Enum):
    """Why a message that is for the bot holds nothing that can be answered."""

    NOTHING = auto()
    """It holds nothing but the mention of the bot."""
    IN_DM = auto()
    """It is a direct message of a kind that the bot cannot read."""
    ROLE_MENTION = auto()
    """Discord withholds its text, because it mentions only the bot's managed role."""
    FORWARD = auto()
    """It is a forward, and Discord withholds what was forwarded."""
    HIDDEN_REPLY = auto()
    """It replies, without a word, to a message whose text Discord withholds."""
    REPLY_TO_NOTHING = auto()
    """It replies, without a word, to a message that was deleted."""
    REPLY_TO_BOT = auto()
    """It replies, without a word, to a message of the bot."""


def has_ids(message: discord.Message) -> bool:
    """Return whether a message, its channel and its author have ids that Discord can give: SQLite holds no larger ones."""
    return all(0 < one < NO_ID for one in (message.id, message.channel.id, message.author.id))


def guild_id_of(message: discord.Message) -> int | None:
    """Return the id of a message's server, also of one that discord.py does not know; None in a DM."""
    if message.guild is not None:
        return message.guild.id
    guild_id = getattr(message.channel, "guild_id", None)
    return guild_id if isinstance(guild_id, int) else None


def place_of(channel: discord.abc.Snowflake, guild_id: int | None) -> Place:
    """Return the place of a channel."""
    if guild_id is None:
        return Place(channel.id, PlaceKind.DM, "direct messages")
    name = getattr(channel, "name", None) or str(channel.id)
    if isinstance(channel, discord.Thread):
        return Place(channel.id, PlaceKind.THREAD, clean(name), guild_id, channel.parent_id)
    return Place(channel.id, PlaceKind.CHANNEL, clean(name), guild_id)


def origin_of(
    user: discord.abc.User, channel: object, guild_id: int | None, roles: frozenset[int] = frozenset()
) -> Origin:
    """Return the asker and the place for the access lists. A thread also counts as its channel, a channel as its category.

    `roles` are those of a user whose roles discord.py does not know.
    """
    parent = channel.parent if isinstance(channel, discord.Thread) else channel
    ids = (getattr(channel, "id", None), getattr(channel, "parent_id", None), getattr(parent, "category_id", None))
    if isinstance(user, discord.Member) and getattr(user, "guild", None) is not None:  # None: an unknown server
        roles = frozenset(role.id for role in user.roles)
    known = parent is not None and not isinstance(channel, discord.PartialMessageable)
    return Origin(user.id, guild_id, frozenset(i for i in ids if i), roles, known=known)


def asked(message: discord.Message) -> Asked:
    """Return the question as it arrived, not yet rendered; without a text of its own, what it holds beside it."""
    return Asked(
        key=message.id,
        place=place_of(message.channel, guild_id_of(message)),
        author=author_of(message.author),
        text=clean(message.content) or as_stored(message),
        asked_at=int(message.created_at.timestamp() * 1000),
    )


def rendered(
    message: discord.Message,
    bot: discord.abc.User,
    author: Author,
    when: str,
    *,
    direct: bool,
    files: FilesRead = NO_FILES,
) -> str:
    """Return the question's text for the model: author, time, quote of the message it replies to, text with names, parts.

    `author` has the name that was shown when the question was asked, `when` is that moment. A direct message has only one
    possible author, so the tag is left out. `files` tells which files are shown to the model, and what Discord's client made a
    file of the text.
    """
    named = partial(with_names, message=message, asker=message)
    text = _text_without_calls(message, bot, files.paste)
    content = "\n".join(text for text in (text, *parts(message, named, files.lines)) if text)
    if direct:
        return timed(f"{_quote(message, bot, files.lines, tags=False)}{content}", when)
    return f"{tag(author, when)}: {_quote(message, bot, files.lines)}{escaped(content)}"


def rendered_about(
    message: discord.Message,
    bot: discord.abc.User,
    author: Author,
    when: str,
    *,
    direct: bool,
    files: FilesRead = NO_FILES,
) -> str:
    """Return the text for the model of a question by `author`, who asked through the menu of another person's message.

    The whole message is quoted. The arguments are those of `rendered`.
    """
    named = partial(with_names, message=message, asker=message)
    text = _text_without_calls(message, bot, files.paste)
    content = "\n".join(text for text in (text, *parts(message, named, files.lines)) if text)
    other = author_of(message.author)
    if direct:
        return timed(asking_for(content, name_of(other)), when)
    return f"{tag(author, when)}: {escaped(asking_for(content, tag(other)))}"


def asking_for(text: str, name: str = "") -> str:
    """Return the words in which a person asks for an answer to a message of `name`, which says `text`."""
    return f"Please answer this message{' of ' if name else ''}{name}:\n{quoted(text)}"


def gap(message: discord.Message, bot: discord.abc.User) -> Gap | None:
    """Return why a message has nothing to answer, or None if it has something: text, parts, or a quote of what it replies to."""
    original = _replied_to(message)
    shown = (
        isinstance(original, discord.Message)
        and original.author.id != bot.id
        and _quotable(original, message, NO_FILES.lines)
    )
    if _text_without_calls(message, bot) or parts(message) or shown:
        return None
    if is_forward(message):
        return Gap.FORWARD
    if not message.content and calls_role(message, bot):
        return Gap.ROLE_MENTION
    if message.type is discord.MessageType.reply:
        return _gap_of_reply(original, bot)
    return Gap.IN_DM if guild_id_of(message) is None else Gap.NOTHING


def _gap_of_reply(original: discord.Message | discord.DeletedReferencedMessage | None, bot: discord.abc.User) -> Gap:
    if isinstance(original, discord.DeletedReferencedMessage):
        return Gap.REPLY_TO_NOTHING
    return Gap.REPLY_TO_BOT if original is not None and original.author.id == bot.id else Gap.HIDDEN_REPLY


def author_of(user: discord.abc.User) -> Author:
    """Return a person as the author of a question."""
    return Author(user.id, clean(user.display_name))


def _text_without_calls(message: discord.Message, bot: discord.abc.User, paste: str = "") -> str:
    """Return the content and `paste` without mentions of the bot (its user or its managed role) at the beginning and the end."""
    content = "\n".join(text for text in (clean(message.content), paste) if text)
    calls = [f"<@{bot.id}>", f"<@!{bot.id}>", *(role.mention for role in _managed_roles(message, bot))]
    return with_names(_strip_calls(content, calls), message, message).strip()


def _strip_calls(text: str, calls: list[str]) -> str:
    text = text.strip()
    while call := next((call for call in calls if text.startswith(call)), ""):
        text = text.removeprefix(call).lstrip(" ,:\n\t")
    while call := next((call for call in calls if text.endswith(call)), ""):
        text = text.removesuffix(call).rstrip()
    return text


def _managed_roles(message: discord.Message, bot: discord.abc.User) -> list[discord.Role]:
    return [role for role in message.role_mentions if role.tags is not None and role.tags.bot_id == bot.id]


def calls_role(message: discord.Message, bot: discord.abc.User) -> bool:
    """Whether the message mentions the bot's managed role, which Discord's clients suggest just like its user."""
    return bool(_managed_roles(message, bot))


def with_names(text: str, message: discord.Message, asker: discord.Message) -> str:
    """Return `text`, which stands in `message`, with names in place of Discord's ids.

    A channel that the author of the message `asker` cannot see keeps its id.
    """
    users = {user.id: user.display_name for user in message.mentions}

    def name(match: re.Match[str]) -> str:
        if match["emoji"]:
            return f":{match['emoji']}:"
        target = int(match["id"])
        if match["kind"] == "#":
            channel = message.guild.get_channel_or_thread(target) if message.guild else None
            return f"#{channel.name}" if channel and _sees(asker, channel) else match[0]
        if match["kind"] == "@&":
            role = message.guild.get_role(target) if message.guild else None
            return f"@{role.name}" if role else match[0]
        return f"@{users[target]}" if target in users else match[0]

    return clean(_MENTION.sub(name, text))


def _replied_to(message: discord.Message) -> discord.Message | discord.DeletedReferencedMessage | None:
    return message.reference.resolved if message.reference and message.type is discord.MessageType.reply else None


def _sees(asker: discord.Message, channel: discord.abc.GuildChannel | discord.Thread) -> bool:
    """Return whether the author of a message sees a channel. Of one whose roles are not known, everybody's rights count.

    Discord does not tell who is in a private thread, so it is seen from within only.
    """
    if channel.id == asker.channel.id:
        return True
    if isinstance(channel, discord.Thread) and channel.is_private():
        return False
    person = asker.author if isinstance(asker.author, discord.Member) else channel.guild.default_role
    try:
        return channel.permissions_for(person).view_channel
    except discord.ClientException:  # the thread's channel is not known
        return False


def _quotable(original: discord.Message, asker: discord.Message, files: Lines) -> str:
    """Return the text and the parts of a message that another one replies to; an empty string where Discord withholds them."""
    named = partial(with_names, message=original, asker=asker)
    return "\n".join(text for text in (named(clean(original.content)), *parts(original, named, files)) if text)


def _quote(message: discord.Message, bot: discord.abc.User, files: Lines, *, tags: bool = True) -> str:
    """Return a shortened quote of another person's message that this one replies to, or that it cannot be seen.

    The bot's own messages are not quoted, because they are in the history.
    """
    original = _replied_to(message)
    if isinstance(original, discord.DeletedReferencedMessage):
        return "In reply to a message that was deleted\n"
    if not isinstance(original, discord.Message):
        unseen = message.type is discord.MessageType.reply
        return "In reply to a message that you cannot see\n" if unseen else ""
    if original.author.id == bot.id:
        return ""
    author, text = author_of(original.author), _quotable(original, message, files)
    name = tag(author) if tags else name_of(author)
    if not text:
        return f"In reply to {name}, whose message you cannot see\n"
    if len(text) > _QUOTED_CHARACTERS:
        text = text[:_QUOTED_CHARACTERS] + "…"
    lines = quoted(text)
    return f"In reply to {name}, who wrote\n{escaped(lines) if tags else lines}\n"
