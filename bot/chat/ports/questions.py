"""Questions: claimed once, closed, found again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.chat.turns import Asked, Question, Record, TurnedDown


@dataclass(frozen=True, slots=True)
class Claim:
    """The outcome of the insert that claims a question.

    `first_turned_down`: it is refused, and none of its author's was refused for that reason in the minute before.
    """

    question: Question
    first_turned_down: bool = False


@dataclass(frozen=True, slots=True)
class Behind:
    """A question of which Discord does not show what it shall, by its place and its key."""

    place_id: int
    key: int


class Questions(Protocol):
    """The questions of all places. Every method is one transaction and raises StoreError when the history cannot be used.

    A cancelled call still takes effect as a whole or not at all.
    """

    async def claim(self, asked: Asked, *, per_minute: int = 0, turned_down: TurnedDown | None = None) -> Claim | None:
        """(a) Insert the question into its place's open conversation; None when its message was claimed before.

        It is refused for `turned_down`, or because its author asked `per_minute` others in the minute before it (0: no limit). A
        refused question needs no answer and is part of no window.
        """
        ...

    async def close(self, position: int) -> None:
        """Refuse a question that was never begun: it needs no answer any more."""
        ...

    async def record(self, key: int) -> Record | None:
        """The question that a Discord message asked, with all its attempts; None when it was never claimed, or refused."""
        ...

    async def behind(self) -> Sequence[Behind]:
        """Every question of which Discord does not show what it shall, in order of position: what a crash left."""
        ...
