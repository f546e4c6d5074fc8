"""Which model and persona answer in a place: the nearest choice, what a persona brings along, and what cannot hold."""

import itertools
from dataclasses import replace

import pytest

from bot.chat.choices import ChoiceName, Level, Scope
from bot.chat.choosing import Choosing, Resolved
from bot.chat.places import Place, PlaceKind
from bot.chat.profiles import OWN, ModelOption, ModelRef, Persona, Profiles, system_text
from bot.chat.texts import MODEL_GONE, MODEL_TOO_SMALL, PERSONA_GONE, WRITTEN_TOO_LONG
from bot.config import DEFAULT, Current
from tests.chat.house import NOW, House
from tests.fakes.choices import MemoryChoices
from tests.fakes.state import State
from tests.fakes.surroundings import Categories

GUILD, CATEGORY, CHANNEL, THREAD, CONVERSATION = 9, 8, 7, 6, 5
BY = 11
PLACE = Place(THREAD, PlaceKind.THREAD, "thread", GUILD, CHANNEL)
DM = Place(4, PlaceKind.DM, "direct messages")
LEVELS = [
    (Level.CONVERSATION, Scope.CONVERSATION, CONVERSATION),
    (Level.THREAD, Scope.PLACE, THREAD),
    (Level.CHANNEL, Scope.PLACE, CHANNEL),
    (Level.CATEGORY, Scope.CATEGORY, CATEGORY),
    (Level.GUILD, Scope.GUILD, GUILD),
]


def option(name: str, budget: int = 8_000) -> ModelOption:
    """A model that can be chosen."""
    return ModelOption((ModelRef("server", name, {"top_p": 0.5, "seed": 1}),), budget, 500, 60.0)


def profiles(**models: ModelOption) -> Profiles:
    """A configuration with personas, one of which has a model and a parameter of its own; a token is a character."""
    personas = [
        Persona(DEFAULT, "Be kind."),
        Persona("pirate", "Arr."),
        Persona("tutor", "Ask back.", "Teaches", "clever", {"top_p": 0.1}),
        Persona("long", "x" * 5_000),
    ]
    return Profiles(
        {DEFAULT: option("luna"), "clever": option("sol"), "small": option("nano", 2_000), **models},
        {one.name: one for one in personas},
        count=len,
    )


class Town:
    """A server with a category, a channel and a thread, in which people choose."""

    def __init__(self) -> None:
        self.categories = Categories()
        self.categories.of_channels[CHANNEL] = CATEGORY
        self.profiles = Current(profiles())
        self.state = State()
        self.now = NOW
        self.choosing = self.started()

    def started(self) -> Choosing:
        """A bot that has just been started."""
        return Choosing(
            choices=MemoryChoices(self.state),
            categories=self.categories,
            profiles=self.profiles,
            clock=lambda: self.now,
        )

    async def model(self, scope: Scope, scope_id: int, name: str) -> None:
        """Choose a model."""
        await self.choosing.choose(scope, scope_id, ChoiceName.MODEL, name, BY)

    async def persona(self, scope: Scope, scope_id: int, name: str) -> None:
        """Choose a persona."""
        await self.choosing.choose(scope, scope_id, ChoiceName.PERSONA, name, BY)

    def resolved(self, place: Place = PLACE, conversation_id: int | None = CONVERSATION) -> Resolved:
        """Resolve the profile of a place."""
        return self.choosing.resolve(place, conversation_id)


def test_the_default_model_and_persona_answer_without_a_choice() -> None:
    """Without a choice the profile is that of the configuration, with the note about tags that fits the place."""
    town = Town()
    resolved = town.resolved()
    assert (resolved.model.name, resolved.model.level) == (DEFAULT, Level.DEFAULT)
    assert (resolved.persona.name, resolved.persona.level) == (DEFAULT, Level.DEFAULT)
    assert resolved.profile.system == system_text("Be kind.", direct=False)
    assert [ref.name for ref in resolved.profile.models] == ["luna"]
    assert town.resolved(DM, None).profile.system == system_text("Be kind.", direct=True)
    assert town.choosing.remarks(PLACE, resolved) == ()


async def test_the_nearest_choice_holds() -> None:
    """Of choices at every level the nearest holds; when it is taken back, the next one does."""
    town = Town()
    names = ["one", "two", "three", "four", "five"]
    town.profiles.value = profiles(**{name: option(name) for name in names})
    for (_, scope, scope_id), name in zip(LEVELS, names, strict=True):
        await town.model(scope, scope_id, name)
    for (level, scope, scope_id), name in zip(LEVELS, names, strict=True):
        resolved = town.resolved()
        assert (resolved.model.name, resolved.model.level) == (name, level)
        assert resolved.model.choice is not None
        assert (resolved.model.choice.by, resolved.model.choice.at) == (BY, NOW)
        assert await town.choosing.take_back(scope, scope_id, ChoiceName.MODEL)
        assert not await town.choosing.take_back(scope, scope_id, ChoiceName.MODEL)
    assert town.resolved().model.level is Level.DEFAULT


