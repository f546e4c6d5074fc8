"""Turns a Discord message into a question: raw text for the store, rendered text for the model. Passes on no Discord object."""

from enum import Enum, auto
from typing import Final

import discord

from bot.chat.access import Origin
from bot.chat.content import Text
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.intake import Sourced
from bot.chat.speakers import escaped, name_of, tag, timed
from bot.chat.turns import Asked, Author, clean
from bot.intake.media import NO_FILES, FilesRead
from bot.intake.mentions import Words, author_of
from bot.intake.parts import as_stored, is_forward, own_parts, parts, quoted
from bot.intake.quotes import NOTHING_AROUND, Around, Quotes, quotable, replied_to
from bot.intake.readers import asker_of

THIS_MESSAGE: Final = "Please answer this message."
"""The stored text of a question that was asked through the menu of a message, whose words are a content of their own."""
GONE: Final = "it is gone, so you cannot see it"
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
    words: Words,
    author: Author,
    when: str,
    *,
    direct: bool,
    files: FilesRead = NO_FILES,
    around: Around = NOTHING_AROUND,
) -> tuple[Text | Sourced, ...]:
    """Return the question for the model: its own text first, then what it refers to, as contents of their own.

    The text has the author, the time, the words with names, and the parts of the message. `author` has the name that was shown
    when the question was asked, `when` is that moment. A direct message has only one possible author, so the tag is left out.
    `files` tells which files are shown to the model, and what Discord's client made a file of the text.
    """
    quotes = Quotes(words, files.lines, tags=not direct)
    own = own_parts(message, files.lines, words.of(message))
    lines = (_text_without_calls(message, words, files.paste), *own, *quotes.notes(message, around))
    text = "\n".join(line for line in lines if line)
    first = timed(text, when) if direct else f"{tag(author, when)}: {escaped(text)}"
    return Text(first), *quotes.contents(message, around)


def rendered_about(
    message: discord.Message, words: Words, author: Author, when: str, *, direct: bool, files: FilesRead = NO_FILES
) -> tuple[Text | Sourced, ...]:
    """Return a question by `author` for the model, who asked through the menu of a message.

    The whole message is quoted, as a content of its own, and behind it what it replies to. The arguments are those of `rendered`.
    """
    content = "\n".join(
        text
        for text in (
            _text_without_calls(message, words, files.paste),
            *parts(message, words.of(message), files.lines),
        )
        if text
    )
    other, quote = author_of(message.author), quoted(content)
    if direct:
        first = timed(asking_for(name_of(other)), when)
    else:
        first, quote = f"{tag(author, when)}: {asking_for(tag(other))}", escaped(quote)
    replied = Quotes(words, files.lines, tags=not direct).reply(message)
    return Text(first), Sourced(Text(f"\n{quote}"), message.author.id, message.id), *replied


def asking_for(name: str) -> str:
    """Return the words in which a person asks for an answer to a message of `name`, which is quoted behind them."""
    return f"Please answer this message of {name}:"


def asking_for_stored(text: str) -> str:
    """Return the words in which a person asks for an answer to a message that is gone, of which `text` is stored."""
    if text == THIS_MESSAGE:
        return f"{THIS_MESSAGE} [{GONE}]"
    return f"Please answer this message:\n{quoted(text)}"


def gap(message: discord.Message, bot: discord.abc.User) -> Gap | None:
    """Return why a message has nothing to answer, or None if it has something: text, parts, or a quote of what it replies to."""
    words, original = Words(asker_of(message), bot), replied_to(message)
    shown = (
        isinstance(original, discord.Message)
        and original.author.id != bot.id
        and quotable(original, words, NO_FILES.lines)
    )
    if _text_without_calls(message, words) or parts(message) or shown:
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


def _text_without_calls(message: discord.Message, words: Words, paste: str = "") -> str:
    """Return the content and `paste` without mentions of the bot (its user or its managed role) at the beginning and the end."""
    bot = words.bot
    content = "\n".join(text for text in (clean(message.content), paste) if text)
    calls = [f"<@{bot.id}>", f"<@!{bot.id}>", *(role.mention for role in _managed_roles(message, bot))]
    return words.of(message)(_strip_calls(content, calls)).strip()


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
