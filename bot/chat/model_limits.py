"""The limits that are learnt of a model while it is used: how it counts tokens, and how long prompts and answers may be.

The budget is kept in tokens of one vocabulary (o200k). Other models count differently: a small model with a small vocabulary may
need six tokens where o200k needs one. The figures are learnt from the usage that the server reports and from its refusals.
Everything here is pure; `learnt.py` keeps them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
_TRIAL_ANSWERS: Final = 16
"""After so many answers a limit that no server named is made larger by `_GROWTH`."""
_GROWTH: Final = 8
"""The part of itself by which such a limit grows: one in so many."""
_REPLY_SHARE: Final = 4
"""A prompt leaves at least one part in so many of the model's context to the answer."""
_SHORTEST_REPLY: Final = 16
_NOTABLE: Final = 0.05
"""Relative change of the factor from which on it is stored again."""


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """The limits of a model. `factor` is the number of its tokens for each of ours.

    `context` is its context length in its own tokens. `room` is the most tokens of ours that a prompt may hold, and `reply` the
    longest answer, where a server refused more without saying how much it takes. `offset` is the number of its tokens that each
    prompt has beside ours: a gateway may count a prompt of its own.

    What the server did not name grows again. For that these are kept, but not stored: `taken`, the largest prompt in our tokens
    that was taken since the last refusal, and `replied`, the largest limit of an answer; `answers`, the answers since it last
    grew. `seen` is a prompt by our count and by the server's, which showed a constant.
    """

    factor: float = 1.0
    context: int | None = None
    room: int | None = None
    reply: int | None = None
    offset: int = 0
    taken: int = field(default=0, compare=False)
    replied: int = field(default=0, compare=False)
    answers: int = field(default=0, compare=False)
    seen: tuple[int, int] | None = field(default=None, compare=False)

    def budget(self, profile: Profile) -> int:
        """Return the most tokens of ours that a prompt of the profile may hold."""
        budget = profile.budget
        if self.context is not None:
            budget = min(budget, self._free - min(profile.reply_tokens, self._free // _REPLY_SHARE))
        if self.factor > 1:
            budget = int(budget / (self.factor * _MARGIN))
        return budget if self.room is None else min(budget, self.room)

    def reply_tokens(self, profile: Profile, prompt: int) -> int:
        """Return the longest answer, in the model's tokens, behind a prompt of so many tokens of ours."""
        longest = profile.reply_tokens if self.reply is None else min(profile.reply_tokens, self.reply)
        if self.context is None:
            return longest
        left = self._free - int(prompt * max(1.0, self.factor * _MARGIN))
        return max(_SHORTEST_REPLY, min(longest, left))

    @property
    def _free(self) -> int:
        """The part of the context that holds our prompt and the answer, in the model's tokens."""
        context = self.context or 0
        return context - min(self.offset, context // 2)

    def after_answer(self, ours: int, theirs: int = 0) -> Self:
        """Return the limits after an answer to a prompt that counts `ours`. The server reported `theirs`, or 0 for no usage.

        The factor follows the usage as a moving average. A usage above the largest factor proves that a constant is counted:
        with another usage, the slope between both is the factor, and the rest is the offset.
        """
        known = self._grown(ours)
        if ours < _MEASURABLE_TOKENS or theirs <= 0:
            return known
        if theirs <= known.offset:  # the constant is gone
            known = replace(known, offset=0, seen=None)
        if theirs - known.offset > _LARGEST_FACTOR * ours or known.seen is not None:
            return known.with_constant(ours, theirs)
        sample = _clamped((theirs - known.offset) / ours)
        return replace(known, factor=_clamped((1 - _WEIGHT) * known.factor + _WEIGHT * sample))

    def with_constant(self, ours: int, theirs: int) -> Self:
        """Return the limits with the constant that this usage shows beside one of another size."""
        if self.seen is None or abs(ours - self.seen[0]) < _MEASURABLE_TOKENS:
            return replace(self, seen=self.seen or (ours, theirs))
        slope = (theirs - self.seen[1]) / (ours - self.seen[0])
        if not _SMALLEST_FACTOR <= slope <= _LARGEST_FACTOR:  # texts of different scripts
            return replace(self, seen=(ours, theirs))
        return replace(self, offset=max(0, int(theirs - slope * ours)), factor=slope, seen=None)

    def _grown(self, ours: int) -> Self:
        """Let limits that no server named grow after enough answers; the room only when a prompt came near to it."""
        if self.room is None and self.reply is None:
            return self
        taken, replied = max(self.taken, ours), max(self.replied, self.reply or 0)
        learnt = replace(self, taken=taken, replied=replied, answers=(self.answers + 1) % _TRIAL_ANSWERS)
        if learnt.answers:
            return learnt
        near = self.room is not None and taken * 2 >= self.room
        return replace(learnt, room=_larger(self.room) if near else self.room, reply=_larger(self.reply))

    def after_overflow(self, ours: int, reply: int, *, limit: int | None, theirs: int | None) -> Self:
        """Return the limits after a refusal of a prompt that counts `ours`, with answers of up to `reply` tokens.

        `limit` is the context length and `theirs` the size of the request by the server's count, where it named them. Where it
        did not, and a limit that it named before did not help, half of the larger of prompt and answer is left, or as much as was
        taken since the last refusal: the answer's limit counts towards the context of many servers.
        """
        learnt = replace(self, taken=0, replied=0, answers=0)
        if limit is not None:
            learnt = replace(learnt, context=limit)
        if theirs is not None and ours >= _MEASURABLE_TOKENS:
            learnt = replace(learnt, factor=_clamped(max(learnt.factor, (theirs - self.offset) / ours)))
        if limit is not None and (theirs is not None or limit != self.context):
            return learnt
        if reply > max(_SHORTEST_REPLY, ours * learnt.factor):
            smaller = self.replied if self.replied < reply else 0
            return replace(learnt, reply=max(_SHORTEST_REPLY, min(max(reply // 2, smaller), learnt.reply or reply)))
        smaller = self.taken if self.taken < ours else 0
        return replace(learnt, room=min(max(ours // 2, smaller), learnt.room or ours))

    def smaller(self, profile: Profile, sent: int, reply: int, *, limit: int | None, theirs: int | None) -> Self:
        """Return the limits after a refusal as in `after_overflow`, within which the next request is smaller in any case.

        It is so in its prompt of `sent` tokens of ours, or in its longest answer of `reply`.
        """
        learnt = self.after_overflow(sent, reply, limit=limit, theirs=theirs)
        if learnt.budget(profile) >= sent and learnt.reply_tokens(profile, sent) >= reply:
            return learnt.after_overflow(sent, reply, limit=None, theirs=None)
        return learnt

    def given_up(self) -> Self:
        """Return the limits as they are before anything is learnt: those that are known leave no room for a question."""
        return type(self)()

    def described(self) -> list[str]:
        """Return what is known in words, a line for each figure."""
        lines = [] if abs(self.factor - 1) < _NOTABLE else [f"counts {self.factor:.2g} tokens for each of ours"]
        lines += [f"counts {self.offset} tokens beside the prompt"] if self.offset else []
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
        figures = {name: fields.get(name) for name in ("context", "room", "reply", "offset")}
        known = {name: figure for name, figure in figures.items() if type(figure) is int and figure > 0}
        limits = cls(_clamped(factor) if isinstance(factor, float) and math.isfinite(factor) else 1.0)
        return replace(limits, **known)

    def fields(self) -> dict[str, Any]:
        """See `Learnable.fields`."""
        return {name: getattr(self, name) for name in ("factor", "context", "room", "reply", "offset")}

    def differs(self, stored: Self) -> bool:
        """See `Learnable.differs`."""
        figures, known = self.fields(), stored.fields()
        moved = abs(figures.pop("factor") - known.pop("factor")) > _NOTABLE * stored.factor
        moved = moved or abs(figures.pop("offset") - known.pop("offset")) > _NOTABLE * (stored.offset or 1)
        return moved or figures != known


def _larger(limit: int | None) -> int | None:
    return None if limit is None else limit + max(1, limit // _GROWTH)


def _clamped(factor: float) -> float:
    return min(max(factor, _SMALLEST_FACTOR), _LARGEST_FACTOR)


LearntLimits = Learnt[ModelLimits]


def learnt_limits(facts: Facts | None, server: ServerIdentity, clock: Clock) -> LearntLimits:
    """Return the limits of all models of a server, as far as they are known."""
    return Learnt("limits", ModelLimits(), facts, server, clock)
