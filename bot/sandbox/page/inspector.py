"""The inspector: what the page shows of the bot's inside, told by whoever started it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol

from bot.sandbox.wire import Json


@dataclass(frozen=True, slots=True)
class SentPicture:
    """A picture of a message. `key` is its name for `Inspector.picture`; width and height are in pixels."""

    key: str
    name: str
    width: int
    height: int
    tokens: int


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message of a request, as the model was sent it. `tokens` counts its pictures too."""

    role: str
    content: str
    tokens: int
    pictures: Sequence[SentPicture] = ()


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One turn of the history as it is stored. `sent`: it is inside the last window."""

    author: str
    text: str
    state: str
    tokens: int
    sent: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that held for a request, in words: its name and value, and the source of the value.

    `source` may mention people as messages do. `detail` is a technical name of the value, empty for none.
    """

    name: str
    value: str
    source: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest request of a place and its conversation; `budget` in tokens, `dropped` in turns, `path` of the database.

    `facts` are about the settings under which the request was made.
    """

    messages: Sequence[SentMessage]
    prompt_tokens: int
    cached_tokens: int
    budget: int
    dropped: int
    turns: Sequence[StoredTurn]
    path: str
    facts: Sequence[Fact] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of a picture, and their type."""

    media_type: str
    data: bytes = field(repr=False)


class Inspector(Protocol):
    """Looks into the bot."""

    async def seen(self, place_id: int) -> Seen | None:
        """Return what the model was sent last for a place, and the place's stored history; None where nothing is."""
        ...

    async def picture(self, key: str) -> Picture | None:
        """Return a picture that the model was sent; None where there is none of this key."""
        ...


def seen_payload(seen: Seen | None) -> Json | None:
    """Write it for the browser."""
    return None if seen is None else asdict(seen)
