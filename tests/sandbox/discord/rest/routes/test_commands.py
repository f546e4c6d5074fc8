"""Tests of the routes of the application's commands."""

import discord

from bot.sandbox import Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest


async def test_commands_are_synced_globally_and_per_guild(client: RecordingClient, box: Sandbox, home: Server) -> None:
    """Global commands and those of a guild are registered and listed apart (Discord's documentation, "Endpoints")."""
    tree = discord.app_commands.CommandTree(client)

    @tree.command(description="everywhere")
    async def everywhere(interaction: discord.Interaction) -> None:
        del interaction

    @tree.command(description="here", guild=discord.Object(home.id))
    async def here(interaction: discord.Interaction) -> None:
        del interaction

    assert [command.name for command in await tree.sync()] == ["everywhere"]
    assert [command.name for command in await tree.sync(guild=discord.Object(home.id))] == ["here"]
    assert [command.name for command in await tree.fetch_commands()] == ["everywhere"]
    assert [command["name"] for command in box.discord.commands.listed(home.id)] == ["here"]


async def test_single_commands_are_made_read_and_removed(rest: Rest, box: Sandbox) -> None:
    """A command is created, replaced under its name, changed, read and deleted.

    (Discord's documentation, "Create Global Application Command")
    """
    base = f"/applications/{box.discord.application.id}/commands"
    made = await rest("POST", base, {"name": "one", "description": "first"})
    assert made.status == 201
    assert (await rest("POST", base, {"name": "one", "description": "second"})).status == 200
    path = f"{base}/{made.body['id']}"
    assert (await rest("PATCH", path, {"description": "third"})).body["description"] == "third"
    assert (await rest("GET", path)).body["name"] == "one"
    assert (await rest("DELETE", path)).status == 204
    assert (await rest("GET", path)).body["code"] == 10063


async def test_a_bulk_overwrite_is_a_list(rest: Rest, box: Sandbox) -> None:
    """A bulk overwrite that is no list is refused (OpenAPI document, bulk_set_application_commands)."""
    refused = await rest("PUT", f"/applications/{box.discord.application.id}/commands", {"name": "x"})
    assert refused.body["code"] == 50035
