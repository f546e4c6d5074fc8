"""Tests of forums, whose posts are threads."""

import discord
import pytest

from bot.sandbox import Channel, Kind, Permission, Person, RefusedError, Sandbox, Server
from bot.sandbox.discord.world.channels import ChannelFlag
from tests.sandbox.clients import RecordingClient, Rest


@pytest.fixture
def forum(home: Server) -> Channel:
    """A forum with two tags."""
    return home.channel("help", kind=Kind.FORUM, tags=["bug", "idea"])


async def test_people_post_in_forums(client: RecordingClient, forum: Channel, alice: Person, rest: Rest) -> None:
    """A post is announced as a thread, then as its first message, which has the thread's id.

    (Discord's documentation, Threads, "Forums")
    """
    post = await alice.opens_post(forum, "It broke", "@Parley help", tags=["bug"])
    told = await client.sees("thread_create", discord.Thread)
    first = await client.sees("message", discord.Message)
    assert (told.id, first.id, first.channel.id, first.type) == (post.id, post.id, post.id, discord.MessageType.default)
    assert [tag.name for tag in told.applied_tags] == ["bug"]
    assert forum.last_message_id == post.id
    shown = (await rest("GET", f"/channels/{post.id}")).body
    assert (shown["message_count"], shown["parent_id"]) == (0, str(forum.id))


async def test_the_bot_posts_in_forums(client: RecordingClient, forum: Channel, box: Sandbox) -> None:
    """The bot opens a post and gets the thread and its message.

    (Discord's documentation, Channel, "Start Thread in Forum or Media Channel")
    """
    channel = await client.sees("guild_channel_create", discord.ForumChannel, lambda seen: seen.id == forum.id)
    made = await channel.create_thread(name="News", content="hello", applied_tags=[channel.available_tags[1]])
    assert made.message.id == made.thread.id
    (message,) = box.discord.messages(box.discord.world.channel(made.thread.id))
    assert message.content == "hello"


async def test_nothing_is_written_into_a_forum_itself(rest: Rest, home: Server, forum: Channel, alice: Person) -> None:
    """A message to a forum is refused with 40058, one to a category with 50008.

    (Discord's documentation, "JSON Error Codes")
    """
    assert (await rest("POST", f"/channels/{forum.id}/messages", {"content": "x"})).body["code"] == 40058
    category = home.category("Staff")
    assert (await rest("POST", f"/channels/{category.id}/messages", {"content": "x"})).body["code"] == 50008
    with pytest.raises(RefusedError, match="forum channel"):
        await alice.says(forum, "x")


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"name": "x"}, {"message": "BASE_TYPE_REQUIRED"}),
        ({"message": {"content": "x"}}, {"name": "BASE_TYPE_REQUIRED"}),
        ({"name": "x", "message": {"content": "x" * 2001}}, {"message.content": "BASE_TYPE_MAX_LENGTH"}),
        (
            {"name": "x", "message": {"content": "x"}, "applied_tags": ["1"] * 6},
            {"applied_tags": "BASE_TYPE_BAD_LENGTH"},
        ),
    ],
)
async def test_posts_are_checked(rest: Rest, forum: Channel, body: object, faults: dict[str, str]) -> None:
    """A post without a title or a message is refused (OpenAPI document, CreateForumThreadRequest)."""
    refused = await rest("POST", f"/channels/{forum.id}/threads", body)
    assert faults.items() <= refused.faults.items()


async def test_a_post_without_a_message_leaves_no_thread(
    rest: Rest, forum: Channel, box: Sandbox, home: Server
) -> None:
    """A post with an empty message is refused and opens no thread (Discord's documentation, "JSON Error Codes")."""
    refused = await rest("POST", f"/channels/{forum.id}/threads", {"name": "x", "message": {"content": " "}})
    assert refused.body["code"] == 50006
    assert box.discord.world.threads_of(home.guild) == []


async def test_tags_may_be_demanded_or_moderated(rest: Rest, home: Server, forum: Channel, alice: Person) -> None:
    """A post without a required tag, with an unknown one, or with a moderated one is refused.

    (Discord's documentation, Threads, "Forum and Media Channel Fields", "JSON Error Codes")
    """
    forum.flags = ChannelFlag.REQUIRE_TAG
    body = {"name": "x", "message": {"content": "x"}}
    path = f"/channels/{forum.id}/threads"
    assert (await rest("POST", path, body)).body["code"] == 40067
    assert (await rest("POST", path, body | {"applied_tags": ["1"]})).body["code"] == 10087
    with pytest.raises(RefusedError, match="tag is required"):
        await alice.opens_post(forum, "x", "x")
    with pytest.raises(RefusedError, match="it has \\['bug', 'idea'\\]"):
        await alice.opens_post(forum, "x", "x", tags=["other"])
    home.grants(home.bot_role, Permission.MANAGE_CHANNELS)
    tag = {"name": "staff", "moderated": True}
    made = (await rest("PATCH", f"/channels/{forum.id}", {"available_tags": [tag]})).body["available_tags"]
    refused = await rest("POST", path, body | {"applied_tags": [made[0]["id"]]})
    assert refused.body["code"] == 50013
    assert (await rest("PATCH", f"/channels/{forum.id}", {"available_tags": [tag, tag]})).body["code"] == 40061


async def test_posting_needs_the_right_to_write(rest: Rest, home: Server, forum: Channel, alice: Person) -> None:
    """A post needs SEND_MESSAGES, and no permission to open threads.

    (Discord's documentation, Threads, "Creating Threads in Forum and Media Channels")
    """
    body = {"name": "x", "message": {"content": "x"}}
    home.permits(forum, deny={home.everyone: Permission.CREATE_PUBLIC_THREADS})
    assert (await rest("POST", f"/channels/{forum.id}/threads", body)).status == 201
    home.permits(forum, deny={home.everyone: Permission.SEND_MESSAGES})
    assert (await rest("POST", f"/channels/{forum.id}/threads", body)).body["code"] == 50013
    with pytest.raises(RefusedError, match="SEND_MESSAGES"):
        await alice.opens_post(forum, "x", "x")


async def test_a_pinned_post_stays_open(rest: Rest, home: Server, forum: Channel, alice: Person, box: Sandbox) -> None:
    """A pinned post is not archived for idleness; archiving unpins it.

    (Discord's documentation, Threads, "Forum ... Thread Fields")
    """
    post = await alice.opens_post(forum, "Rules", "Be kind")
    home.grants(home.bot_role, Permission.MANAGE_THREADS)
    assert (await rest("PATCH", f"/channels/{post.id}", {"flags": 2})).body["flags"] == 2
    box.clock.moves(seconds=48 * 3600)
    assert post.thread is not None
    assert not post.thread.archived
    assert (await rest("PATCH", f"/channels/{post.id}", {"archived": True})).body["flags"] == 0


async def test_tags_of_a_post_are_changed(rest: Rest, home: Server, forum: Channel, alice: Person) -> None:
    """A moderator changes the tags of another's post; other bots are refused.

    (Discord's documentation, Channel, "JSON Params (Thread)", `applied_tags`)
    """
    post = await alice.opens_post(forum, "It broke", "help")
    tags = [str(tag.id) for tag in forum.tags]
    path = f"/channels/{post.id}"
    assert (await rest("PATCH", path, {"applied_tags": tags})).body["code"] == 50013
    home.grants(home.bot_role, Permission.MANAGE_THREADS)
    assert (await rest("PATCH", path, {"applied_tags": tags})).body["applied_tags"] == tags
