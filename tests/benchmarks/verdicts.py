"""How much is measured, and how a figure is held against its limit."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured; `flat` is how many waves of the crowd come before each look at its memory.

    `long_answers` are written at once, of `long_steps` blocks of code each. In each round come `overheard` messages that are not
    for the bot.

    Rounds that do not count come first: `warm_up` of instant answers, `paced_warm_up` of paced ones and of starts.
    Subjects that are `forked` start at once, but have the memory of the process that they are forked from.
    """

    channels: int
    rounds: int
    warm_up: int
    paced_rounds: int
    paced_warm_up: int
    limited_rounds: int
    limited_tokens: int
    turns: int
    crowd: int
    waves: int
    flat: int
    starts: int
    long_answers: int
    long_steps: int
    overheard: int
    photos: int
    forked: bool = False


FULL: Final = Scale(8, 40, 5, 5, 1, 20, 1_500, 1_000_000, 64, 10, 80, 10, 40, 15, 1_000, 20)
QUICK: Final = Scale(1, 2, 1, 1, 0, 1, 300, 1_000, 4, 2, 2, 1, 2, 3, 20, 1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A figure with its limit."""

    what: str
    measured: str
    limit: str
    holds: bool