async def test_choices_hold_where_they_were_made_and_after_a_restart() -> None:
    """A choice for a thread says nothing about its channel, one for a channel holds in its threads; all are kept."""
    town = Town()
    channel = Place(CHANNEL, PlaceKind.CHANNEL, "channel", GUILD)
    await town.model(Scope.PLACE, THREAD, "small")
    assert town.resolved(channel).model.name == DEFAULT
    await town.model(Scope.PLACE, CHANNEL, "clever")
    await town.persona(Scope.PLACE, DM.id, "pirate")
    town.choosing = town.started()
    assert town.resolved().model.name == DEFAULT
    await town.choosing.load()
    assert town.resolved().model.name == "small"
    assert town.resolved(replace(PLACE, id=66)).model.name == "clever"
    assert town.resolved(channel).model.level is Level.CHANNEL
    assert town.resolved(DM, None).persona.name == "pirate"
    assert town.resolved(replace(PLACE, parent_id=None)).model.name == "small"
    assert [level for level, _ in town.choosing.all_of(PLACE, CONVERSATION)] == [Level.THREAD, Level.CHANNEL]
    assert town.choosing.category_of(PLACE) == CATEGORY


@pytest.mark.parametrize(("of_persona", "of_model"), list(itertools.product(range(5), range(5))))
async def test_a_persona_brings_its_model_along(of_persona: int, of_model: int) -> None:
    """The model of a persona answers unless a model was chosen as near as the persona, or nearer."""
    town = Town()
    await town.persona(*LEVELS[of_persona][1:], "tutor")
    await town.model(*LEVELS[of_model][1:], "small")
    resolved = town.resolved()
    assert resolved.persona.name == resolved.profile.name == "tutor"
    assert resolved.by_persona == (of_persona < of_model)
    assert resolved.model.name == ("clever" if of_persona < of_model else "small")
    assert resolved.profile.models[0].parameters == {"top_p": 0.1, "seed": 1}


async def test_a_system_prompt_takes_the_place_of_a_persona() -> None:
    """A system prompt that people wrote holds like a persona; of one scope there is only one of both."""
    town = Town()
    await town.persona(Scope.PLACE, CHANNEL, "pirate")
    await town.choosing.choose(Scope.PLACE, CHANNEL, ChoiceName.SYSTEM_PROMPT, "Be a poet.", BY)
    resolved = town.resolved()
    assert (resolved.persona.name, resolved.profile.name) == (OWN, OWN)
    assert resolved.profile.system == system_text("Be a poet.", direct=False)
    await town.persona(Scope.PLACE, CHANNEL, "pirate")
    assert town.resolved().persona.name == "pirate"
    assert len(town.state.choices) == 1
    await town.choosing.choose(Scope.PLACE, CHANNEL, ChoiceName.SYSTEM_PROMPT, "Be a poet.", BY)
    assert await town.choosing.take_back(Scope.PLACE, CHANNEL, ChoiceName.PERSONA)
    assert town.resolved().persona.level is Level.DEFAULT


async def test_what_is_not_configured_any_more_is_passed_over_and_told_once_a_day() -> None:
    """Where a chosen model or persona is gone, the next one answers; each place is told once a day."""
    town = Town()
    await town.model(Scope.PLACE, THREAD, "gone")
    await town.persona(Scope.PLACE, CHANNEL, "lost")
    resolved = town.resolved()
    assert (resolved.model.name, resolved.persona.name) == (DEFAULT, DEFAULT)
    told = (
        PERSONA_GONE.format(gone="lost", now=DEFAULT),
        MODEL_GONE.format(gone="gone", now=DEFAULT),
    )
    assert town.choosing.remarks(PLACE, resolved) == told
    assert town.choosing.remarks(PLACE, resolved) == ()
    elsewhere = replace(PLACE, id=66)
    assert town.choosing.remarks(elsewhere, town.resolved(elsewhere)) == told[:1]
    town.now += 86_400_000
    assert town.choosing.remarks(PLACE, resolved) == told
    town.profiles.value = profiles(gone=option("back"))
    assert town.resolved().model.name == "gone"


