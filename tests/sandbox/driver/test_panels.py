"""Panels: ephemeral responses with a menu, a button and a window, as settings have them, used and misused by people."""

import asyncio

import discord
import pytest

from bot.sandbox import Channel, NoResponseError, Person, RefusedError, Response, Sandbox
from bot.sandbox.discord.world.components import selects
from tests.sandbox.handlers import Serve

MODELS = {"small": "The cheap one", "large": "The clever one"}


class Write(discord.ui.Modal, title="Persona"):
    """A window with a long text and a menu, which updates the panel."""

    text = discord.ui.Label[discord.ui.View](
        text="Text",
        description="What the model is told",
        component=discord.ui.TextInput(custom_id="text", style=discord.TextStyle.long, max_length=20),
    )
    model = discord.ui.Label[discord.ui.View](
        text="Model",
        component=discord.ui.Select(
            custom_id="model", options=[discord.SelectOption(label=name, default=name == "small") for name in MODELS]
        ),
    )

    def __init__(self, how: str) -> None:
        super().__init__()
        self._how = how

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Show what was written."""
        assert isinstance(self.text.component, discord.ui.TextInput)
        assert isinstance(self.model.component, discord.ui.Select)
        content = f"{self.text.component.value} {self.model.component.values}"
        match self._how:
            case "update":
                await interaction.response.edit_message(content=content)
            case "update later":
                await interaction.response.defer()
                await interaction.edit_original_response(content=content)
            case "answer":
                await interaction.response.send_message(content, ephemeral=True)
            case _:
                await interaction.response.defer(ephemeral=True, thinking=True)
                await interaction.followup.send(content)


class Panel(discord.ui.View):
    """A menu of models with the current one marked, and a button that opens a window.

    `how` names the answer to a choice and to what is written.
    """

    def __init__(self, current: str = "small", *, how: str = "update", timeout: float | None = None) -> None:
        super().__init__(timeout=timeout)
        self._how = how
        self.pick.options = [
            discord.SelectOption(label=name.title(), value=name, description=about, default=name == current)
            for name, about in MODELS.items()
        ]

    @discord.ui.select(custom_id="model", placeholder="Model", options=[])
    async def pick(self, interaction: discord.Interaction, select: discord.ui.Select["Panel"]) -> None:
        """Answer a choice."""
        (value,) = select.values
        match self._how:
            case "update":
                await interaction.response.edit_message(content=value, view=Panel(value))
            case "update later":
                await interaction.response.defer()
                await interaction.edit_original_response(content=value, view=Panel(value))
            case "answer":
                await interaction.response.send_message(value, ephemeral=True)
            case _:
                await interaction.response.defer(ephemeral=True, thinking=True)
                await interaction.followup.send(value)

    @discord.ui.button(label="Write", custom_id="write")
    async def write(self, interaction: discord.Interaction, button: discord.ui.Button["Panel"]) -> None:
        """Open the window."""
        del button
        await interaction.response.send_modal(Write(self._how))


async def shown(serve: Serve, alice: Person, general: Channel, panel: Panel) -> Response:
    """Let Alice open a panel by a command."""

    async def handler(interaction: discord.Interaction) -> None:
        embed = discord.Embed(title="Settings", description="What holds here").add_field(name="Model", value="small")
        await interaction.response.send_message("panel", embed=embed, view=panel, ephemeral=True)

    await serve(handler)
    return await alice.runs("do", general)


def marked(response: Response) -> list[str]:
    """Return the labels of the options that the panel's menu marks."""
    (menu,) = selects(response.message.components)
    return [option["label"] for option in menu["options"] if option.get("default")]


async def test_a_panel_shows_text_embeds_and_components(serve: Serve, general: Channel, alice: Person) -> None:
    """A private response has its text, its embeds with their fields, and its components with all they say.

    (OpenAPI document, MessageResponse and StringSelectComponentResponse)
    """
    response = await shown(serve, alice, general, Panel())
    assert (response.content, response.ephemeral) == ("panel", True)
    (embed,) = response.message.embeds
    assert (embed["title"], embed["description"]) == ("Settings", "What holds here")
    assert embed["fields"] == [{"name": "Model", "value": "small", "inline": True}]
    (menu,) = selects(response.message.components)
    assert (menu["placeholder"], menu["min_values"], menu["max_values"]) == ("Model", 1, 1)
    assert menu["options"][1] == {
        "label": "Large",
        "value": "large",
        "description": "The clever one",
        "default": False,
    }
    assert marked(response) == ["Small"]


@pytest.mark.parametrize("how", ["update", "update later"])
async def test_a_choice_updates_the_panel(
    serve: Serve, general: Channel, alice: Person, box: Sandbox, how: str
) -> None:
    """A choice in a private menu may update its message, at once or after a deferral.

    (Discord's documentation, "Interaction Callback Type", 6 and 7)
    """
    response = await shown(serve, alice, general, Panel(how=how))
    used = await alice.chooses(response.message, "Model", "Large")
    assert used.message is response.message
    await box.until(lambda: (response.content, marked(response)) == ("large", ["Large"]))


@pytest.mark.parametrize("how", ["answer", "answer later"])
async def test_a_choice_is_answered_beside_the_panel(serve: Serve, general: Channel, alice: Person, how: str) -> None:
    """A choice in a private menu may be answered by another message, at once or after a deferral.

    (Discord's documentation, "Interaction Callback Type", 4 and 5)
    """
    response = await shown(serve, alice, general, Panel(how=how))
    said = await alice.chooses(response.message, "model", "large")
    assert (said.content, said.ephemeral, response.content) == ("large", True, "panel")


