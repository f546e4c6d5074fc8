"""Suggestions, menus and windows on the page, as a bot's settings use them."""

import asyncio

import discord
import pytest
import pytest_asyncio
from discord import app_commands
from playwright.async_api import Locator, expect
from playwright.async_api import Page as Window

from bot.sandbox.page import Page
from tests.browser import Windows, draft, log
from tests.sandbox.clients import RecordingClient
from tests.sandbox.page.conftest import Village

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODELS = {"swift": "Cheap and quick", "deep": "Thinks for a while", "home": "On the machine under the desk"}


class Write(discord.ui.Modal, title="A persona for this channel"):
    """A window with a long text and a menu."""

    text = discord.ui.Label[discord.ui.View](
        text="What it is told",
        description="Stored, and never logged",
        component=discord.ui.TextInput(
            custom_id="text", style=discord.TextStyle.long, max_length=2000, default="Be kind.\n" * 40
        ),
    )
    model = discord.ui.Label[discord.ui.View](
        text="Model",
        component=discord.ui.Select(
            custom_id="model",
            options=[
                discord.SelectOption(label=name, description=about, default=name == "deep")
                for name, about in MODELS.items()
            ],
        ),
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Tell what was written."""
        assert isinstance(self.text.component, discord.ui.TextInput)
        assert isinstance(self.model.component, discord.ui.Select)
        await interaction.response.edit_message(content=f"{self.text.component.value} {self.model.component.values}")


class Panel(discord.ui.View):
    """A menu of models with the current one marked, and a button that opens a window."""

    def __init__(self, current: str) -> None:
        super().__init__(timeout=None)
        self.pick.options = [
            discord.SelectOption(label=name, description=about, default=name == current)
            for name, about in MODELS.items()
        ]

    @discord.ui.select(custom_id="model", placeholder="Model", min_values=0, options=[])
    async def pick(self, interaction: discord.Interaction, select: discord.ui.Select["Panel"]) -> None:
        """Mark what was chosen."""
        await interaction.response.edit_message(view=Panel(select.values[0] if select.values else ""))

    @discord.ui.button(label="Write", custom_id="write")
    async def write(self, interaction: discord.Interaction, button: discord.ui.Button["Panel"]) -> None:
        """Open the window."""
        del button
        await interaction.response.send_modal(Write())


class Suggests:
    """The command `/model`, whose suggestions for one text wait until they are let go, and fail for another."""

    def __init__(self) -> None:
        self.slow = asyncio.Event()
        self.answered = asyncio.Event()

    async def register(self, client: RecordingClient) -> None:
        """Register the command."""
        tree = app_commands.CommandTree(client)

        @tree.command(description="Choose the model that answers here")
        async def model(interaction: discord.Interaction, name: str) -> None:
            await interaction.response.send_message(f"{name} it is")

        @model.autocomplete("name")
        async def names(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
            del interaction
            if current == "s":
                await self.slow.wait()
            found = [one for one in MODELS if current in one]
            return [app_commands.Choice(name=f"{one}: {MODELS[one]}", value=one) for one in found]

        @tree.command(description="Show the settings")
        async def settings(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("Settings", view=Panel("deep"), ephemeral=True)

        async def on_interaction(interaction: discord.Interaction) -> None:
            if interaction.type is discord.InteractionType.autocomplete and interaction.namespace.name == "s":
                self.answered.set()

        client.event(on_interaction)
        await tree.sync()
        del names, model, settings


@pytest_asyncio.fixture(loop_scope="module")
async def suggests(client: RecordingClient) -> Suggests:
    """The commands `/model` and `/settings`, registered."""
    made = Suggests()
    await made.register(client)
    return made


async def begun(window: Window) -> Locator:
    """Begin to write `/model`, and return the field of its option."""
    await draft(window).press_sequentially("/model ")
    field = window.get_by_role("combobox", name="name")
    await expect(field).to_be_focused()
    return field


async def test_suggestions_are_taken_with_keys(window: Window, suggests: Suggests) -> None:
    """Suggestions stand in a list above the command; arrows and Enter take one, and its value is sent."""
    del suggests
    field = await begun(window)
    offered = window.get_by_role("listbox").get_by_role("option")
    await expect(offered).to_have_text([f"{name}: {about}" for name, about in MODELS.items()])
    await window.keyboard.type("e")
    await expect(offered).to_have_count(2)
    await field.press("ArrowDown")
    await expect(offered.nth(1)).to_have_attribute("aria-selected", "true")
    await field.press("Enter")
    await expect(field).to_have_value("home: On the machine under the desk")
    await expect(offered).to_have_count(0)
    await field.press("Enter")
    await expect(log(window)).to_contain_text("home it is")


async def test_suggestions_are_taken_with_a_click(window: Window, suggests: Suggests) -> None:
    """A click takes a suggestion; Escape closes the list and not the command, whose text is one's own then."""
    del suggests
    field = await begun(window)
    await window.get_by_role("option", name="swift").click()
    await expect(field).to_have_value("swift: Cheap and quick")
    await field.press("Enter")
    await expect(log(window)).to_contain_text("swift it is")
    field = await begun(window)
    await window.keyboard.type("nothing like it")
    await expect(window.get_by_role("listbox")).to_contain_text("No options match your search")
    await field.press("Escape")
    await expect(window.get_by_role("listbox")).to_have_count(0)
    await field.press("Enter")
    await expect(log(window)).to_contain_text("nothing like it it is")


async def test_late_suggestions_are_not_shown(window: Window, suggests: Suggests) -> None:
    """The suggestions for what stood in the field before do not replace those for what stands there now."""
    field = await begun(window)
    offered = window.get_by_role("listbox").get_by_role("option")
    await field.fill("s")
    await suggests.answered.wait()
    await field.fill("de")
    await expect(offered).to_have_text(["deep: Thinks for a while", "home: On the machine under the desk"][:1])
    suggests.slow.set()
    await field.fill("dee")
    await expect(offered).to_have_text(["deep: Thinks for a while"])


async def test_a_silent_bot_suggests_nothing(window: Window, village: Village, suggests: Suggests) -> None:
    """Suggestions that do not come in time are told to be missing, and the command can be run."""
    village.box.discord.interactions.response_seconds = 0.2
    field = await begun(window)
    await field.fill("s")
    await suggests.answered.wait()
    await expect(window.get_by_role("listbox")).to_contain_text("The options could not be loaded")
    await field.press("Escape")
    suggests.slow.set()
    village.box.discord.interactions.response_seconds = 3.0
    await field.press("Enter")
    await expect(log(window)).to_contain_text("s it is")


async def panel(window: Window) -> Locator:
    """Open the panel, and return its menu."""
    await draft(window).press_sequentially("/settings ")
    await window.get_by_role("button", name="Run").click()
    return log(window).get_by_role("button", name="Model")


async def test_a_menu_marks_what_holds(window: Window, suggests: Suggests) -> None:
    """A menu shows the option that holds, marks it in its list with the others' descriptions, and may be emptied."""
    del suggests
    menu = await panel(window)
    await expect(menu).to_have_text("deep")
    await menu.click()
    options = window.get_by_role("menuitemradio")
    await expect(options).to_have_text([f"{name}{about}" for name, about in MODELS.items()])
    await expect(window.get_by_role("menuitemradio", checked=True)).to_have_text("deepThinks for a while")
    await expect(window.get_by_role("menuitemradio", checked=True)).to_be_focused()
    await window.keyboard.press("ArrowDown")
    await window.keyboard.press("Enter")
    await expect(menu).to_have_text("home")
    await menu.click()
    await window.get_by_role("menuitem", name="Choose nothing").click()
    await expect(menu).to_have_text("Model")


async def test_a_window_is_cancelled_or_submitted(window: Window, suggests: Suggests) -> None:
    """A window shows labels, descriptions, presets and what is left; Cancel tells the bot nothing, Submit everything."""
    del suggests
    await panel(window)
    write = log(window).get_by_role("button", name="Write")
    await write.click()
    dialog = window.get_by_role("dialog", name="A persona for this channel")
    await expect(dialog).to_contain_text("Stored, and never logged")
    await expect(dialog).to_contain_text("This form goes to Parley.")
    text = dialog.get_by_label("What it is told")
    await text.fill("Be brief.")
    await expect(dialog).to_contain_text("9 / 2000")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog).to_have_count(0)
    await write.click()
    await expect(dialog).to_contain_text("360 / 2000")
    await expect(dialog).to_contain_text("Thinks for a while")
    await dialog.get_by_label("Model").select_option("home")
    await expect(dialog).to_contain_text("On the machine under the desk")
    await text.fill("Be brief.")
    await dialog.get_by_role("button", name="Submit").click()
    await expect(log(window)).to_contain_text("Be brief. ['home']")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_narrow_window_has_room_for_all(
    opened: Windows, page: Page, village: Village, suggests: Suggests, scheme: str
) -> None:
    """At 400 pixels the list, the menu and the window lie within the page, and Submit is in sight, in both themes."""
    del village, suggests
    window = await opened.opens(page.url, width=400, height=640, color_scheme=scheme, locale="en-US")
    await expect(window.get_by_role("heading", level=1)).to_have_text("general")
    await begun(window)
    listed = window.get_by_role("listbox")
    await expect(listed.get_by_role("option")).to_have_count(3)
    await within(window, listed)
    await window.keyboard.press("Escape")
    await window.get_by_role("button", name="Cancel").click()
    menu = await panel(window)
    await menu.click()
    await within(window, window.get_by_role("menu"))
    await window.keyboard.press("Escape")
    await log(window).get_by_role("button", name="Write").click()
    dialog = window.get_by_role("dialog")
    await within(window, dialog)
    await within(window, dialog.get_by_role("button", name="Submit"))
    assert await window.evaluate("document.documentElement.scrollWidth") == 400


async def within(window: Window, shown: Locator) -> None:
    """Assert that an element lies within the window."""
    await expect(shown).to_be_visible()
    await shown.evaluate("one => Promise.all(one.getAnimations({subtree: true}).map((each) => each.finished))")
    box, size = await shown.bounding_box(), window.viewport_size
    assert box is not None
    assert size is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= size["width"]
    assert box["y"] + box["height"] <= size["height"]
