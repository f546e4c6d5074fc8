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
from bot.intake.shortening import shortened

FILE_HINT: Final = "[you were not shown this: say so where it matters, and ask for the text in the message itself]"
_RICH: Final = "rich"
"""The type of embeds that a bot or a webhook has written; those of links are Discord's own (documentation, "Embed Types")."""

Named = Callable[[str], str]
"""Replaces mentions in a text by names."""


Lines = Mapping[int, str]
"""The lines that stand for files whose contents are shown to the model, by the files' ids. An empty line is left out."""
_DAY_SECONDS: Final = 86_400
FORWARD: Final = "[forwarded message]"
_NAMED: Final = ("[attached file: ", "[voice message of ", FORWARD)
"""The beginnings of lines in a stored text that name a file, or what was forwarded."""
_EMBEDS: Final = 5
_EMBED_CHARACTERS: Final = 2_000
"""Discord takes 6,000 characters in the embeds of a message (documentation, "Embed Limits")."""
_MORE_EMBEDS: Final = "[{number} more embeds]"
_ANSWERS: Final = 20
FORWARD_CHARACTERS: Final = 6_000
_NONE_SHOWN: Final[Lines] = MappingProxyType({})


def parts(
    message: discord.Message | discord.MessageSnapshot, named: Named = clean, files: Lines = _NONE_SHOWN
) -> list[str]:
    """Return a text of one or more lines for each part of a message beside its own text, and none for what Discord withholds."""
    if isinstance(message, discord.MessageSnapshot):
        return own_parts(message, files, named)
    return [*forwards(message, named, files), *own_parts(message, files, named)]


def own_parts(
    message: discord.Message | discord.MessageSnapshot, files: Lines = _NONE_SHOWN, named: Named = clean
) -> list[str]:
    """Return the texts of a message's parts but for what it forwards."""
    poll = getattr(message, "poll", None)
    polls = [_poll(poll)] if isinstance(poll, discord.Poll) else []
    return [*_embeds(message, named), *_stickers(message), *polls, *_files(message, files)]


def by_name(message: discord.Message) -> Lines:
    """Return lines that name a message's files, and those of what it forwards, without a word to the model."""
    forwarded = (one for snapshot in message.message_snapshots for one in snapshot.attachments)
    return {one.id: _named(one) for one in (*message.attachments, *forwarded)}


def as_stored(message: discord.Message) -> str:
    """Return the parts of a message as people read them in an export: its files by their names, without a word to the model.

    Of a forward stands there only that it is one: its words are another person's, and are stored as such when it is rendered.
    """
    own = own_parts(message, by_name(message))
    return "\n".join([*([FORWARD] if is_forward(message) else []), *own])


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


def forwards(message: discord.Message, named: Named = clean, files: Lines = _NONE_SHOWN) -> list[str]:
    """Return a text for each message that this one forwards, as far as Discord shows any of it."""
    texts = [
        "\n".join(filter(None, (named(one.content), *own_parts(one, files, named))))
        for one in message.message_snapshots
    ]
    return [f"{FORWARD}\n{quoted(shortened(text, FORWARD_CHARACTERS))}" for text in texts if text.strip()]


def _embeds(message: discord.Message | discord.MessageSnapshot, named: Named) -> list[str]:
    texts: list[str] = []
    for embed in message.embeds:
        if embed.type == _RICH:
            fields = (f"{field.name}: {field.value}" for field in embed.fields)
            lines = (embed.author.name, embed.title, embed.description, *fields, embed.footer.text)
            texts.append(shortened("\n".join(named(line) for line in lines if line), _EMBED_CHARACTERS))
    shown = [text for text in texts if text]
    more = len(shown) - _EMBEDS
    return [*shown[:_EMBEDS], *([_MORE_EMBEDS.format(number=more)] if more > 0 else [])]


def _stickers(message: discord.Message | discord.MessageSnapshot) -> list[str]:
    return [f"[sticker: {clean(sticker.name)}]" for sticker in message.stickers]


def _poll(poll: discord.Poll) -> str:
    voted = any(answer.vote_count for answer in poll.answers)
    answers = [
        f"- {clean(answer.text or '')}" + (f" ({answer.vote_count} votes)" if voted else "")
        for answer in poll.answers[:_ANSWERS]
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
