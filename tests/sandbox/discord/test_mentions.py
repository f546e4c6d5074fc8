"""Whom a message pings."""

import discord
import pytest

from bot.sandbox import Channel, Permission, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient

NOBODY = discord.AllowedMentions.none()


async def test_allowed_mentions_decide_who_is_pinged(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """A model that writes `<@id>` could ping anybody."""
    bob = box.discord.user("Bob")
    channel = client.get_partial_messageable(general.id)
    text = f"{alice.mention} and {bob.mention}"
    assert (await channel.send(text, allowed_mentions=NOBODY)).mentions == []
    only_bob = discord.AllowedMentions(users=[discord.Object(bob.id)], everyone=False, roles=False)
    assert [user.id for user in (await channel.send(text, allowed_mentions=only_bob)).mentions] == [bob.id]
    assert len((await channel.send(text)).mentions) == 2


@pytest.mark.parametrize("pings", [True, False])
async def test_a_reply_pings_as_it_is_told(
    client: RecordingClient, general: Channel, alice: Person, *, pings: bool
) -> None:
    """A bot would ring at every answer, or never."""
    await alice.says(general, "hello")
    heard = await client.sees("message", discord.Message)
    reply = await heard.reply("hi", mention_author=pings)
    assert [user.id for user in reply.mentions] == ([alice.id] if pings else [])


async def test_mentions_in_code_ping_nobody(client: RecordingClient, general: Channel, alice: Person) -> None:
    """Whoever quotes a mention in code does not call."""
    await alice.says(general, "`@Parley` and ```\n@Parley @everyone\n```")
    heard = await client.sees("message", discord.Message)
    assert heard.mentions == []
    assert not heard.mention_everyone


async def test_everyone_needs_the_permission(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A bot that ignores @everyone must not be tested with one that did not count anyway."""
    await alice.says(general, "@everyone look")
    home.permits(general, deny={home.everyone: Permission.MENTION_EVERYONE})
    await alice.says(general, "@here look")
    await client.sees("message", discord.Message, lambda one: "@here" in one.content)
    assert [one.mention_everyone for one in client.all("message", discord.Message)] == [True, False]


async def test_roles_are_pinged_if_mentionable_or_allowed(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A bot that answers to its role would answer to people who cannot ping it."""
    home.permits(general, deny={home.everyone: Permission.MENTION_EVERYONE})
    closed, opened = home.role("closed"), home.role("opened", mentionable=True)
    await alice.says(general, "@closed @opened")
    heard = await client.sees("message", discord.Message)
    assert [role.id for role in heard.role_mentions] == [opened.id]
    assert closed.mention in heard.content


async def test_the_managed_role_can_be_mentioned(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """Clients complete `@Parley` to the bot's role as often as to its user."""
    await alice.says(general, f"{home.bot_role.mention} hello")
    heard = await client.sees("message", discord.Message)
    assert [role.id for role in heard.role_mentions] == [home.bot_role.id]
