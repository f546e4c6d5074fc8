"""Tests of the fields by which a message names the interaction that it answers."""

from typing import Any

import discord
import pytest

from bot.sandbox import Channel, Person, Sandbox
from tests.sandbox.clients import RecordingClient, Rest
from tests.sandbox.conftest import Connects
from tests.sandbox.handlers import answer, one_button


@pytest.fixture
async def tree(connects: Connects, general: Channel) -> discord.app_commands.CommandTree:
    """The commands `/memory forget`, `Explain` on messages and `Greet` on people, of a bot without privileged intents."""
    del general
    tree = discord.app_commands.CommandTree(await connects(discord.Intents.default()))
    memory = discord.app_commands.Group(name="memory", description="what is kept")

    @memory.command(description="forget it")
    async def forget(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("forgotten")
        await interaction.followup.send("all of it")

    @tree.context_menu(name="Explain This")
    async def explain(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"it says {message.content}")

    @tree.context_menu(name="Greet")
    async def greet(interaction: discord.Interaction, user: discord.Member) -> None:
        await interaction.response.send_message(f"hello {user.display_name}, {user.resolved_permissions is not None}")

    tree.add_command(memory)
    await tree.sync()
    return tree


async def history(rest: Rest, channel: Channel) -> list[dict[str, Any]]:
    """Return a channel's messages as REST gives them, oldest first."""
    return (await rest("GET", f"/channels/{channel.id}/messages")).body[::-1]


async def test_a_slash_command_is_named_in_full(
    tree: discord.app_commands.CommandTree, rest: Rest, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A response names its command with the subcommand; its follow-up refers to the response instead.

    (Discord's documentation, "Message Interaction Structure")
    """
    del tree
    response = await alice.runs("memory forget", general)
    await box.until(lambda: response.followups)
    first, second = await history(rest, general)
    assert (first["type"], second["type"]) == (20, 19)
    assert (first["interaction"]["name"], "interaction" in second) == ("memory forget", False)
    assert second["message_reference"]["message_id"] == first["id"]
    assert second["interaction_metadata"]["original_response_message_id"] == first["id"]
    assert first["webhook_id"] == first["application_id"] == str(box.discord.application.id)


async def test_a_command_on_a_message_shows_its_content(
    tree: discord.app_commands.CommandTree, rest: Rest, general: Channel, alice: Person
) -> None:
    """A command on a message gets the content of its target without the intent, and the response names the target.

    (Discord's documentation, Gateway, "Message Content Intent")
    """
    del tree
    said = await alice.says(general, "a riddle")
    response = await alice.uses("Explain This", said)
    assert response.content == "it says a riddle"
    made = (await history(rest, general))[-1]
    assert made["type"] == 23
    assert made["interaction_metadata"]["target_message_id"] == str(said.id)


async def test_a_command_on_a_person_shows_who_it_is(
    tree: discord.app_commands.CommandTree, rest: Rest, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A command on a person gets the member with permissions, and the response names the target.

    (Discord's documentation, Interactions, "Resolved Data Structure")
    """
    del tree
    bob = box.discord.user("Bob")
    assert (await alice.uses("Greet", bob, general)).content == "hello Bob, True"
    made = (await history(rest, general))[-1]
    assert made["interaction_metadata"]["target_user"]["id"] == str(bob.id)


async def test_a_response_to_a_press_names_what_was_pressed(
    client: RecordingClient, rest: Rest, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A response to a press names the pressed message by reference and metadata, and has no `interaction`.

    (OpenAPI document, MessageComponentInteractionMetadataResponse)
    """
    sent = await client.get_partial_messageable(general.id).send("press me", view=one_button(answer))
    await alice.presses(box.discord.world.message(general, sent.id), "Press")
    made = (await history(rest, general))[-1]
    assert (made["type"], "interaction" in made) == (19, False)
    assert made["message_reference"]["message_id"] == str(sent.id)
    assert made["interaction_metadata"]["type"] == 3
    assert made["interaction_metadata"]["interacted_message_id"] == str(sent.id)


async def test_a_response_to_a_modal_names_what_opened_it(
    client: RecordingClient, rest: Rest, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A response to a modal carries the metadata of the interaction that opened it.

    (OpenAPI document, ModalSubmitInteractionMetadataResponse)
    """

    class Ask(discord.ui.Modal, title="Ask"):
        name = discord.ui.TextInput[discord.ui.View](label="Name", custom_id="name")

        async def on_submit(self, interaction: discord.Interaction) -> None:
            await interaction.response.send_message("ok")

    async def handler(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Ask())

    sent = await client.get_partial_messageable(general.id).send("press me", view=one_button(handler))
    opened = await alice.presses(box.discord.world.message(general, sent.id), "Press")
    await alice.submits(opened.modal, name="x")
    metadata = (await history(rest, general))[-1]["interaction_metadata"]
    assert metadata["type"] == 5
    assert metadata["triggering_interaction_metadata"]["interacted_message_id"] == str(sent.id)
