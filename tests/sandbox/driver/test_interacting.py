"""Commands, buttons and menus as people use them, and uses that their client refuses."""

import re
from typing import Any, Literal

import discord
import pytest
from discord import app_commands

from bot.sandbox import Channel, Message, Permission, Person, RefusedError, Sandbox, Server
from tests.sandbox.clients import RecordingClient
from tests.sandbox.handlers import Choose, answer, one_menu


@pytest.fixture
async def menu(client: RecordingClient, box: Sandbox, general: Channel) -> Message:
    """A message with the menu `Colour` of Red and Blue, which answers what was chosen."""

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(" ".join((interaction.data or {}).get("values", [])))

    sent = await client.get_partial_messageable(general.id).send("choose", view=one_menu(handler))
    return box.discord.world.message(general, sent.id)


async def test_people_choose_by_label_or_value(alice: Person, menu: Message) -> None:
    """People choose by label or value, and the bot gets the values.

    (Discord's documentation, Component Reference, "String Select Interaction Response Structure")
    """
    assert (await alice.chooses(menu, "Colour", "Red", "b")).content == "r b"
    assert (await alice.chooses(menu, "colour", "Blue")).content == "b"


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [
        ("Colour", [], "takes 1 to 2 values, not 0"),
        ("Colour", ["Red", "Blue", "Red"], "takes 1 to 2 values, not 3"),
        ("Colour", ["Green"], "there are \\['Red', 'Blue'\\]"),
        ("Size", ["Red"], "there is no menu 'Size'; there are \\['Colour'\\]"),
    ],
)
async def test_a_menu_takes_what_it_offers(
    alice: Person, menu: Message, name: str, values: list[str], why: str
) -> None:
    """A menu refuses options that it does not offer, and too few or too many.

    (Discord's documentation, Component Reference, "String Select Structure")
    """
    with pytest.raises(RefusedError, match=why):
        await alice.chooses(menu, name, *values)


async def test_people_roles_and_channels_are_chosen(
    client: RecordingClient, box: Sandbox, home: Server, general: Channel, alice: Person
) -> None:
    """Chosen people, roles and channels come resolved, and a menu refuses those of other kinds.

    (Discord's documentation, Interactions, "Resolved Data Structure")
    """
    seen: list[object] = []
    mods = home.role("mods")

    class Mention(discord.ui.MentionableSelect[discord.ui.View]):
        async def callback(self, interaction: discord.Interaction) -> None:
            seen.extend(self.values)
            await interaction.response.defer()

    class Where(discord.ui.ChannelSelect[discord.ui.View]):
        async def callback(self, interaction: discord.Interaction) -> None:
            seen.extend(self.values)
            await interaction.response.defer()

    view = discord.ui.View(timeout=None)
    view.add_item(Mention(custom_id="who", max_values=2))
    view.add_item(Where(custom_id="where", channel_types=[discord.ChannelType.text]))
    sent = await client.get_partial_messageable(general.id).send("choose", view=view)
    message = box.discord.world.message(general, sent.id)
    await alice.chooses(message, "who", alice, mods)
    await alice.chooses(message, "where", general)
    member, role, channel = seen
    assert isinstance(member, discord.Member)
    assert isinstance(role, discord.Role)
    assert isinstance(channel, discord.app_commands.AppCommandChannel)
    assert (member.id, role.id, channel.id) == (alice.id, mods.id, general.id)
    assert channel.permissions.send_messages
    with pytest.raises(RefusedError, match="does not take"):
        await alice.chooses(message, "where", mods)
    with pytest.raises(RefusedError, match="channels of type"):
        await alice.chooses(message, "where", home.category("Staff"))


async def test_a_dynamic_item_outlives_its_view(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """A button whose view has stopped is handled by its custom id alone (discord.py 2.7, ui/dynamic.py)."""

    class Vote(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"vote:(?P<id>[0-9]+)"):
        def __init__(self, number: int) -> None:
            super().__init__(discord.ui.Button(label="Vote", custom_id=f"vote:{number}"))
            self.number = number

        @classmethod
        async def from_custom_id(cls, interaction: discord.Interaction, item: object, match: re.Match[str]) -> "Vote":
            del interaction, item
            return cls(int(match["id"]))

        async def callback(self, interaction: discord.Interaction) -> None:
            await interaction.response.send_message(f"voted {self.number}")

    row = discord.ui.View(timeout=None).add_item(discord.ui.Button(label="Vote", custom_id="vote:7"))
    sent = await client.get_partial_messageable(general.id).send("vote", view=row)
    row.stop()
    client.add_dynamic_items(Vote)
    assert (await alice.presses(box.discord.world.message(general, sent.id), "Vote")).content == "voted 7"


async def test_a_disabled_menu_and_a_link_do_nothing(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """A disabled menu and a link are refused (Discord's documentation, Component Reference, "Button" and "String Select")."""
    view = discord.ui.View(timeout=None)
    choose = Choose(answer)
    choose.disabled = True
    view.add_item(choose)
    view.add_item(discord.ui.Button[discord.ui.View](label="Docs", url="https://example.org"))
    sent = await client.get_partial_messageable(general.id).send("choose", view=view)
    message = box.discord.world.message(general, sent.id)
    with pytest.raises(RefusedError, match="menu 'Colour' is disabled"):
        await alice.chooses(message, "Colour", "Red")
    with pytest.raises(RefusedError, match="opens a website"):
        await alice.presses(message, "Docs")


async def test_context_menus_are_for_those_who_may_use_them(
    box: Sandbox, home: Server, general: Channel, alice: Person
) -> None:
    """A user command needs a place to be used in, and the right to write there.

    (Discord's documentation, Application Commands, "User Commands")
    """
    box.discord.commands.upsert(None, {"name": "Greet", "type": 2})
    with pytest.raises(RefusedError, match="name it"):
        await alice.uses("Greet", alice)
    with pytest.raises(RefusedError, match="no command /Explain"):
        await alice.uses("Explain", await alice.says(general, "hello"))
    home.permits(general, deny={home.everyone: Permission.SEND_MESSAGES})
    with pytest.raises(RefusedError, match="may not send messages here"):
        await alice.uses("Greet", alice, general)


async def test_options_are_read_with_their_types(client: RecordingClient, general: Channel, alice: Person) -> None:
    """Options with choices, switches, lengths and defaults are registered, checked by the client and read by the bot.

    (Discord's documentation, Application Commands, "Option Structure")
    """
    tree = app_commands.CommandTree(client)

    @tree.command(description="show it")
    async def show(
        interaction: discord.Interaction,
        what: Literal["all", "mine"],
        title: app_commands.Range[str, 2, 4] = "none",
        loud: bool = False,
    ) -> None:
        await interaction.response.send_message(f"{what} {title} {loud}")

    await tree.sync()
    assert (await alice.runs("show", general, what="mine", title="four", loud=True)).content == "mine four True"
    assert (await alice.runs("show", general, what="all")).content == "all none False"
    wrong: list[dict[str, Any]] = [
        {},
        {"what": "none"},
        {"what": "all", "title": "x"},
        {"what": "all", "title": "fives"},
        {"what": "all", "loud": "yes"},
    ]
    for options in wrong:
        with pytest.raises(RefusedError):
            await alice.runs("show", general, **options)
    del show
