"""The port that tells what a thread began with on Discord."""

from dataclasses import dataclass
from typing import Protocol

from bot.chat.places import Place
from bot.chat.ports.intake import Sourced


@dataclass(frozen=True, slots=True)
class Beginning:
    """The beginning of a thread on Discord.

    `starter_id` is the message of its channel that it was opened on, 0 for none, and `written_at` that message's time in
    milliseconds since 1970 UTC. `contents` tell the model of it, or of the title and the first message of a forum's post.
    """

    starter_id: int = 0
    written_at: int = 0
    contents: tuple[Sourced, ...] = ()


class Beginnings(Protocol):
    """Looks up what threads began with."""

    async def of(self, place: Place, key: int = 0, asker_id: int = 0) -> Beginning:
        """Return what a thread began with; nothing where that is gone or cannot be read.

        `key` is the thread's first question, and `asker_id` who asked it.
        """
        ...
