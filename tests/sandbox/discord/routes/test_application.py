"""The application over REST, by discord.py."""

import discord

from bot.sandbox import Intent, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest


async def test_the_application_tells_whether_it_is_public(client: RecordingClient, box: Sandbox) -> None:
    """A check of the set-up warns if strangers can invite the bot."""
    assert (await client.application_info()).bot_public
    box.discord.application.bot_public = False
    assert not (await client.application_info()).bot_public


async def test_the_flags_tell_which_intents_are_on(client: RecordingClient, box: Sandbox) -> None:
    """A check of the set-up says which switch is missing, before the gateway refuses."""
    assert (await client.application_info()).flags.gateway_message_content_limited
    box.discord.application.privileged = Intent.GUILD_MEMBERS
    flags = (await client.application_info()).flags
    assert (flags.gateway_message_content_limited, flags.gateway_guild_members_limited) == (False, True)


async def test_the_gateway_is_where_rest_says(rest: Rest, box: Sandbox) -> None:
    """A bot with an `api_base` of its own asks `/gateway/bot` for the way."""
    asked = (await rest("GET", "/gateway/bot")).body
    assert asked["url"] == (await rest("GET", "/gateway", token="")).body["url"] == box.discord.gateway_url
    assert asked["session_start_limit"]["max_concurrency"] == 1


async def test_a_guild_is_fetched(client: RecordingClient, home: Server) -> None:
    """With its roles, the managed one of the bot among them."""
    guild = await client.fetch_guild(home.id)
    assert [role.name for role in guild.roles] == ["@everyone", "Parley"]


async def test_a_member_is_fetched(client: RecordingClient, home: Server, alice: Person, rest: Rest) -> None:
    """A bot without the members' intent asks for the one it needs."""
    guild = await client.fetch_guild(home.id)
    assert (await guild.fetch_member(alice.id)).display_name == "Alice"
    assert (await rest("GET", f"/guilds/{home.id}/members/1")).body["code"] == 10007


async def test_commands_are_synced_globally_and_per_guild(client: RecordingClient, box: Sandbox, home: Server) -> None:
    """A bot syncs its tree at the start, for all or for one guild."""
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
    """Deployment tools work command by command."""
    base = f"/applications/{box.discord.application.id}/commands"
    made = await rest("POST", base, {"name": "one", "description": "first"})
    assert made.status == 201
    path = f"{base}/{made.body['id']}"
    assert (await rest("GET", path)).body["name"] == "one"
    assert (await rest("DELETE", path)).status == 204
    assert (await rest("GET", path)).body["code"] == 10063


async def test_a_bulk_overwrite_is_a_list(rest: Rest, box: Sandbox) -> None:
    """An object in its place is a bug of the client."""
    refused = await rest("PUT", f"/applications/{box.discord.application.id}/commands", {"name": "x"})
    assert refused.body["code"] == 50035
