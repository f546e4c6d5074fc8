"""Lists for an export what goes with a question: words of others, and files; the pictures' names in the zip file."""

from collections.abc import Sequence
from typing import Final

from bot.chat.content import Media, Text
from bot.chat.ports.history import Turn

_EXTENSIONS: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}


def file_name(picture: Media) -> str:
    """Return a picture's name in the zip file: the beginning of its hash, so that one that was sent twice is there once."""
    return f"files/{picture.hash.hex()[:16]}.{_EXTENSIONS.get(picture.media_type, 'bin')}"


def files_of(turn: Turn) -> Sequence[Media]:
    """Return the files of a turn's question, in order."""
    return [one.content for one in turn.contents if not one.sibling and isinstance(one.content, Media)]


def quotes_of(turn: Turn) -> Sequence[str]:
    """Return the texts of a turn's question beside its own, in order: words of others, as they were quoted for the model."""
    return [one.content.text for one in turn.contents if not one.sibling and isinstance(one.content, Text)]


class Pictures:
    """Collects the pictures of an export's turns, each once. `names` holds their names in the zip file by hash."""

    def __init__(self) -> None:
        self.names: dict[bytes, str] = {}

    def look(self, turn: Turn) -> None:
        """Note the pictures of a turn."""
        for media in files_of(turn):
            if media.hash:
                self.names.setdefault(media.hash, file_name(media))
