"""`Sticker`, `Poll` and `Recording` are what a message may hold beside its text and its files.

Sources: Discord's documentation, Sticker ("Sticker Item Structure", "Sticker Format Types"), Poll ("Poll Object") and Message
("Attachment Structure": `duration_secs` and `waveform` of a voice message; "Message Flags": IS_VOICE_MESSAGE).
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum


class StickerFormat(IntEnum):
    """The formats of a sticker's picture."""

    PNG = 1
    APNG = 2
    LOTTIE = 3
    GIF = 4


@dataclass(frozen=True, slots=True)
class Sticker:
    """A sticker on a message; a message has three at most."""

    id: int
    name: str
    format: StickerFormat = StickerFormat.PNG


FLAT = "AAAA"
"""The waveform of silence."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The sound of a voice message: its length in seconds, and its loudness over time as base64."""

    seconds: float
    waveform: str = FLAT


@dataclass(eq=False, slots=True)
class Poll:
    """A poll with its answers, in order; answer number 1 is the first. `votes` are the ids of the voters of each answer."""

    question: str
    answers: tuple[str, ...]
    ends_at: datetime
    several: bool = False
    votes: dict[int, set[int]] = field(default_factory=dict[int, set[int]])
    ended: bool = False
