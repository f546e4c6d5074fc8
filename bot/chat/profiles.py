"""Profiles: the system text, models and limits for the answers in a place. A profile is resolved when an attempt begins.

A profile is made of a model and a persona, each by its name among the settings. Those that answer where nothing is chosen are
called `bot.config.DEFAULT`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bot.chat import speakers
from bot.chat.tokens import MESSAGE_OVERHEAD, REPLY_PRIMER

OWN: Final = "(own)"
"""The name of a persona whose system prompt people wrote in Discord. No configured persona can have it."""
_QUESTION_TOKENS: Final = 100
"""The room for a question that a system text must leave, in tokens."""
_KEPT_PROFILES: Final = 1_000


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

    `name` is the persona's. `system` is the system text. `models` are in order of preference: one answers while those before it
    cannot. `budget` is the most that one prompt may hold and `reply_tokens` the longest answer, both in tokens. An answer is
    ended `answer_seconds` after its first sign. The files of a question get at most the part `files_share` of the budget.
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
class ModelOption:
    """A model that can be chosen. `refs` are the model and those that answer in its place; the sizes are those of a profile."""

    refs: tuple[ModelRef, ...]
    budget: int
    reply_tokens: int
    answer_seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class Persona:
    """A persona: its name and description, its system prompt, and its model, None for that of the place.

    `parameters` go with each request, and win over those of the model.
    """

    name: str
    system_prompt: str
    description: str = ""
    model: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)


class Profiles:
    """All models and personas of the settings by name, the default ones first, and the profiles that they make."""

    def __init__(
        self,
        models: Mapping[str, ModelOption],
        personas: Mapping[str, Persona],
        *,
        count: Callable[[str], int],
        files_share: float = 0.5,
    ) -> None:
        self.models = models
        self.personas = personas
        self._count = count
        self._files_share = files_share
        self._known: dict[tuple[str, Persona, bool], Profile | None] = {}

    def of(self, model: str, persona: Persona, *, direct: bool) -> Profile | None:
        """Return the profile of a model and a persona; None where the system prompt leaves no room for a question.

        `direct`: in direct messages, where one person writes. Models that answer in place of the first are left out where they
        have no such room. A profile is made once and kept.
        """
        key = model, persona, direct
        if key not in self._known:
            if len(self._known) >= _KEPT_PROFILES:
                self._known.clear()
            self._known[key] = self._made(self.models[model], persona, direct=direct)
        return self._known[key]

    def needed(self, persona: Persona, *, direct: bool = False) -> int:
        """Return the tokens of a prompt that holds nothing but a persona's system text and a short question."""
        others = 2 * MESSAGE_OVERHEAD + REPLY_PRIMER + _QUESTION_TOKENS
        return others + self._count(system_text(persona.system_prompt, direct=direct))

    def _made(self, option: ModelOption, persona: Persona, *, direct: bool) -> Profile | None:
        system = system_text(persona.system_prompt, direct=direct)
        # A token is a byte at least, so a short text fits without being counted.
        upper = len(system.encode()) + _QUESTION_TOKENS * 2
        smallest = min(option.budget, *(ref.budget or option.budget for ref in option.refs))
        needed = upper if upper <= smallest else self.needed(persona, direct=direct)
        if option.budget < needed:
            return None
        first, *others = option.refs
        refs = (first, *(ref for ref in others if (ref.budget or option.budget) >= needed))
        if persona.parameters:
            refs = tuple(replace(ref, parameters={**ref.parameters, **persona.parameters}) for ref in refs)
        return Profile(
            name=persona.name,
            system=system,
            models=refs,
            budget=option.budget,
            reply_tokens=option.reply_tokens,
            answer_seconds=option.answer_seconds,
            files_share=self._files_share,
        )


def system_text(prompt: str, *, direct: bool) -> str:
    """Return the system text of a prompt: with the explanation of the tags before questions."""
    return f"{prompt}\n\n{speakers.NOTE_IN_DMS if direct else speakers.NOTE}".strip()
