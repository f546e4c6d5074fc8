"""Writes an export: reads the conversations page by page and yields their text in chunks."""

from collections.abc import AsyncGenerator, Sequence
from typing import Final

from bot.chat.places import Conversation, Place
from bot.chat.ports.history import History
from bot.export.files import Pictures
from bot.export.format import Format

_CHUNK_CHARACTERS: Final = 256 * 1024


async def export_chunks(
    history: History,
    place: Place,
    conversations: Sequence[Conversation],
    export_format: Format,
    exported_at: int,
    *,
    pictures: Pictures | None = None,
) -> AsyncGenerator[str, None]:
    """Yield the text of an export in chunks of about 256 K characters. `pictures` notes the pictures of its turns."""
    text = export_format.begin(place, exported_at)
    for conversation in conversations:
        text += export_format.open(conversation)
        async for turn in history.turns(conversation.id):
            text += export_format.turn(turn)
            if pictures is not None:
                pictures.look(turn)
            if len(text) >= _CHUNK_CHARACTERS:
                yield text
                text = ""
        text += export_format.close()
    yield text + export_format.end()
