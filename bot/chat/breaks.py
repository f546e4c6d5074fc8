"""Breaks of the prefix: where a prompt is another one than the prompts before it, and by which change. Pure.

A provider caches the beginning of a prompt. Between two trims a prompt only grows, unless people change a turn that an earlier
call was sent: then the provider bills what follows once more, and the receipt of the next call names the turn and the change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.chat.turns import Change

_OF_QUESTION: Final = frozenset({Change.EDIT, Change.DELETE})
"""Changes of a question, which the call of its own answer was sent. An answer was sent by later calls only."""


@dataclass(frozen=True, slots=True)
class SentTurn:
    """A turn of a window, or a deleted one: its last change with the time, and when an attempt at it began, 0 for none."""

    position: int
    begun_at: int
    change: Change | None = None
    changed_at: int = 0


@dataclass(frozen=True, slots=True)
class Break:
    """The position from which a prompt differs from the prompt before, and the cause."""

    position: int
    cause: Change


def break_of(turns: Sequence[SentTurn]) -> Break | None:
    """Return the first change in `turns`, which are in order, since the newest call that was sent the changed turn."""
    newest_later, found = 0, None
    for turn in reversed(turns):
        newest = max(newest_later, turn.begun_at) if turn.change in _OF_QUESTION else newest_later
        if turn.change is not None and 0 < newest < turn.changed_at:
            found = Break(turn.position, turn.change)
        newest_later = max(newest_later, turn.begun_at)
    return found
