"""Renders what a message holds beside its text: files, voice messages, stickers, polls, embeds and forwards.

Discord delivers forwards as snapshots without an author (documentation, Message, "Message Snapshot Object"). It withholds files,
polls, embeds and snapshots together with the text of a message that is not for the bot; of stickers it always sends the names.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import discord

from bot.chat.turns import clean
from bot.intake.attachments import name_of

FILE_HINT: Final = "[you were not shown this: say so where it matters, and ask for the text in the message itself]"
_RICH: Final = "rich"
"""The type of embeds that a bot or a webhook has written; those of links are Discord's own (documentation, "Embed Types")."""

Named = Callable[[str], str]
"""Replaces mentions in a text by names."""


Lines = Mapping[int, str]
"""The lines that stand for files whose contents are shown to the model, by the files' ids. An empty line is left out."""
_DAY_SECONDS: Final = 86_400
_NAMED: Final = ("[attached file: ", "[voice message of ")
"""The beginnings of lines that name a file in a stored text."""
_NONE_SHOWN: Final[Lines] = MappingProxyType({})


def parts(
    message: discord.Message | discord.MessageSnapshot, named: Named = clean, files: Lines = _NONE_SHOWN
) -> list[str]:
    """Return a text of one or more lines for each part of a message beside its own text, and none for what Discord withholds."""
    if isinstance(message, discord.MessageSnapshot):
        return [*_embeds(message), *_stickers(message), *_files(message, files)]
    polls = [_poll(message.poll)] if message.poll is not None else []
    return [*_forwards(message, named, files), *_embeds(message), *_stickers(message), *polls, *_files(message, files)]


def as_stored(message: discord.Message) -> str:
    """Return the parts of a message as people read them in an export: its files by their names, without a word to the model."""
    attached = (*message.attachments, *(one for snapshot in message.message_snapshots for one in snapshot.attachments))
    return "\n".join(parts(message, files={one.id: _named(one) for one in attached}))


def with_hint(stored: str) -> str:
    """Return a stored text as the model gets it when its message is gone: where it names files, these are not shown."""
    named = any(line.removeprefix("> ").startswith(_NAMED) for line in stored.splitlines())
    return f"{stored}\n{FILE_HINT}" if named else stored


def quoted(text: str) -> str:
    """Return `text` with the mark of a quote before each line."""
    return "\n".join(f"> {line}" for line in text.splitlines())


def is_forward(message: discord.Message) -> bool:
    """Return whether a message is a forward, be its snapshot delivered or withheld."""
    return message.flags.forwarded or bool(message.message_snapshots)


def _forwards(message: discord.Message, named: Named, files: Lines) -> list[str]:
    texts = [
        "\n".join(filter(None, (named(one.content), *parts(one, files=files)))) for one in message.message_snapshots
    ]
    return [f"[forwarded message]\n{quoted(text)}" for text in texts if text.strip()]


def _embeds(message: discord.Message | discord.MessageSnapshot) -> list[str]:
    texts: list[str] = []
    for embed in message.embeds:
        if embed.type == _RICH:
            lines = (embed.title, embed.description, *(f"{field.name}: {field.value}" for field in embed.fields))
            texts.append("\n".join(clean(line) for line in lines if line))
    return [text for text in texts if text]


def _stickers(message: discord.Message | discord.MessageSnapshot) -> list[str]:
    return [f"[sticker: {clean(sticker.name)}]" for sticker in message.stickers]


def _poll(poll: discord.Poll) -> str:
    voted = any(answer.vote_count for answer in poll.answers)
    answers = [
        f"- {clean(answer.text or '')}" + (f" ({answer.vote_count} votes)" if voted else "") for answer in poll.answers
    ]
    return "\n".join((f"[poll: {clean(poll.question)}]", *answers))


def _files(message: discord.Message | discord.MessageSnapshot, files: Lines) -> list[str]:
    """Return a line for each file. Behind those that the model is not shown stands a hint to say so."""
    lines = [files.get(file.id, _unread(file)) for file in message.attachments]
    hidden = any(file.id not in files for file in message.attachments)
    return [*filter(None, lines), *([FILE_HINT] if hidden else [])]


def _named(file: discord.Attachment) -> str:
    if file.is_voice_message():
        return f"[voice message of {_seconds(file)} s]"
    return f"[attached file: {name_of(file.filename)}]"


def _seconds(file: discord.Attachment) -> int:
    seconds: object = file.duration
    return round(seconds) if isinstance(seconds, int | float) and 1 <= seconds < _DAY_SECONDS else 1


def _unread(file: discord.Attachment) -> str:
    if file.is_voice_message():
        return f"[voice message of {_seconds(file)} s, which you cannot hear]"
    return f"[attached file, which you cannot read: {name_of(file.filename)}]"
