"""Tests of the users and roles that a message pings."""

import discord
import pytest

from bot.sandbox import Channel, Permission, Person, Sandbox, Server
from bot.sandbox.discord.forms.messages import AllowedMentions
from bot.sandbox.discord.rest.rules.mentions import find_mentions
from bot.sandbox.wire import Json
from tests.sandbox.clients import RecordingClient, Reply, Rest

NOBODY = discord.AllowedMentions.none()


async def test_allowed_mentions_decide_who_is_pinged(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """A message pings only those whom its allowed mentions name (Discord's documentation, "Allowed Mentions Object")."""
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
    """A reply pings its author only if it is told to.

    (Discord's documentation, "Allowed Mentions Object", `replied_user`)
    """
    await alice.says(general, "hello")
    heard = await client.sees("message", discord.Message)
    reply = await heard.reply("hi", mention_author=pings)
    assert [user.id for user in reply.mentions] == ([alice.id] if pings else [])


async def test_mentions_in_code_ping_nobody(client: RecordingClient, general: Channel, alice: Person) -> None:
    """A mention in code pings nobody (Discord's documentation, Reference, "Message Formatting": as the client shows it)."""
    await alice.says(general, "`@Parley` and ```\n@Parley @everyone\n```")
    heard = await client.sees("message", discord.Message)
    assert heard.mentions == []
    assert not heard.mention_everyone


async def test_everyone_needs_the_permission(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A mention of everyone counts only with MENTION_EVERYONE.

    (Discord's documentation, "Bitwise Permission Flags", MENTION_EVERYONE)
    """
    await alice.says(general, "@everyone look")
    home.permits(general, deny={home.everyone: Permission.MENTION_EVERYONE})
    await alice.says(general, "@here look")
    await client.sees("message", discord.Message, lambda one: "@here" in one.content)
    assert [one.mention_everyone for one in client.all("message", discord.Message)] == [True, False]


async def test_roles_are_pinged_if_mentionable_or_allowed(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A mention of a role counts if the role is mentionable (Discord's documentation, "Role Structure", `mentionable`)."""
    home.permits(general, deny={home.everyone: Permission.MENTION_EVERYONE})
    closed, opened = home.role("closed"), home.role("opened", mentionable=True)
    await alice.says(general, "@closed @opened")
    heard = await client.sees("message", discord.Message)
    assert [role.id for role in heard.role_mentions] == [opened.id]
    assert closed.mention in heard.content


async def test_the_managed_role_can_be_mentioned(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A mention of the bot's managed role counts (measured)."""
    await alice.says(general, f"{home.bot_role.mention} hello")
    heard = await client.sees("message", discord.Message)
    assert [role.id for role in heard.role_mentions] == [home.bot_role.id]


NOBODY_BY_FORM: list[dict[str, object]] = [{}, {"parse": []}, {"parse": None}, {"parse": ["roles"]}, {"users": []}]


def pinged(reply: Reply) -> list[str]:
    """Return the ids of the users that a message pings."""
    return [user["id"] for user in reply.body["mentions"]]


@pytest.mark.parametrize("allowed", NOBODY_BY_FORM)
async def test_what_is_not_allowed_is_not_pinged(rest: Rest, general: Channel, alice: Person, allowed: object) -> None:
    """A user whom the allowed mentions do not name is not pinged (Discord's documentation, "Allowed Mentions Examples")."""
    path = f"/channels/{general.id}/messages"
    assert pinged(await rest("POST", path, {"content": alice.mention, "allowed_mentions": allowed})) == []


@pytest.mark.parametrize("allowed", [None, {"parse": ["users"]}, {"parse": ["users"], "users": []}, "listed"])
async def test_what_is_allowed_is_pinged(rest: Rest, general: Channel, alice: Person, allowed: object) -> None:
    """A user whom the allowed mentions name is pinged (Discord's documentation, "Allowed Mentions Examples")."""
    asked = {"users": [str(alice.id), "5"]} if allowed == "listed" else allowed
    path = f"/channels/{general.id}/messages"
    assert pinged(await rest("POST", path, {"content": alice.mention, "allowed_mentions": asked})) == [str(alice.id)]


async def test_an_edit_of_the_text_pings_as_if_it_were_new(rest: Rest, general: Channel, alice: Person) -> None:
    """An edit of the text decides anew who is mentioned ("Edit Message")."""
    path = f"/channels/{general.id}/messages"
    body: dict[str, object] = {"allowed_mentions": {"parse": []}}
    sent = await rest("POST", path, body | {"content": alice.mention})
    one = f"{path}/{sent.body['id']}"
    assert pinged(sent) == []
    assert pinged(await rest("PATCH", one, {"embeds": [{"title": "t"}]})) == []
    assert pinged(await rest("PATCH", one, {"content": f"{alice.mention} again"})) == [str(alice.id)]
    assert pinged(await rest("PATCH", one, body | {"content": f"{alice.mention} quiet"})) == []


async def test_an_edit_without_text_leaves_the_mentions(rest: Rest, general: Channel, alice: Person) -> None:
    """An edit without text leaves the mentions as they were ("Edit Message")."""
    path = f"/channels/{general.id}/messages"
    sent = await rest("POST", path, {"content": alice.mention})
    assert pinged(await rest("PATCH", f"{path}/{sent.body['id']}", {"components": []})) == [str(alice.id)]


async def test_a_response_pings_users_only(
    client: RecordingClient, general: Channel, alice: Person, home: Server, box: Sandbox
) -> None:
    """A response to an interaction pings users alone by default ("Default Settings for Allowed Mentions")."""
    everybody = home.role("all", mentionable=True)
    home.grants(home.bot_role, Permission.MENTION_EVERYONE)
    tree = discord.app_commands.CommandTree(client)

    @tree.command(description="call all")
    async def call(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"@everyone {everybody.mention} {alice.mention}")

    await tree.sync()
    mentions = (await alice.runs("call", general)).message.mentions
    assert ([user.id for user in mentions.users], mentions.roles, mentions.everyone) == ([alice.id], (), False)
    await client.get_partial_messageable(general.id).send(f"@everyone {everybody.mention}")
    plain = box.discord.messages(general)[-1].mentions
    assert (plain.roles, plain.everyone) == ((everybody,), True)


async def test_a_reply_names_its_author_only_if_told(rest: Rest, general: Channel, alice: Person) -> None:
    """A reply with allowed mentions pings the author only with `replied_user` ("Allowed Mentions", `replied_user`)."""
    said = await alice.says(general, "hello")
    path = f"/channels/{general.id}/messages"
    body: dict[str, object] = {"content": "hi", "message_reference": {"message_id": str(said.id)}}
    assert pinged(await rest("POST", path, body)) == [str(alice.id)]
    assert pinged(await rest("POST", path, body | {"allowed_mentions": {"parse": ["users"]}})) == []
    assert pinged(await rest("POST", path, body | {"allowed_mentions": {"replied_user": True}})) == [str(alice.id)]


@pytest.mark.parametrize("mark", ["<@{}>", "<@!{}>", "<@&{}>"])
async def test_digits_without_end_are_no_mention(box: Sandbox, general: Channel, alice: Person, mark: str) -> None:
    """A mention with thousands of digits pings nobody and breaks nothing.

    (documentation, Reference, "Snowflakes": 64 bits)
    """
    said = await alice.says(general, "hello")
    found = find_mentions(box.discord.world, said, [mark.format("9" * 4400)], AllowedMentions())
    assert (found.users, found.roles) == ((), ())


async def test_texts_of_components_ping_as_content_does(rest: Rest, general: Channel, alice: Person) -> None:
    """The texts of components ping as the content does (Discord's documentation, "Text Display")."""
    path = f"/channels/{general.id}/messages"
    shown: Json = {
        "type": 17,
        "components": [{"type": 10, "content": f"{alice.mention} `"}, {"type": 10, "content": "` hello"}],
    }
    sent = (await rest("POST", path, {"flags": 1 << 15, "components": [shown]})).body
    assert [user["id"] for user in sent["mentions"]] == [str(alice.id)]
    quiet: Json = {"flags": 1 << 15, "components": [shown], "allowed_mentions": {"parse": []}}
    assert (await rest("POST", path, quiet)).body["mentions"] == []
    edited = await rest("PATCH", f"{path}/{sent['id']}", {"components": [{"type": 10, "content": "nobody"}]})
    assert edited.body["mentions"] == []
