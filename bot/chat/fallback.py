"""Fallback: which failures of a model let the next one of a profile answer, and how long the failed one is then passed over.

The rule:

- A failure that another question would meet as well goes to the next model: a server that cannot be reached or breaks, that is
  silent before the first text, overloaded, limited for longer than a few seconds; an account without credit; a key, a model or a
  permission that the server does not accept. What the question or the answer causes never does: a refusal, a content filter, a
  bad request, a prompt that is too long. Neither does a failure behind the first text, which people have read.
- A model that failed so is passed over, so that not every question waits for it: while its server cannot be reached (the breaker
  looks at it, see `bot.chat.breaker`), or for a time: what the server asked for, else half a minute, which doubles up to ten
  minutes. Then the next question tries it, and an answer ends the matter. A server that can be reached and fails is passed over
  only when it failed on two places, because one question may be the cause.
- Where every model is passed over, the reachable ones are asked all the same. The last one is asked as patiently as a model
  without a fallback.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.chat.profiles import ModelRef
from bot.errors import (
    ModelBusy,
    ModelError,
    ModelKeyRejected,
    ModelNotAllowed,
    ModelNotLoaded,
    ModelQuotaSpent,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
)

FEW_SECONDS: Final = 5.0
"""The longest pause that a server may ask for without losing the question to the next model."""
_REST_SECONDS: Final = 30.0
_LONGEST_REST_SECONDS: Final = 600.0
_PASSED_ON: Final = (
    ModelUnreachable,
    ModelTimedOut,
    ModelBusy,
    ModelQuotaSpent,
    ModelKeyRejected,
    ModelUnknown,
    ModelNotAllowed,
    ModelNotLoaded,
)


def passes_on(error: ModelError) -> bool:
    """Return whether an error before the first text of an answer lets the next model answer."""
    return isinstance(error, _PASSED_ON)


@dataclass(slots=True)
class Rests:
    """The models of one server that are passed over for a time. Times are the event loop's."""

    _until: dict[str, float] = field(default_factory=dict[str, float])
    _seconds: dict[str, float] = field(default_factory=dict[str, float])

    def rests(self, model: str) -> bool:
        """Return whether a model is passed over now."""
        return asyncio.get_running_loop().time() < self._until.get(model, 0.0)

    def failed(self, model: str, error: ModelError) -> None:
        """Let a model rest after a failure."""
        own = min(2 * self._seconds.get(model, _REST_SECONDS / 2), _LONGEST_REST_SECONDS)
        self._seconds[model] = own
        seconds = own if error.retry_after is None else min(error.retry_after, _LONGEST_REST_SECONDS)
        self._until[model] = asyncio.get_running_loop().time() + seconds

    def answered(self, model: str) -> None:
        """Let a model be asked again, because it has answered."""
        if self._seconds:
            self._seconds.pop(model, None)
            self._until.pop(model, None)


def in_order(models: Sequence[ModelRef], away: Sequence[bool], resting: Sequence[bool]) -> list[ModelRef]:
    """Return the models to ask, in order: those that may answer, then those that rest; the first where all are away."""
    states = list(zip(models, away, resting, strict=True))
    well = [model for model, is_away, rests in states if not is_away and not rests]
    tired = [model for model, is_away, rests in states if not is_away and rests]
    return well + tired or [models[0]]
