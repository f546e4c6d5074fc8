"""Tests of the routes of the application, its guilds and its gateway, by discord.py."""

import discord

from bot.sandbox import Intent, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest


async def test_the_application_tells_whether_it_is_public(client: RecordingClient, box: Sandbox) -> None:
    """The application tells whether anybody may invite the bot.

    (Discord's documentation, "Application Structure", `bot_public`)
    """
    assert (await client.application_info()).bot_public
    box.discord.application.bot_public = False
    assert not (await client.application_info()).bot_public


async def test_the_flags_tell_which_intents_are_on(client: RecordingClient, box: Sandbox) -> None:
    """The application's flags tell which privileged intents are on (Discord's documentation, "Application Flags")."""
    assert (await client.application_info()).flags.gateway_message_content_limited
    box.discord.application.privileged = Intent.GUILD_MEMBERS
    flags = (await client.application_info()).flags
    assert (flags.gateway_message_content_limited, flags.gateway_guild_members_limited) == (False, True)


async def test_the_gateway_is_where_rest_says(rest: Rest, box: Sandbox) -> None:
    """`/gateway` and `/gateway/bot` return the address of the gateway (Discord's documentation, "Get Gateway Bot")."""
    asked = (await rest("GET", "/gateway/bot")).body
    assert asked["url"] == (await rest("GET", "/gateway", token="")).body["url"] == box.discord.gateway_url
    assert asked["session_start_limit"]["max_concurrency"] == 1


async def test_a_guild_is_fetched(client: RecordingClient, home: Server) -> None:
    """A guild is fetched with its roles, the managed one of the bot included (Discord's documentation, "Get Guild")."""
    guild = await client.fetch_guild(home.id)
    assert [role.name for role in guild.roles] == ["@everyone", "Parley"]


async def test_a_member_is_fetched(client: RecordingClient, home: Server, alice: Person, rest: Rest) -> None:
    """A member is fetched by id; an unknown one is 10007 (Discord's documentation, "Get Guild Member")."""
    guild = await client.fetch_guild(home.id)
    assert (await guild.fetch_member(alice.id)).display_name == "Alice"
    assert (await rest("GET", f"/guilds/{home.id}/members/1")).body["code"] == 10007


async def test_the_bots_guilds_are_listed(client: RecordingClient, box: Sandbox, home: Server) -> None:
    """The list of guilds has those of the bot, in pages (OpenAPI document, list_my_guilds)."""
    other = box.discord.guild("Other")
    box.discord.guild("Without the bot", with_bot=False)
    listed = [guild async for guild in client.fetch_guilds()]
    assert [(guild.id, guild.name) for guild in listed] == [(home.id, "Home"), (other.id, "Other")]
    assert listed[0].approximate_member_count == len(home.guild.members)
    assert [guild.id async for guild in client.fetch_guilds(limit=1, after=discord.Object(home.id))] == [other.id]
    assert [guild.id async for guild in client.fetch_guilds(before=discord.Object(other.id))] == [home.id]


async def test_a_guilds_roles_are_listed(client: RecordingClient, home: Server) -> None:
    """A guild's roles are listed (OpenAPI document, list_guild_roles)."""
    home.role("mods")
    guild = await client.fetch_guild(home.id)
    assert [role.name for role in await guild.fetch_roles()] == ["@everyone", "Parley", "mods"]


async def test_the_gateway_says_how_many_shards_it_wants(rest: Rest, box: Sandbox, home: Server) -> None:
    """`/gateway/bot` tells the number of shards and how many may identify at once.

    (Discord's documentation, "Get Gateway Bot" and "Session Start Limit Structure")
    """
    del home
    box.discord.guild("Second")
    box.discord.guild("Third")
    box.discord.guild("Without the bot", with_bot=False)
    box.discord.gateway.max_guilds, box.discord.gateway.max_concurrency = 2, 16
    asked = (await rest("GET", "/gateway/bot")).body
    assert (asked["shards"], asked["session_start_limit"]["max_concurrency"]) == (2, 16)


async def test_a_team_may_own_the_application(client: RecordingClient, box: Sandbox) -> None:
    """A team's application names the team with its owner and members; the bot can write to the owner."""
    home = box.discord.guild("Home")
    alice, bob = box.discord.user("Alice"), box.discord.user("Bob")
    assert home.guild.owner.id == box.discord.owner.id == (await client.application_info()).owner.id
    box.discord.gives_to_team("Crew", alice, bob)
    application = await client.application_info()
    assert application.team is not None
    assert (application.team.name, application.team.owner_id) == ("Crew", alice.id)
    assert application.owner.id == application.team.id
    assert [(member.id, member.role.value) for member in application.team.members] == [
        (alice.id, "admin"),
        (bob.id, "developer"),
    ]
    channel = await client.create_dm(discord.Object(alice.id))
    await channel.send("hello")
    assert [message.content for message in box.discord.messages(await box.discord.owner.dm())] == ["hello"]
