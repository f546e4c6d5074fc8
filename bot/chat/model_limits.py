"""The limits that are learnt of a model while it is used: how it counts tokens, and how long a prompt it takes.

The budget is kept in tokens of one vocabulary (o200k). Other models count differently: a small model with a small vocabulary may
need six tokens where o200k needs one. Both figures are learnt from the usage that the server reports and from its refusals, are
stored for each server and model, and expire after seven days. Everything but `LearntLimits` is pure.
"""

import json
import logging
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Self, cast

from bot.chat.ports.clock import Clock
from bot.chat.ports.facts import Facts
from bot.chat.profiles import Profile
from bot.errors import StoreError

log = logging.getLogger(__name__)

_SMALLEST_FACTOR: Final = 0.5
_LARGEST_FACTOR: Final = 8.0
_WEIGHT: Final = 0.2
"""Weight of the newest usage in the moving average of the factor."""
_MARGIN: Final = 1.1
"""Safety margin on a factor above 1, because it differs from text to text."""
_MEASURABLE_TOKENS: Final = 100
"""Prompts below this size tell nothing about the factor: the server's own template weighs too much in them."""
_REPLY_SHARE: Final = 4
"""A prompt leaves at least one part in so many of the model's context to the answer."""
_SHORTEST_REPLY: Final = 16
_LIFE_MILLISECONDS: Final = 7 * 86_400_000
_NOTABLE: Final = 0.05
"""Relative change of the factor from which on it is stored again."""


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """What is known of a model. `factor` is the number of its tokens for each of ours.

    `context` is its context length in its own tokens. `room` is the most tokens of ours that a prompt may hold, where a server
    refused a longer one without saying how long it may be.
    """

    factor: float = 1.0
    context: int | None = None
    room: int | None = None

    def budget(self, profile: Profile) -> int:
        """Return the most tokens of ours that a prompt of the profile may hold."""
        budget = profile.budget
        if self.context is not None:
            budget = min(budget, self.context - min(profile.reply_tokens, self.context // _REPLY_SHARE))
        if self.factor > 1:
            budget = int(budget / (self.factor * _MARGIN))
        return budget if self.room is None else min(budget, self.room)

    def reply_tokens(self, profile: Profile, prompt: int) -> int:
        """Return the longest answer, in the model's tokens, behind a prompt of so many tokens of ours."""
        if self.context is None:
            return profile.reply_tokens
        left = self.context - int(prompt * max(1.0, self.factor * _MARGIN))
        return max(_SHORTEST_REPLY, min(profile.reply_tokens, left))

    def after_usage(self, ours: int, theirs: int) -> Self:
        """Return the limits after an answer to a prompt that counts `ours` and for which the server reported `theirs`."""
        if ours < _MEASURABLE_TOKENS or theirs <= 0:
            return self
        return replace(self, factor=_clamped((1 - _WEIGHT) * self.factor + _WEIGHT * theirs / ours))

    def after_overflow(self, ours: int, *, limit: int | None, theirs: int | None) -> Self:
        """Return the limits after a refusal of a prompt that counts `ours`; each refusal leaves less room than was sent.

        `limit` is the context length and `theirs` the size of the request by the server's count, where it named them.
        """
        learnt = self
        if limit is not None:
            learnt = replace(learnt, context=limit)
        if theirs is not None and ours:
            learnt = replace(learnt, factor=_clamped(max(learnt.factor, theirs / ours)))
        if limit is None or theirs is None:
            learnt = replace(learnt, room=min(ours // 2, learnt.room or ours))
        return learnt


def _clamped(factor: float) -> float:
    return min(max(factor, _SMALLEST_FACTOR), _LARGEST_FACTOR)


class LearntLimits:
    """The limits of all models of one server, stored as facts under the server's address."""

    def __init__(self, facts: Facts, address: str, clock: Clock) -> None:
        self._facts = facts
        self._address = address
        self._clock = clock
        self._limits: dict[str, ModelLimits] = {}
        self._stored: dict[str, ModelLimits] = {}

    async def of(self, model: str) -> ModelLimits:
        """Return what is known of a model. Raises StoreError."""
        if model not in self._limits:
            recalled = _limits_in(await self._facts.recall(self._key(model)), self._clock())
            self._limits.setdefault(model, recalled)
            self._stored.setdefault(model, recalled)
        return self._limits[model]

    async def learn(self, model: str, limits: ModelLimits) -> None:
        """Use these limits from now on, and store them when they changed notably."""
        self._limits[model] = limits
        stored = self._stored.get(model, ModelLimits())
        same = replace(stored, factor=limits.factor) == limits
        if same and abs(limits.factor - stored.factor) <= _NOTABLE * stored.factor:
            return
        self._stored[model] = limits
        try:
            await self._facts.remember(self._key(model), json.dumps({**asdict(limits), "at": self._clock()}))
        except StoreError as error:
            log.warning("the limits of %s could not be stored: %s", model, error)

    def _key(self, model: str) -> str:
        return f"limits of {model} at {self._address}"


def _limits_in(known: str | None, now: int) -> ModelLimits:
    """Return the stored limits, or none where there are none, they are older than seven days, or they cannot be read."""
    try:
        value: object = json.loads(known or "null")
    except ValueError:
        return ModelLimits()
    if not isinstance(value, dict):
        return ModelLimits()
    table = cast("dict[str, Any]", value)
    if not isinstance(at := table.get("at"), int) or now - at > _LIFE_MILLISECONDS:
        return ModelLimits()
    factor, context, room = table.get("factor"), table.get("context"), table.get("room")
    return ModelLimits(
        factor=_clamped(factor) if isinstance(factor, float) else 1.0,
        context=context if isinstance(context, int) and context > 0 else None,
        room=room if isinstance(room, int) and room > 0 else None,
    )
