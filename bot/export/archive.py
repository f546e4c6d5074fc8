"""Writes an export: reads the conversations page by page and hands each page's text on."""

from collections.abc import AsyncGenerator, Sequence
from typing import Final

from bot.chat.ports import Store
from bot.chat.turns import Conversation, Place
from bot.export.shape import Shape

_CHUNK_CHARACTERS: Final = 256 * 1024


async def archived(
    store: Store, place: Place, conversations: Sequence[Conversation], shape: Shape, exported_at: int
) -> AsyncGenerator[str, None]:
    """The text of an export, in pieces of some 256 KB."""
    text = shape.begin(place, exported_at)
    for conversation in conversations:
        text += shape.open(conversation)
        async for question, answers in store.turns(conversation.id):
            text += shape.turn(question, answers)
            if len(text) >= _CHUNK_CHARACTERS:
                yield text
                text = ""
        text += shape.close()
    yield text + shape.end()
