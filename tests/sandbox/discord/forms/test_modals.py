"""Tests of modals, by discord.py's own and over plain HTTP."""

from typing import Any

import discord
import pytest

from bot.sandbox import Channel, NoResponseError, OpenModal, Person, RefusedError, Sandbox, Server
from bot.sandbox.discord.forms.modals import read_modal
from bot.sandbox.discord.world.errors import InvalidFormError
from tests.sandbox.clients import RecordingClient, Rest
from tests.sandbox.handlers import Serve, answer, one_button


class Survey(discord.ui.Modal, title="Survey"):
    """A modal with a field of the older form and three of the newer one."""

    name = discord.ui.TextInput[discord.ui.View](label="Name", custom_id="name", max_length=10)
    why = discord.ui.Label[discord.ui.View](
        text="Why", component=discord.ui.TextInput(custom_id="why", required=False, style=discord.TextStyle.long)
    )
    colour = discord.ui.Label[discord.ui.View](
        text="Colour",
        component=discord.ui.Select(custom_id="colour", options=[discord.SelectOption(label="Red", value="r")]),
    )
    whom = discord.ui.Label[discord.ui.View](
        text="Whom", component=discord.ui.UserSelect(custom_id="whom", required=True)
    )

    def __init__(self) -> None:
        super().__init__(custom_id="survey")
        self.got: list[object] = []

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Keep what was submitted."""
        for label in (self.why, self.colour, self.whom):
            part = label.component
            assert isinstance(part, discord.ui.TextInput | discord.ui.Select | discord.ui.UserSelect)
            self.got.append(part.value if isinstance(part, discord.ui.TextInput) else part.values)
        self.got.insert(0, self.name.value)
        await interaction.response.send_message("thanks")


def form(*components: dict[str, Any], **changed: object) -> dict[str, Any]:
    """Return a modal's data."""
    return {"custom_id": "m", "title": "Title", "components": list(components) or [labelled()]} | changed


def labelled(label: object = "Name", **changed: object) -> dict[str, Any]:
    """Return a label with a text input, changed."""
    return {"type": 18, "label": label, "component": {"type": 4, "custom_id": "name", "style": 1} | changed}


async def test_a_modal_is_filled_in(serve: Serve, general: Channel, alice: Person) -> None:
    """The values that a person fills in reach the bot by custom ids.

    (Discord's documentation, Interactions, "Modal Submit Data")
    """
    survey = Survey()

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(survey)

    await serve(handler)
    modal = (await alice.runs("do", general)).modal
    assert (modal.title, modal.labels) == ("Survey", ["Name", "Why", "Colour", "Whom"])
    response = await alice.submits(modal, {"Colour": "Red"}, name="Ada", whom=alice)
    assert response.content == "thanks"
    name, why, colour, whom = survey.got
    assert (name, why, colour) == ("Ada", "", ["r"])
    assert isinstance(whom, list)
    assert [one.id for one in whom if isinstance(one, discord.Member)] == [alice.id]  # pyright: ignore[reportUnknownVariableType] -- isinstance tells no more of a list


async def test_a_modal_may_be_closed(serve: Serve, general: Channel, alice: Person, box: Sandbox) -> None:
    """A closed modal tells the bot nothing and cannot be submitted.

    (Discord's documentation, Interactions, MODAL_SUBMIT is all there is)
    """

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Survey())

    await serve(handler)
    modal = (await alice.runs("do", general)).modal
    told = len(box.discord.interactions.by_id)
    alice.cancels(modal)
    assert len(box.discord.interactions.by_id) == told
    with pytest.raises(RefusedError, match="not on Alice's screen"):
        await alice.submits(modal, name="Ada")


@pytest.fixture
async def modal(serve: Serve, general: Channel, alice: Person) -> OpenModal:
    """A survey on Alice's screen."""

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Survey())

    await serve(handler)
    return (await alice.runs("do", general)).modal


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "'Name' must be filled in"),
        ({"name": "x" * 11}, "takes 0 to 10 characters, not 11"),
        ({"name": "two\nlines"}, "'Name' takes one line"),
        ({"name": "x", "colour": "Green"}, "no option 'Green'; there are \\['Red'\\]"),
        ({"name": "x", "colour": "Red"}, "menu 'whom' takes 1 to 1 values, not 0"),
        ({"name": "x", "colour": "Red", "whom": "Alice"}, "does not take"),
        ({"nick": "x"}, "no field \\['nick'\\]"),
    ],
)
async def test_a_client_checks_the_fields(alice: Person, modal: OpenModal, values: dict[str, str], why: str) -> None:
    """A submission with wrong values is refused before the bot hears of it.

    (Discord's documentation, Component Reference, "Text Input")
    """
    with pytest.raises(RefusedError, match=why):
        await alice.submits(modal, values)


async def test_a_modal_is_on_one_screen(box: Sandbox, modal: OpenModal, home: Server) -> None:
    """A person cannot submit another person's modal (Discord's documentation, Interactions, MODAL)."""
    del home
    with pytest.raises(RefusedError, match="Bob's screen"):
        await box.discord.user("Bob").submits(modal, name="Bob")


