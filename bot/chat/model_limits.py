"""The limits that are learnt of a model while it is used: how it counts tokens, and how long prompts and answers may be.

The budget is kept in tokens of one vocabulary (o200k). Other models count differently: a small model with a small vocabulary may
need six tokens where o200k needs one. The figures are learnt from the usage that the server reports and from its refusals.
Everything here is pure; `learnt.py` keeps them.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Self

from bot.chat.learnt import Learnt, ServerIdentity
from bot.chat.ports.clock import Clock
from bot.chat.ports.facts import Facts
from bot.chat.profiles import Profile

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
_NOTABLE: Final = 0.05
"""Relative change of the factor from which on it is stored again."""


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """The limits of a model. `factor` is the number of its tokens for each of ours.

    `context` is its context length in its own tokens. `room` is the most tokens of ours that a prompt may hold, and `reply` the
    longest answer, where a server refused more without saying how much it takes.
    """

    factor: float = 1.0
    context: int | None = None
    room: int | None = None
    reply: int | None = None

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
        longest = profile.reply_tokens if self.reply is None else min(profile.reply_tokens, self.reply)
        if self.context is None:
            return longest
        left = self.context - int(prompt * max(1.0, self.factor * _MARGIN))
        return max(_SHORTEST_REPLY, min(longest, left))

    def after_usage(self, ours: int, theirs: int) -> Self:
        """Return the limits after an answer to a prompt that counts `ours` and for which the server reported `theirs`."""
        if ours < _MEASURABLE_TOKENS or theirs <= 0:
            return self
        return replace(self, factor=_clamped((1 - _WEIGHT) * self.factor + _WEIGHT * _clamped(theirs / ours)))

    def after_overflow(self, ours: int, reply: int, *, limit: int | None, theirs: int | None) -> Self:
        """Return the limits after a refusal of a prompt that counts `ours`, with answers of up to `reply` tokens.

        `limit` is the context length and `theirs` the size of the request by the server's count, where it named them. Where it
        did not, and a limit that it named before did not help, half of the larger of prompt and answer is left: the answer's
        limit counts towards the context of many servers.
        """
        learnt = self
        if limit is not None:
            learnt = replace(learnt, context=limit)
        if theirs is not None and ours >= _MEASURABLE_TOKENS:
            learnt = replace(learnt, factor=_clamped(max(learnt.factor, theirs / ours)))
        if limit is not None and (theirs is not None or limit != self.context):
            return learnt
        if reply > max(_SHORTEST_REPLY, ours * learnt.factor):
            return replace(learnt, reply=max(_SHORTEST_REPLY, min(reply // 2, learnt.reply or reply)))
        return replace(learnt, room=min(ours // 2, learnt.room or ours))

    def given_up(self) -> Self:
        """Return the limits as they are before anything is learnt: those that are known leave no room for a question."""
        return type(self)()

    def described(self) -> list[str]:
        """Return what is known in words, a line for each figure."""
        lines = [] if abs(self.factor - 1) < _NOTABLE else [f"counts {self.factor:.2g} tokens for each of ours"]
        lines += [] if self.context is None else [f"has a context of {self.context} tokens: set model.context_tokens"]
        lines += [] if self.room is None else [f"takes prompts of at most {self.room} tokens: lower history.max_tokens"]
        lines += (
            [] if self.reply is None else [f"is asked for at most {self.reply} tokens: lower model.max_reply_tokens"]
        )
        return lines

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Self:
        """See `Learnable.read`."""
        factor = fields.get("factor")
        figures = {name: fields.get(name) for name in ("context", "room", "reply")}
        known = {name: figure for name, figure in figures.items() if type(figure) is int and figure > 0}
        return cls(_clamped(factor) if isinstance(factor, float) and math.isfinite(factor) else 1.0, **known)

    def fields(self) -> dict[str, Any]:
        """See `Learnable.fields`."""
        return asdict(self)

    def differs(self, stored: Self) -> bool:
        """See `Learnable.differs`."""
        return (
            replace(stored, factor=self.factor) != self or abs(self.factor - stored.factor) > _NOTABLE * stored.factor
        )


def _clamped(factor: float) -> float:
    return min(max(factor, _SMALLEST_FACTOR), _LARGEST_FACTOR)


LearntLimits = Learnt[ModelLimits]


def learnt_limits(facts: Facts | None, server: ServerIdentity, clock: Clock) -> LearntLimits:
    """Return the limits of all models of a server, as far as they are known."""
    return Learnt("limits", ModelLimits(), facts, server, clock)
