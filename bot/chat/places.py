"""Places and their conversations. Times are milliseconds since 1970 UTC, and ids of places are Discord's."""

from dataclasses import dataclass
from enum import StrEnum


class PlaceKind(StrEnum):
    """The kind of a place. It determines who else reads the place and whether the place has a parent."""

    CHANNEL = "channel"
    THREAD = "thread"
    DM = "dm"


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, thread or DM. `parent_id` is the channel that a thread belongs to."""

    id: int
    kind: PlaceKind
    name: str
    guild_id: int | None = None
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class BranchPoint:
    """The last turn that a branch shares with its parent conversation: the question at `position` and its attempt `sibling`.

    Sibling 0 means the question without an answer.
    """

    conversation_id: int
    position: int
    sibling: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation of a place. It is open while `closed_at` is None.

    `window_from` is the position at which its window begins, and `files_from` the one from which files are sent. When a reset
    opened the conversation, `opened_by` is the person who asked for the reset and `previous_id` the conversation that the reset
    closed. `origin` is the hash of the file from which the conversation was imported.
    """

    id: int
    place_id: int
    opened_at: int
    closed_at: int | None = None
    window_from: int = 0
    opened_by: int | None = None
    previous_id: int | None = None
    parent: BranchPoint | None = None
    origin: str | None = None
    files_from: int = 0