async def test_a_modal_is_no_answer_to_a_modal(alice: Person, serve: Serve, general: Channel, rest: Rest) -> None:
    """A response to a submission can be neither a modal nor an update where no component was used.

    (Discord's documentation, Interactions, "Interaction Callback Type")
    """
    faults: list[dict[str, str]] = []

    class Again(discord.ui.Modal, title="Again"):
        name = discord.ui.TextInput[discord.ui.View](label="Name", custom_id="name")

        async def on_submit(self, interaction: discord.Interaction) -> None:
            path = f"/interactions/{interaction.id}/{interaction.token}/callback"
            faults.append((await rest("POST", path, {"type": 9, "data": form()})).faults)
            faults.append((await rest("POST", path, {"type": 7, "data": {"content": "x"}})).faults)
            await interaction.response.send_message("ok")

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Again())

    await serve(handler)
    await alice.submits((await alice.runs("do", general)).modal, name="x")
    assert faults == [{"type": "BASE_TYPE_CHOICES"}] * 2


async def test_a_modal_from_a_button_may_update_the_message(
    client: RecordingClient, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A response to a modal that a button opened may update the button's message.

    (Discord's documentation, Interactions, "Interaction Structure")
    """

    class Rename(discord.ui.Modal, title="Rename"):
        name = discord.ui.TextInput[discord.ui.View](label="Name", custom_id="name")

        async def on_submit(self, interaction: discord.Interaction) -> None:
            await interaction.response.edit_message(content=self.name.value)

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Rename())

    sent = await client.get_partial_messageable(general.id).send("press me", view=one_button(handler))
    message = box.discord.world.message(general, sent.id)
    await alice.submits((await alice.presses(message, "Press")).modal, name="Ada")
    assert message.content == "Ada"


async def test_a_submission_expires_as_well(
    alice: Person, modal: OpenModal, box: Sandbox, client: RecordingClient
) -> None:
    """A submission without a response in time fails for the person.

    (Discord's documentation, Interactions, "Interaction Callback")
    """
    box.discord.interactions.response_seconds = 0
    with pytest.raises(NoResponseError, match="'survey'"):
        await alice.submits(modal, {"name": "x", "colour": "Red", "whom": alice})
    await client.happens("interaction", 2)


async def test_a_response_without_a_modal_says_so(serve: Serve, general: Channel, alice: Person) -> None:
    """A response without a modal raises LookupError when it is asked for one."""
    await serve(answer)
    with pytest.raises(LookupError, match="no modal"):
        _ = (await alice.runs("do", general)).modal


@pytest.mark.parametrize(
    ("wrong", "path", "code"),
    [
        (form(custom_id=""), "custom_id", "BASE_TYPE_BAD_LENGTH"),
        (form(title="x" * 46), "title", "BASE_TYPE_BAD_LENGTH"),
        (form(title=None), "title", "BASE_TYPE_REQUIRED"),
        (form(components=[]), "components", "BASE_TYPE_BAD_LENGTH"),
        (form(*[labelled(custom_id=f"f{n}") for n in range(6)]), "components", "BASE_TYPE_BAD_LENGTH"),
        (form({"type": 2}), "components.0", "UNION_TYPE_CHOICES"),
        (form(labelled(label="x" * 46)), "components.0.label", "BASE_TYPE_BAD_LENGTH"),
        (form({"type": 18, "label": "x"}), "components.0.component", "BASE_TYPE_REQUIRED"),
        (form(labelled(type=2)), "components.0.component", "UNION_TYPE_CHOICES"),
        (form(labelled(style=3)), "components.0.component.style", "BASE_TYPE_CHOICES"),
        (form(labelled(min_length=4001)), "components.0.component.min_length", "NUMBER_TYPE_MAX"),
        (form(labelled(max_length=0)), "components.0.component.max_length", "NUMBER_TYPE_MIN"),
        (form(labelled(placeholder="x" * 101)), "components.0.component.placeholder", "BASE_TYPE_MAX_LENGTH"),
        (form(labelled(value="x" * 4001)), "components.0.component.value", "BASE_TYPE_MAX_LENGTH"),
        (form(labelled(value="two\nlines")), "components.0.component.value", "COMPONENT_VALIDATION_FAILED"),
        (form(labelled(value="xxx", max_length=2)), "components.0.component.value", "COMPONENT_VALIDATION_FAILED"),
        (form(labelled(type=3, options=[])), "components.0.component.options", "BASE_TYPE_BAD_LENGTH"),
        (form(labelled(disabled=True)), "components.0.component.disabled", "BASE_TYPE_CHOICES"),
        (form(labelled(type=5, min_values=0)), "components.0.component.min_values", "NUMBER_TYPE_MIN"),
        (form(labelled(), labelled()), "components.1.component.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"),
        (form({"type": 1, "components": []}), "components.0.components", "BASE_TYPE_BAD_LENGTH"),
        (form({"type": 10}), "components.0.content", "BASE_TYPE_REQUIRED"),
        (form({"type": 10, "content": "x", "id": [1]}), "components.0.id", "NUMBER_TYPE_COERCE"),
        (form(labelled(type=21, options=[])), "components.0.component.options", "BASE_TYPE_BAD_LENGTH"),
        (form(labelled(type=22, options=[])), "components.0.component.options", "BASE_TYPE_BAD_LENGTH"),
    ],
)
def test_modals_are_checked(wrong: dict[str, Any], path: str, code: str) -> None:
    """A wrong modal is refused under the path of its field (Discord's documentation, Interactions, "Modal")."""
    with pytest.raises(InvalidFormError) as caught:
        read_modal(wrong)
    assert caught.value.errors[path][0] == code


def test_a_text_of_a_modal_holds_nothing() -> None:
    """A text display in a modal is no field, whatever it holds (Discord's documentation, "Text Display")."""
    modal = read_modal(form({"type": 10, "content": "x", "components": [{}]}, labelled()))
    assert [label for label, _ in modal.fields()] == ["Name"]
