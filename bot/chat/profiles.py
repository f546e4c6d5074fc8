"""Profiles: the system text, models and limits for the answers in a place. A profile is resolved when an attempt begins."""

from dataclasses import dataclass

from bot.chat.places import Place, PlaceKind


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model: `name` is its name on the server, `provider` the name of the provider that reaches the server."""

    provider: str
    name: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The settings for the answers in a conversation.

    `system` is the system text. `models` are in order of preference. `budget` is the most that one prompt may hold and
    `reply_tokens` the longest answer, both in tokens. An answer is ended `answer_seconds` after its first sign. The files of a
    question get at most the part `files_share` of the budget.
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
        """The most tokens that one call may cost."""
        return self.budget + self.reply_tokens


@dataclass(frozen=True, slots=True)
class Profiles:
    """The configured profile in two forms: `shared` for places where several people write, `direct` for DMs."""

    shared: Profile
    direct: Profile

    def of(self, place: Place) -> Profile:
        """Return the profile for the answers in `place`."""
        return self.direct if place.kind is PlaceKind.DM else self.shared
