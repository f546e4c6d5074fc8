"""Places and the conversations in them. Times are milliseconds since 1970 UTC, ids of places are Discord's."""

from dataclasses import dataclass
from enum import StrEnum


class PlaceKind(StrEnum):
    """The kind of a place: it decides who else reads it and whether it has a parent."""

    CHANNEL = "channel"
    THREAD = "thread"
    DM = "dm"


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, thread or DM. `parent_id` is the channel of a thread."""

    id: int
    kind: PlaceKind
    name: str
    guild_id: int | None = None
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class BranchPoint:
    """The turn of another conversation after which a branch goes on: the question at `position` and its attempt `sibling`.

    Sibling 0 means the question without its answer.
    """

    conversation_id: int
    position: int
    sibling: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation of a place, open while `closed_at` is None.

    `window_from` is the position at which its window begins. `opened_by` is the person whose reset opened it, which closed
    the conversation `previous_id`. `origin` is the hash of the file that it was imported from.
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
