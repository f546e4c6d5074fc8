"""Adapts request bodies to what a server refused of earlier ones. Everything here is pure; `chat.learnt` keeps it.

A refusal names a part of the request (`errors.Refused`), and each adaptation does without one. None is taken back
twice, so a server that refuses whatever it is sent is soon sent the same body again, which ends the matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self, cast

from bot.errors import Refused
from bot.llm.roles import has_system, in_turns, takes_turns, without_system

_REQUIRED: Final = frozenset({"messages", "model", "stream"})
_LIMITS: Final = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
"""Two names of one limit. A server that refuses one name is sent the other."""
SHORTEST_MAXIMUM: Final = 256
"""Tokens. No model's longest answer is shorter: a server that names less means the room that the prompt leaves."""
_TRIAL_ANSWERS: Final = 16
"""After so many complete answers a limit that was guessed is made half as large again."""


@dataclass(frozen=True, slots=True)
class Adaptations:
    """How a model of a server is asked differently from others.

    `refused`: the names of the parameters that are left out; a dot separates an object from its key. `refused_extra`: those of
    them that the operator set in `model.extra`; they are not stored, so each run tries them again, and warns again. `no_system`:
    the system text stands before the first question. `turns`: messages of one role are joined. `whole`: the answer is not
    streamed. `longest_answer`: the longest answer of the model in tokens, as its server named it. `unopened_thoughts`: the model
    leaves out the opening tag of its thoughts. `blind`: it sees no images.

    `guess` is a limit of answers that the server took where it named none. It is not stored, and grows again: `taken` is the
    largest limit with which an answer was written since, and `answers` counts those answers. `streams`: the server has refused
    whole answers in this run, so `whole` is not learnt again.
    """

    refused: frozenset[str] = frozenset()
    refused_extra: frozenset[str] = frozenset()
    no_system: bool = False
    turns: bool = False
    whole: bool = False
    longest_answer: int | None = None
    unopened_thoughts: bool = False
    blind: bool = False
    guess: int | None = None
    taken: int = field(default=0, compare=False)
    answers: int = field(default=0, compare=False)
    streams: bool = field(default=False, compare=False)

    def applied_to(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a copy of `body` as the server takes it; a token limit whose name is refused gets its other name."""
        adapted = dict(body)
        if self.no_system:
            adapted["messages"] = without_system(adapted["messages"])
        if self.turns:
            adapted["messages"] = in_turns(adapted["messages"])
        if self.whole:
            adapted["stream"] = False
            adapted.pop("stream_options", None)
        if (longest := self._longest) is not None:
            adapted |= {name: min(limit, longest) for name, limit in _limits_in(adapted).items()}
        for name in sorted(self.refused | self.refused_extra):
            self._leave_out(name, adapted)
        return adapted

    def _leave_out(self, name: str, body: dict[str, Any]) -> None:
        outer, _, inner = name.partition(".")
        value: object = body.get(outer)
        if inner and isinstance(value, dict):
            body[outer] = {key: one for key, one in cast("dict[str, object]", value).items() if key != inner}
        elif not inner and outer in body and outer not in _REQUIRED:
            del body[outer]
            other = _LIMITS.get(outer, outer)
            if other not in self.refused | self.refused_extra:
                body.setdefault(other, value)

    @property
    def _longest(self) -> int | None:
        return min((limit for limit in (self.longest_answer, self.guess) if limit is not None), default=None)

    def after(
        self, refused: Refused, body: Mapping[str, Any], extra: Mapping[str, Any], *, shortened: bool = False
    ) -> Self:
        """Return the adaptations after a refusal of `body`. `extra` are the parameters that the operator set.

        `shortened`: the answer's limit is below the profile's, because the prompt leaves no more room. What a server says of
        such a limit is not stored.

        Where turns are missed, messages of one role are joined first. A server that misses them in messages that do take turns
        counts the system message as one of them.
        """
        names = {name for name in refused.parameters if _contains(body, name)}
        known = self
        if refused.length:
            known, more = self._after_length(refused.longest, _limits_in(body), shortened=shortened)
            names |= more
        streamed = bool(body.get("stream"))
        refuses_stream = refused.stream and streamed and not self.streams
        refuses_whole = refused.whole and not streamed
        own = names & extra.keys()
        messages = body["messages"]
        joins = refused.turns and not takes_turns(messages)
        return replace(
            known,
            refused=self.refused | (names - own),
            refused_extra=self.refused_extra | own,
            turns=self.turns or joins,
            no_system=self.no_system or ((refused.system or refused.turns) and not joins and has_system(messages)),
            whole=(self.whole or refuses_stream) and not refuses_whole,
            streams=self.streams or refuses_whole,
            blind=self.blind or refused.images,
        )

    def _after_length(
        self, named: int | None, limits: Mapping[str, int], *, shortened: bool
    ) -> tuple[Self, frozenset[str]]:
        """Make the limit of the answer smaller: to the named one, else to one that was taken, else to a half.

        Return the adaptations, and the names of the parameters to leave out where that does not help. A refusal of a limit that
        is larger than the one that is known by now teaches nothing more.
        """
        sent = max(limits.values(), default=0)
        if not limits or (self._longest is not None and sent > self._longest):
            return self, frozenset()
        if named is None:
            smaller = self.taken if self.taken < sent else 0
            smaller = smaller or (sent // 2 if self.guess is None else 0)
            if smaller >= SHORTEST_MAXIMUM:
                return replace(self, guess=smaller, taken=0, answers=0), frozenset()
        elif SHORTEST_MAXIMUM <= named < sent:
            if shortened:
                return replace(self, guess=named, taken=0, answers=0), frozenset()
            return replace(self, longest_answer=named), frozenset()
        return self, frozenset(_LIMITS)

    def after_answer(self, body: Mapping[str, Any], wanted: int) -> Self:
        """Return the adaptations after a complete answer to `body`. A guess grows; at `wanted` tokens it is forgotten."""
        if self.guess is None:
            return self
        taken = max(self.taken, *_limits_in(body).values(), 0)
        if self.answers + 1 < _TRIAL_ANSWERS:
            return replace(self, taken=taken, answers=self.answers + 1)
        grown = self.guess + self.guess // 2
        return replace(self, guess=None if grown >= wanted else grown, taken=taken, answers=0)

    def described(self) -> list[str]:
        """Return the adaptations in words, a line for each."""
        refused = ", ".join(sorted(self.refused | self.refused_extra))
        lines = {
            f"does not take {refused}: left out": bool(refused),
            "takes no system message: its text goes before the first question": self.no_system,
            "wants questions and answers to take turns: messages of one role are joined": self.turns,
            "does not stream: answers are asked for whole": self.whole,
            f"writes at most {self._longest} tokens: lower model.max_reply_tokens": self._longest is not None,
            "sees no images: they are only named": self.blind,
            "leaves out the opening tag of its thoughts: answers are held back until they end": self.unopened_thoughts,
        }
        return [line for line, holds in lines.items() if holds]

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Self:
        """See `Learnable.read`."""
        refused, longest = fields.get("refused"), fields.get("longest_answer")
        names = cast("list[object]", refused) if isinstance(refused, list) else []
        return cls(
            refused=frozenset(name for name in names if isinstance(name, str)),
            no_system=fields.get("no_system") is True,
            turns=fields.get("turns") is True,
            whole=fields.get("whole") is True,
            longest_answer=longest if type(longest) is int and longest >= SHORTEST_MAXIMUM else None,
            unopened_thoughts=fields.get("unopened_thoughts") is True,
            blind=fields.get("blind") is True,
        )

    def fields(self) -> dict[str, Any]:
        """See `Learnable.fields`."""
        return {
            "refused": sorted(self.refused),
            "no_system": self.no_system,
            "turns": self.turns,
            "whole": self.whole,
            "longest_answer": self.longest_answer,
            "unopened_thoughts": self.unopened_thoughts,
            "blind": self.blind,
        }

    def differs(self, stored: Self) -> bool:
        """See `Learnable.differs`."""
        return self.fields() != stored.fields()


def _limits_in(body: Mapping[str, Any]) -> dict[str, int]:
    return {name: body[name] for name in _LIMITS if type(body.get(name)) is int}


def _contains(body: Mapping[str, Any], name: str) -> bool:
    outer, _, inner = name.partition(".")
    value: object = body.get(outer)
    return outer not in _REQUIRED and outer in body and (not inner or (isinstance(value, dict) and inner in value))


def leaves_no_room(refused: Refused, *, shortened: bool) -> bool:
    """Return whether an answer's limit was refused because the prompt is too long, and not because the model writes no more.

    `shortened`: the limit was below the profile's, because the prompt left no more room.
    """
    if not refused.length:
        return False
    return shortened if refused.longest is None else 0 < refused.longest < SHORTEST_MAXIMUM
