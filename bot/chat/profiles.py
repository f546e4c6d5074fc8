"""Profiles: the system text, models and limits for the answers in a place. A profile is resolved when an attempt begins."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.chat.places import Place, PlaceKind


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model: `name` is its name on the server, `provider` the name of the provider that reaches the server.

    `parameters` go with each request to it. `budget`, `reply_tokens` and `answer_seconds` are its own in place of the profile's;
    None stands for the profile's.
    """

    provider: str
    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)
    budget: int | None = None
    reply_tokens: int | None = None
    answer_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """The settings for the answers in a conversation.

    `system` is the system text. `models` are in order of preference: one answers while those before it cannot. `budget` is the
    most that one prompt may hold and `reply_tokens` the longest answer, both in tokens. An answer is ended `answer_seconds` after
    its first sign. The files of a question get at most the part `files_share` of the budget.
    """

    name: str
    system: str
    models: tuple[ModelRef, ...]
    budget: int
    reply_tokens: int
    answer_seconds: float = 600.0
    files_share: float = 0.5

    @property
    def reserve(self) -> int:
        """The most tokens that one call may cost, whichever model answers."""
        return self.budget + max(ref.reply_tokens or self.reply_tokens for ref in self.models)

    def asking(self, ref: ModelRef) -> "Profile":
        """Return the profile with this model alone, and within its sizes."""
        return replace(
            self,
            models=(ref,),
            budget=min(self.budget, ref.budget or self.budget),
            reply_tokens=ref.reply_tokens or self.reply_tokens,
            answer_seconds=ref.answer_seconds or self.answer_seconds,
        )


@dataclass(frozen=True, slots=True)
class Profiles:
    """The configured profile in two forms: `shared` for places where several people write, `direct` for DMs."""

    shared: Profile
    direct: Profile

    def of(self, place: Place) -> Profile:
        """Return the profile for the answers in `place`."""
        return self.direct if place.kind is PlaceKind.DM else self.shared