@pytest.mark.parametrize("how", ["update", "update later"])
async def test_a_window_updates_the_panel_that_opened_it(
    serve: Serve, general: Channel, alice: Person, box: Sandbox, how: str
) -> None:
    """A window of a private message's button is filled in, defaults included, and updates that message.

    (Discord's documentation, "Interaction Callback Type", 6, 7 and 9)
    """
    response = await shown(serve, alice, general, Panel(how=how))
    modal = (await alice.presses(response.message, "Write")).modal
    assert (modal.title, modal.labels) == ("Persona", ["Text", "Model"])
    assert (await alice.submits(modal, {"text": "Be kind."})).message is response.message
    await box.until(lambda: response.content == "Be kind. ['small']")


@pytest.mark.parametrize("how", ["answer", "answer later"])
async def test_a_window_is_answered_beside_the_panel(serve: Serve, general: Channel, alice: Person, how: str) -> None:
    """A window of a private message's button may be answered by another message, at once or after a deferral.

    (Discord's documentation, "Interaction Callback Type", 4 and 5)
    """
    response = await shown(serve, alice, general, Panel(how=how))
    said = await alice.submits((await alice.presses(response.message, "Write")).modal, {"text": "Hi", "model": "large"})
    assert (said.content, said.ephemeral, response.content) == ("Hi ['large']", True, "panel")


async def test_a_forged_choice_reaches_the_bot(serve: Serve, general: Channel, alice: Person) -> None:
    """A value that no menu offers is sent when it is forged, and refused by the person's client when it is not."""
    response = await shown(serve, alice, general, Panel(how="answer"))
    with pytest.raises(RefusedError, match="there is no option 'huge'"):
        await alice.chooses(response.message, "Model", "huge")
    assert (await alice.chooses(response.message, "Model", "huge", forged=True)).content == "huge"


async def test_a_forged_window_reaches_the_bot(serve: Serve, general: Channel, alice: Person) -> None:
    """A text that is too long and a value that is not offered are sent when forged; a field left out keeps its default."""
    response = await shown(serve, alice, general, Panel())
    for values, content in (
        ({"Text": "x" * 21, "model": "huge"}, f"{'x' * 21} ['huge']"),
        ({}, "['small']"),
    ):
        modal = (await alice.presses(response.message, "write")).modal
        with pytest.raises(RefusedError):
            await alice.submits(modal, values)
        await alice.submits(modal, values, forged=True)
        assert response.content == content


async def test_a_panel_is_for_one_person(serve: Serve, general: Channel, alice: Person, box: Sandbox) -> None:
    """A private message cannot be used by anybody else (Discord's documentation, "Message Flags", EPHEMERAL)."""
    response = await shown(serve, alice, general, Panel())
    with pytest.raises(RefusedError, match="Bob does not see"):
        await box.discord.user("Bob").chooses(response.message, "Model", "Large")


async def test_a_panel_that_is_gone_cannot_be_used(serve: Serve, general: Channel, alice: Person, box: Sandbox) -> None:
    """A private message that was deleted cannot be used, even by a forged choice."""

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("panel", view=Panel(), ephemeral=True)
        await interaction.delete_original_response()

    await serve(handler)
    gone = await alice.runs("do", general)
    await box.until(lambda: gone.message.deleted)
    with pytest.raises(RefusedError, match="Alice does not see"):
        await alice.chooses(gone.message, "Model", "large", forged=True)


async def test_a_panel_that_nobody_serves_any_more_fails(
    serve: Serve, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A choice in a menu whose view has ended is answered by nobody, and the person is told so (discord.py 2.7, ui/view.py)."""
    panel = Panel(timeout=0.01)
    response = await shown(serve, alice, general, panel)
    await asyncio.wait_for(panel.wait(), 30)
    box.discord.interactions.response_seconds = 0.05
    with pytest.raises(NoResponseError, match="'model'"):
        await alice.chooses(response.message, "Model", "Large")


async def test_a_container_holds_a_menu(serve: Serve, general: Channel, alice: Person) -> None:
    """A private response of the newer layout holds its texts and menus in a container, and can be used as any other.

    (Discord's documentation, Component Reference, "Container")
    """

    class Pick(discord.ui.Select[discord.ui.LayoutView]):
        async def callback(self, interaction: discord.Interaction) -> None:
            done = discord.ui.LayoutView().add_item(discord.ui.TextDisplay(f"took {self.values[0]}"))
            await interaction.response.edit_message(view=done)

    async def handler(interaction: discord.Interaction) -> None:
        pick = Pick(custom_id="model", options=[discord.SelectOption(label=name) for name in MODELS])
        row = discord.ui.ActionRow[discord.ui.LayoutView](pick)
        container = discord.ui.Container[discord.ui.LayoutView](discord.ui.TextDisplay("# Settings"), row)
        await interaction.response.send_message(view=discord.ui.LayoutView().add_item(container), ephemeral=True)

    await serve(handler)
    response = await alice.runs("do", general)
    assert response.message.components[0]["components"][0]["content"] == "# Settings"
    await alice.chooses(response.message, "model", "large")
    assert response.message.components[0]["content"] == "took large"
