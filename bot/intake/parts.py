"""Renders what a message holds beside its text: files, voice messages, stickers, polls, embeds and forwards.

Discord delivers forwards as snapshots without an author (documentation, Message, "Message Snapshot Object"). It withholds files,
polls, embeds and snapshots together with the text of a message that is not for the bot; of stickers it always sends the names.
"""

from collections.abc import Callable
from typing import Final

import discord

from bot.chat.turns import clean

FILE_HINT: Final = "[you cannot open files: say so where it matters, and ask for the text in the message itself]"
_RICH: Final = "rich"
"""The type of embeds that a bot or a webhook has written; those of links are Discord's own (documentation, "Embed Types")."""

Named = Callable[[str], str]
"""Replaces mentions in a text by names."""


def parts(message: discord.Message | discord.MessageSnapshot, named: Named = clean) -> list[str]:
    """Return a text of one or more lines for each part of a message beside its own text, and none for what Discord withholds."""
    if isinstance(message, discord.MessageSnapshot):
        return [*_embeds(message), *_stickers(message), *_files(message)]
    polls = [_poll(message.poll)] if message.poll is not None else []
    return [*_forwards(message, named), *_embeds(message), *_stickers(message), *polls, *_files(message)]


def quoted(text: str) -> str:
    """Return `text` with the mark of a quote before each line."""
    return "\n".join(f"> {line}" for line in text.splitlines())


def is_forward(message: discord.Message) -> bool:
    """Return whether a message is a forward, be its snapshot delivered or withheld."""
    return message.flags.forwarded or bool(message.message_snapshots)


def _forwards(message: discord.Message, named: Named) -> list[str]:
    texts = ["\n".join(filter(None, (named(one.content), *parts(one)))) for one in message.message_snapshots]
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


def _files(message: discord.Message | discord.MessageSnapshot) -> list[str]:
    """Return a line for each file, so that the model can at least say that it cannot read it, and a hint to do so."""
    lines = [
        f"[voice message of {max(1, round(file.duration or 0))} s, which you cannot hear]"
        if file.is_voice_message()
        else f"[attached file, which you cannot read: {clean(file.filename)}]"
        for file in message.attachments
    ]
    return [*lines, FILE_HINT] if lines else []