async def test_a_model_with_too_little_room_for_the_persona_is_passed_over() -> None:
    """A persona that fits no small model is answered by the next one, and that is said."""
    town = Town()
    await town.persona(Scope.PLACE, CHANNEL, "long")
    await town.model(Scope.PLACE, CHANNEL, "small")
    resolved = town.resolved()
    assert (resolved.model.name, resolved.persona.name) == (DEFAULT, "long")
    assert town.choosing.remarks(PLACE, resolved) == (MODEL_TOO_SMALL.format(gone="small", now=DEFAULT),)


async def test_a_system_prompt_without_room_for_a_question_is_passed_over() -> None:
    """A system prompt that is longer than the default model's budget does not answer."""
    town = Town()
    await town.choosing.choose(Scope.PLACE, CHANNEL, ChoiceName.SYSTEM_PROMPT, "x" * 9_000, BY)
    resolved = town.resolved()
    assert resolved.persona.name == DEFAULT
    assert town.choosing.remarks(PLACE, resolved) == (WRITTEN_TOO_LONG.format(now=DEFAULT),)


async def test_a_category_is_looked_up_only_where_something_was_chosen_for_one() -> None:
    """Where Discord has not told of a channel yet, its category is asked for, as soon as a choice holds for any category."""
    town = Town()
    town.categories.on_discord, town.categories.of_channels = town.categories.of_channels, {}
    await town.model(Scope.GUILD, GUILD, "clever")
    await town.choosing.look_up(PLACE)
    assert town.categories.of_channels == {}
    await town.model(Scope.CATEGORY, CATEGORY, "small")
    town.choosing = town.started()
    await town.choosing.load()
    assert town.resolved().model.name == "clever"
    await town.choosing.look_up(PLACE)
    assert town.resolved().model.name == "small"


def test_a_model_without_room_for_the_persona_stands_in_for_none() -> None:
    """Of the models that answer in place of another, those are left out that have no room for the persona and a question."""
    refs = tuple(ModelRef(name, name, budget=budget) for name, budget in (("a", 8_000), ("b", 2_000), ("c", None)))
    made = profiles(chain=ModelOption(refs, 8_000, 500))
    found = {
        name: [ref.name for ref in profile.models]
        for name in ("pirate", "long")
        if (profile := made.of("chain", made.personas[name], direct=False)) is not None
    }
    assert found == {"pirate": ["a", "b", "c"], "long": ["a", "c"]}


def test_profiles_are_made_once_and_not_kept_without_end() -> None:
    """The profile of a model and a persona is the same object again, also when many others were made meanwhile."""
    made = profiles()
    persona = made.personas["pirate"]
    first = made.of("small", persona, direct=False)
    assert made.of("small", persona, direct=False) is first
    for number in range(1_100):
        made.of("small", Persona(OWN, f"number {number}"), direct=False)
    assert made.of("small", persona, direct=False) == first


async def test_an_answer_is_written_by_what_was_chosen() -> None:
    """A choice holds from the next question on; the attempt keeps the persona's name, and a remark tells what is gone."""
    house = House()
    house.profiles.value = Profiles(
        {DEFAULT: ModelOption(house.profiles.value.models[DEFAULT].refs, 5_000, 100)},
        {DEFAULT: Persona(DEFAULT, "Be kind."), "pirate": Persona("pirate", "Arr.")},
        count=len,
    )
    await house.answered(100)
    await house.choosing.choose(Scope.GUILD, 9, ChoiceName.PERSONA, "pirate", BY)
    await house.choosing.choose(Scope.GUILD, 9, ChoiceName.MODEL, "gone", BY)
    await house.answered(101)
    assert house.sent(0)[0] == ("system", system_text("Be kind.", direct=False))
    assert house.sent(1)[0] == ("system", system_text("Arr.", direct=False))
    assert house.sent(1)[1:-1] == [*house.sent(0)[1:], ("assistant", "answer 1")]
    first, second = house.record(100), house.record(101)
    assert (first.answers[0].profile, second.answers[0].profile) == (DEFAULT, "pirate")
    assert second.question.remarks == (MODEL_GONE.format(gone="gone", now=DEFAULT),)


async def test_what_was_chosen_is_told() -> None:
    """The persona that holds is told, also one that a person wrote, and what was chosen for a scope itself."""
    town = Town()
    assert town.choosing.persona_of(town.resolved().persona).name == DEFAULT
    assert town.choosing.value_of(Scope.GUILD, GUILD, ChoiceName.PERSONA) == ""
    await town.persona(Scope.GUILD, GUILD, "pirate")
    assert town.choosing.persona_of(town.resolved().persona).system_prompt == "Arr."
    assert town.choosing.value_of(Scope.GUILD, GUILD, ChoiceName.PERSONA) == "pirate"
