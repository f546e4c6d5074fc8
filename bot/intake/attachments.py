"""The files that belong to a question: its message's own, those of the message that it replies to, those of a forward."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import discord

from bot.chat.turns import clean

_PASTE: Final = "message.txt"
"""The file that Discord's clients make of a text that is too long for a message."""
_MOST_CHARACTERS: Final = 80
_SEPARATORS: Final = re.compile(r"[/\\]")
_NEVER_SHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""The categories of characters that are not shown, or that turn what is shown around."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file on a Discord message.

    `channel_id` and `message_id` name the message with which its link can be had anew. `author_id` and `source_id` name the
    author and the message of a file that is not the asker's, as far as Discord tells. `size` is what Discord says, in bytes; 0
    where it says nothing of use.
    """

    id: int
    name: str
    link: str
    size: int
    channel_id: int
    message_id: int
    is_voice: bool = False
    is_paste: bool = False
    own: bool = True
    author_id: int | None = None
    source_id: int | None = None


def attached_to(message: discord.Message, bot: discord.abc.User) -> tuple[Attached, ...]:
    """Return the files that belong to a question, the message's own first; none where Discord withholds them."""
    found = [_attached(one, message) for one in message.attachments]
    original = message.reference.resolved if message.reference and message.type is discord.MessageType.reply else None
    if isinstance(original, discord.Message) and original.author.id != bot.id:
        theirs = (*original.attachments, *_forwarded(original))
        found += [_attached(one, original, author_id=original.author.id, source_id=original.id) for one in theirs]
    source_id = message.reference.message_id if message.reference and message.message_snapshots else None
    found += [_attached(one, message, source_id=source_id, own=False) for one in _forwarded(message)]
    return tuple({one.id: one for one in reversed(found)}.values())[::-1]


def link_of(message: discord.Message, attachment_id: int) -> str | None:
    """Return the link of a file on a message that was just fetched, None where the file is gone."""
    return next((one.url for one in (*message.attachments, *_forwarded(message)) if one.id == attachment_id), None)


def name_of(filename: object) -> str:
    """Return a file's name without folders, line breaks and characters that are not shown, of 80 characters at most.

    What is no text is no name either: Discord's data is not trusted to be of its documented types.
    """
    last = _SEPARATORS.split(clean(filename))[-1] if isinstance(filename, str) else ""
    visible = "".join(" " if unicodedata.category(c) in _NEVER_SHOWN and c.isspace() else c for c in last)
    visible = "".join(c for c in visible if unicodedata.category(c) not in _NEVER_SHOWN)
    name = " ".join(visible.split())
    if len(name) > _MOST_CHARACTERS:
        stem, dot, suffix = name.rpartition(".")
        ending = f"…{dot}{suffix}" if stem and len(suffix) <= 10 else "…"
        name = name[: _MOST_CHARACTERS - len(ending)] + ending
    return name if name.strip(". ") else "file"


def is_paste(attachment: discord.Attachment) -> bool:
    """Return whether a file looks like the text of a message that was too long."""
    return attachment.filename == _PASTE and (attachment.content_type or "").startswith("text/plain")


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _forwarded(message: discord.Message) -> Iterable[discord.Attachment]:
    return (one for snapshot in message.message_snapshots for one in snapshot.attachments)


def _attached(
    attachment: discord.Attachment,
    message: discord.Message,
    *,
    author_id: int | None = None,
    source_id: int | None = None,
    own: bool | None = None,
) -> Attached:
    own = source_id is None if own is None else own
    return Attached(
        id=attachment.id,
        name=name_of(attachment.filename),
        link=attachment.url,
        size=_whole(attachment.size),
        channel_id=message.channel.id,
        message_id=message.id,
        is_voice=attachment.is_voice_message(),
        is_paste=own and is_paste(attachment),
        own=own,
        author_id=author_id,
        source_id=source_id,
    )
