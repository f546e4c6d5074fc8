"""Which model and persona answer in a place, and the choices of people that decide it.

All choices are kept in memory, so that a question reads none. The rule:

- The nearest choice holds (see `bot.chat.choices`). A choice of something that is not configured any more is passed over.
- A persona with a model of its own brings it along, unless a model was chosen as near as the persona or nearer.
- A model with too little room for the persona's system text is passed over too, and the default one answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.chat.choices import DISTANCE, Choice, ChoiceKey, ChoiceName, Level, Scope, scopes
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.categories import Categories
from bot.chat.ports.choices import Choices
from bot.chat.ports.clock import Clock
from bot.chat.profiles import OWN, Persona, Profile, Profiles
from bot.chat.texts import MODEL_GONE, MODEL_TOO_SMALL, PERSONA_GONE, WRITTEN_TOO_LONG
from bot.config import DEFAULT, Current

_DAY: Final = 86_400_000
_PERSONAS: Final = (ChoiceName.SYSTEM_PROMPT, ChoiceName.PERSONA)
"""The choices that say which persona answers; of one scope there is only one of them."""


@dataclass(frozen=True, slots=True)
class Holding:
    """The name of a model or persona that holds in a place, how far away that was said, and the choice, None without one."""

    name: str
    level: Level
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """The profile of a place, and where its parts come from. `by_persona`: the model is the persona's.

    `passed_over` are choices that are nearer but cannot hold.
    """

    profile: Profile
    model: Holding
    persona: Holding
    by_persona: bool = False
    passed_over: tuple[Choice, ...] = ()


class Choosing:
    """Resolves the profiles of places, and changes choices."""

    def __init__(self, *, choices: Choices, categories: Categories, profiles: Current[Profiles], clock: Clock) -> None:
        self._choices = choices
        self._categories = categories
        self._profiles = profiles
        self._clock = clock
        self._known: dict[ChoiceKey, Choice] = {}
        self._told: set[tuple[int, Choice]] = set()
        self._told_on = 0
        self._for_categories = False

    async def load(self) -> None:
        """Read all choices from the store. Raises StoreError."""
        self._known = {choice.key: choice for choice in await self._choices.all()}
        self._for_categories = any(key.scope is Scope.CATEGORY for key in self._known)

    async def look_up(self, place: Place) -> None:
        """Learn what `resolve` needs to know of a place and Discord has not told yet, as before the first connect."""
        if self._for_categories:
            await self._categories.look_up(place)

    def resolve(self, place: Place, conversation_id: int | None) -> Resolved:
        """Return the profile for the answers in a conversation of a place; None for one that has not begun."""
        profiles = self._profiles.value
        direct = place.kind is PlaceKind.DM
        if not self._known:
            return _default(profiles, direct=direct)
        levels = list(scopes(place, conversation_id, self._categories.of(place)))
        passed_over: list[Choice] = []
        persona, chosen = Holding(DEFAULT, Level.DEFAULT), profiles.personas[DEFAULT]
        model = Holding(DEFAULT, Level.DEFAULT)
        for level, choice in self._of(levels, *_PERSONAS):
            found = _persona(choice, profiles)
            if found is not None and profiles.of(found.model or DEFAULT, found, direct=direct) is not None:
                persona, chosen = Holding(found.name, level, choice), found
                break
            passed_over.append(choice)
        by_persona = chosen.model is not None
        if chosen.model is not None:
            model = replace(persona, name=chosen.model)
        for level, choice in self._of(levels, ChoiceName.MODEL):
            if DISTANCE[level] > DISTANCE[model.level]:
                break
            if choice.value in profiles.models and profiles.of(choice.value, chosen, direct=direct) is not None:
                model, by_persona = Holding(choice.value, level, choice), False
                break
            passed_over.append(choice)
        profile = profiles.of(model.name, chosen, direct=direct)
        assert profile is not None  # noqa: S101 -- looked at above, and for the default ones when the settings were read
        return Resolved(profile, model, persona, by_persona, tuple(passed_over))

    def remarks(self, place: Place, resolved: Resolved) -> tuple[str, ...]:
        """Return a sentence about each choice that cannot hold in a place, once a day each."""
        if not resolved.passed_over:
            return ()
        today = self._clock() // _DAY
        if today != self._told_on:
            self._told, self._told_on = set(), today
        new = [choice for choice in resolved.passed_over if (place.id, choice) not in self._told]
        self._told.update((place.id, choice) for choice in new)
        return tuple(self._remark(choice, resolved) for choice in new)

    def _remark(self, choice: Choice, resolved: Resolved) -> str:
        profiles = self._profiles.value
        if choice.key.name is ChoiceName.MODEL:
            text = MODEL_TOO_SMALL if choice.value in profiles.models else MODEL_GONE
            return text.format(gone=choice.value, now=resolved.model.name)
        text = PERSONA_GONE if choice.key.name is ChoiceName.PERSONA else WRITTEN_TOO_LONG
        return text.format(gone=choice.value, now=resolved.persona.name)

    def all_of(self, place: Place, conversation_id: int | None) -> Sequence[tuple[Level, Choice]]:
        """Return every choice that stands for a place, the nearest first."""
        levels = list(scopes(place, conversation_id, self._categories.of(place)))
        return list(self._of(levels, *ChoiceName))

    def persona_of(self, holding: Holding) -> Persona:
        """Return the persona that holds somewhere."""
        found = _persona(holding.choice, self._profiles.value) if holding.choice is not None else None
        return found or self._profiles.value.personas[DEFAULT]

    def value_of(self, scope: Scope, scope_id: int, name: ChoiceName) -> str:
        """Return what was chosen for a scope itself; an empty text for nothing."""
        choice = self._known.get(ChoiceKey(scope, scope_id, name))
        return choice.value if choice is not None else ""

    def category_of(self, place: Place) -> int | None:
        """Return the id of a place's category; None for none."""
        return self._categories.of(place)

    async def choose(self, scope: Scope, scope_id: int, name: ChoiceName, value: str, by: int) -> None:
        """Choose a model, a persona, or a system prompt for a scope, in place of what was chosen for it. Raises StoreError."""
        choice = Choice(ChoiceKey(scope, scope_id, name), value, by, self._clock())
        others = [ChoiceKey(scope, scope_id, one) for one in _PERSONAS if name in _PERSONAS and one is not name]
        await self._choices.change(put=[choice], remove=others)
        for key in others:
            self._known.pop(key, None)
        self._known[choice.key] = choice
        self._for_categories = self._for_categories or scope is Scope.CATEGORY

    async def take_back(self, scope: Scope, scope_id: int, name: ChoiceName) -> bool:
        """Take a choice back; a persona's name stands for a system prompt too. Return False without one. Raises StoreError."""
        names = _PERSONAS if name in _PERSONAS else (name,)
        keys = [key for one in names if (key := ChoiceKey(scope, scope_id, one)) in self._known]
        await self._choices.change(remove=keys)
        for key in keys:
            self._known.pop(key, None)
        return bool(keys)

    def _of(self, levels: Sequence[tuple[Level, Scope, int]], *names: ChoiceName) -> list[tuple[Level, Choice]]:
        return [
            (level, choice)
            for level, scope, scope_id in levels
            for name in names
            if (choice := self._known.get(ChoiceKey(scope, scope_id, name))) is not None
        ]


def _default(profiles: Profiles, *, direct: bool) -> Resolved:
    profile = profiles.of(DEFAULT, profiles.personas[DEFAULT], direct=direct)
    assert profile is not None  # noqa: S101 -- looked at when the settings were read
    return Resolved(profile, Holding(DEFAULT, Level.DEFAULT), Holding(DEFAULT, Level.DEFAULT))


def _persona(choice: Choice, profiles: Profiles) -> Persona | None:
    if choice.key.name is ChoiceName.SYSTEM_PROMPT:
        return Persona(OWN, choice.value)
    return profiles.personas.get(choice.value)
