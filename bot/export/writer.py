"""Writes an export: reads the conversations page by page and yields their text in chunks."""

from collections.abc import AsyncGenerator, Sequence
from typing import Final

from bot.chat.choices import Choice, Scope
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
    choices: Sequence[Choice] = (),
    pictures: Pictures | None = None,
) -> AsyncGenerator[str, None]:
    """Yield the text of an export in chunks of about 256 K characters. `pictures` notes the pictures of its turns.

    Of all `choices`, those for the place and for the exported conversations are written.
    """
    ids = {Scope.PLACE: {place.id}, Scope.CONVERSATION: {conversation.id for conversation in conversations}}
    here = [choice for choice in choices if choice.key.scope_id in ids.get(choice.key.scope, ())]
    text = export_format.begin(place, exported_at, here)
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
