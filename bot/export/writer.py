"""Writes an export: reads the conversations page by page and hands each page's text on."""

from collections.abc import AsyncGenerator, Sequence
from typing import Final

from bot.chat.places import Conversation, Place
from bot.chat.ports.history import History
from bot.export.format import Format

_CHUNK_CHARACTERS: Final = 256 * 1024


async def export_chunks(
    history: History, place: Place, conversations: Sequence[Conversation], made: Format, exported_at: int
) -> AsyncGenerator[str, None]:
    """The text of an export, in pieces of some 256 KB."""
    text = made.begin(place, exported_at)
    for conversation in conversations:
        text += made.open(conversation)
        async for turn in history.turns(conversation.id):
            text += made.turn(turn)
            if len(text) >= _CHUNK_CHARACTERS:
                yield text
                text = ""
        text += made.close()
    yield text + made.end()
