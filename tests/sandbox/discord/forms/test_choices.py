"""Tests of the suggestions for an option, by discord.py's autocomplete and over plain HTTP."""

import discord
import pytest
from discord import app_commands

from bot.sandbox import Channel, Choice, NoResponseError, Person, RefusedError, Sandbox
from bot.sandbox.discord.forms.choices import STRING, read_choices
from bot.sandbox.discord.forms.reading import Reader
from bot.sandbox.discord.world.errors import InvalidFormError
from tests.sandbox.clients import RecordingClient, Rest

Typed = tuple[str, int]

FIND: dict[str, object] = {
    "name": "find",
    "description": "find it",
    "options": [{"type": 3, "name": "word", "description": "a word", "autocomplete": True}],
}


@pytest.fixture
async def typed(client: RecordingClient) -> list[Typed]:
    """The command `/find word: count:` with suggestions for both; the list is what was typed."""
    seen: list[Typed] = []
    tree = app_commands.CommandTree(client)

    @tree.command(description="find it")
    async def find(interaction: discord.Interaction, word: str, count: int, where: str = "here") -> None:
        del word, count, where
        await interaction.response.send_message("found")

    @find.autocomplete("word")
    async def words(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        seen.append((current, interaction.namespace.count or 0))
        return [app_commands.Choice(name=f"{current}{end}", value=f"{current}-{end}") for end in ("a", "b")]

    @find.autocomplete("count")
    async def counts(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[int]]:
        del interaction
        return [app_commands.Choice(name="many", value=int(current) * 10)]

    await tree.sync()
    return seen


async def test_what_is_typed_is_suggested_for(typed: list[Typed], general: Channel, alice: Person) -> None:
    """The bot gets the text typed so far and the other options, and its suggestions reach the person.

    (Discord's documentation, "Autocomplete")
    """
    assert await alice.suggestions("find", general, word="ap") == [("apa", "ap-a"), ("apb", "ap-b")]
    assert await alice.suggestions("find", general, count=7, word="ap") == [("apa", "ap-a"), ("apb", "ap-b")]
    assert typed == [("ap", 0), ("ap", 7)]


async def test_numbers_are_suggested_too(typed: list[Typed], general: Channel, alice: Person) -> None:
    """Suggestions for a number are numbers (Discord's documentation, Application Commands, "Option Choice Structure")."""
    del typed
    assert await alice.suggestions("find", general, count=3) == [("many", 30)]


async def test_other_options_go_along_as_they_stand(typed: list[Typed], general: Channel, alice: Person) -> None:
    """The other options of a command are not checked while one is typed (Discord's documentation, "Autocomplete": partial)."""
    await alice.suggestions("find", general, where=5, word="ap")
    with pytest.raises(RefusedError, match="does not take 5"):
        await alice.runs("find", general, where=5, word="ap", count=1)
    assert typed == [("ap", 0)]


async def test_an_option_without_suggestions_has_none(typed: list[Typed], general: Channel, alice: Person) -> None:
    """A request for suggestions is refused for an option without `autocomplete`.

    (Discord's documentation, Application Commands, "Option Structure", `autocomplete`)
    """
    del typed
    with pytest.raises(RefusedError, match="option where has no suggestions"):
        await alice.suggestions("find", general, where="x")


async def test_somebody_who_types_nothing_gets_no_suggestions(
    typed: list[Typed], general: Channel, alice: Person
) -> None:
    """A request for suggestions is refused if no option is being typed.

    (Discord's documentation, Application Commands, "Autocomplete")
    """
    with pytest.raises(RefusedError, match="name an option"):
        await alice.suggestions("find", general)
    assert typed == []


def test_choices_for_an_option_of_no_such_type_are_refused() -> None:
    """Choices for an option of an unknown type are refused.

    (Discord's documentation, "Application Command Option Choice Structure")
    """
    reader = Reader({"choices": [{"name": "x", "value": 1}]})
    read_choices(reader, 0)
    with pytest.raises(InvalidFormError):
        reader.done()


async def test_suggestions_may_not_come(
    typed: list[Typed], client: RecordingClient, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A person who gets no suggestions in time is told so, as with any interaction.

    (Discord's documentation, Interactions, "Interaction Callback")
    """
    del typed
    await client.close()
    await box.bot.disconnected()
    box.discord.interactions.response_seconds = 0.05
    with pytest.raises(NoResponseError, match="'find'"):
        await alice.suggestions("find", general, word="ap")


@pytest.mark.parametrize(
    ("choices", "faults"),
    [
        ([{"name": f"{n}", "value": "x"} for n in range(26)], {"choices": "BASE_TYPE_BAD_LENGTH"}),
        ([{"name": "", "value": "x"}], {"choices.0.name": "BASE_TYPE_BAD_LENGTH"}),
        ([{"name": "x" * 101, "value": "x"}], {"choices.0.name": "BASE_TYPE_BAD_LENGTH"}),
        ([{"name": "x", "value": "x" * 101}], {"choices.0.value": "BASE_TYPE_MAX_LENGTH"}),
        ([{"name": "x", "value": 1}], {"choices.0.value": "BASE_TYPE_BAD_STRING"}),
    ],
)
def test_suggestions_are_checked(choices: object, faults: dict[str, str]) -> None:
    """A list of suggestions has at most 25, each with a name and a value of up to 100 characters.

    (Discord's documentation, Interactions, "Autocomplete")
    """
    reader = Reader({"choices": choices})
    read_choices(reader, STRING)
    with pytest.raises(InvalidFormError) as caught:
        reader.done()
    assert {path: code for path, (code, _) in caught.value.errors.items()} == faults


async def test_suggestions_are_answered_by_choices_alone(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person, rest: Rest
) -> None:
    """A message is refused as an answer to typing; faults of choices are named under `data`.

    (Discord's documentation, "Interaction Callback Type")
    """
    faults: list[dict[str, str]] = []
    box.discord.commands.upsert(None, FIND)

    async def on_interaction(interaction: discord.Interaction) -> None:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        faults.append((await rest("POST", path, {"type": 4, "data": {"content": "x"}})).faults)
        faults.append((await rest("POST", path, {"type": 8, "data": {"choices": [{"name": ""}]}})).faults)
        await rest("POST", path, {"type": 8, "data": {"choices": []}})

    client.event(on_interaction)
    assert await alice.suggestions("find", general, word="ap") == []
    assert faults == [
        {"type": "BASE_TYPE_CHOICES"},
        {"data.choices.0.name": "BASE_TYPE_BAD_LENGTH", "data.choices.0.value": "BASE_TYPE_REQUIRED"},
    ]


async def test_two_suggestions_may_have_one_name(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """Suggestions of one name are both shown (discord-api-docs, issue 8565); an option takes what was never suggested.

    (Discord's documentation, "Autocomplete": the choices are suggestions only)
    """
    tree = app_commands.CommandTree(client)

    @tree.command(description="find it")
    async def find(interaction: discord.Interaction, word: str) -> None:
        await interaction.response.send_message(f"found {word}")

    @find.autocomplete("word")
    async def words(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        del interaction
        return [app_commands.Choice(name="same", value=f"{current}{number}") for number in range(25)]

    await tree.sync()
    del words
    found = await alice.suggestions("find", general, word="")
    assert found == [Choice("same", str(number)) for number in range(25)]
    assert (await alice.runs("find", general, word="of my own")).content == "found of my own"
    assert box.discord.messages(general)


async def test_more_suggestions_than_there_is_room_for_are_refused(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """Discord refuses 26 suggestions, and the person sees none (Discord's documentation, "Autocomplete")."""
    refused: list[discord.HTTPException] = []
    box.discord.commands.upsert(None, FIND)

    async def on_interaction(interaction: discord.Interaction) -> None:
        answers = discord.InteractionResponse(interaction)
        many = [app_commands.Choice(name=str(number), value=str(number)) for number in range(26)]
        try:
            await answers.autocomplete(many)
        except discord.HTTPException as error:
            refused.append(error)
        await answers.autocomplete(many[:25])

    client.event(on_interaction)
    assert len(await alice.suggestions("find", general, word="")) == 25
    assert [(one.status, one.code) for one in refused] == [(400, 50035)]
    assert "data.choices: Must be between 0 and 25 in length." in refused[0].text
