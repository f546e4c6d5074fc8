"""Profiles: who answers in a place. A profile is resolved once, when an attempt begins."""

from dataclasses import dataclass

from bot.chat.places import Place, PlaceKind


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model by the name that its server knows, and the provider that reaches that server."""

    provider: str
    name: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The answering side of a conversation.

    `models` are in order of preference. `budget` is the most that one prompt may hold and `reply_tokens` the longest answer,
    both in tokens.
    """

    name: str
    system: str
    models: tuple[ModelRef, ...]
    budget: int
    reply_tokens: int

    @property
    def reserve(self) -> int:
        """The most tokens that one call may cost."""
        return self.budget + self.reply_tokens


@dataclass(frozen=True, slots=True)
class Profiles:
    """The one profile that there is, as it speaks where several people write and where only one does."""

    shared: Profile
    direct: Profile

    def of(self, place: Place) -> Profile:
        """The profile that answers in `place`."""
        return self.direct if place.kind is PlaceKind.DM else self.shared
