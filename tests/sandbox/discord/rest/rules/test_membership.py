"""Tests of the members of threads."""

import discord

from bot.sandbox import Channel, Intent, Permission, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest


async def test_a_private_thread_appears_when_the_bot_is_added(
    client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A private thread is announced to the bot when it is added.

    (Discord's documentation, "Gaining Access to Private Threads")
    """
    thread = await alice.opens_thread(general, "secret", private=True)
    await alice.says(thread, "psst")
    await alice.adds_bot(thread)
    joined = await client.sees("thread_join", discord.Thread)
    assert joined.id == thread.id
    assert joined.me is not None
    assert not [one for one in client.all("message", discord.Message) if one.content == "psst"]


async def test_the_bot_joins_leaves_and_adds(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """The bot joins and leaves a thread, and adds others (Discord's documentation, Channel, "Join Thread")."""
    thread = await alice.opens_thread(general, "open")
    seen = await client.sees("thread_create", discord.Thread)
    await seen.join()
    assert [member.id for member in await seen.fetch_members()] == [alice.id, client.application_id]
    await seen.leave()
    await seen.add_user(discord.Object(box.discord.user("Bob").id))
    assert [member.id for member in await seen.fetch_members()] == [alice.id, box.discord.user("Bob").id]
    assert thread.thread is not None
    assert client.application_id not in thread.thread.joined


async def test_only_threads_have_thread_members(rest: Rest, general: Channel) -> None:
    """A request for the thread members of a text channel is refused (OpenAPI document, list_thread_members)."""
    assert (await rest("GET", f"/channels/{general.id}/thread-members")).status == 404


async def test_an_archived_thread_takes_no_members(rest: Rest, general: Channel, alice: Person, box: Sandbox) -> None:
    """A change of an archived thread's members is refused with 50083.

    (Discord's documentation, Channel, "Join Thread" and "Add Thread Member")
    """
    thread = await alice.opens_thread(general, "talk")
    box.discord.archives(thread)
    for method, who in (("PUT", "@me"), ("DELETE", "@me"), ("PUT", str(alice.id)), ("DELETE", str(alice.id))):
        assert (await rest(method, f"/channels/{thread.id}/thread-members/{who}")).body["code"] == 50083


async def test_members_are_told_and_looked_up(
    rest: Rest, home: Server, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A message tells of each member that another user adds or removes; removing needs a moderator.

    (Discord's documentation, Channel, "Remove Thread Member")
    """
    thread = await alice.opens_thread(general, "talk")
    bob, path = box.discord.user("Bob"), f"/channels/{thread.id}/thread-members"
    assert (await rest("GET", f"{path}/{bob.id}")).body["code"] == 10007
    assert (await rest("PUT", f"{path}/{bob.id}")).status == 204
    assert (await rest("GET", f"{path}/{bob.id}?with_member=true")).body["member"]["user"]["id"] == str(bob.id)
    assert (await rest("DELETE", f"{path}/{bob.id}")).body["code"] == 50013
    home.grants(home.bot_role, Permission.MANAGE_THREADS)
    assert (await rest("DELETE", f"{path}/{bob.id}")).status == 204
    told = (await rest("GET", f"/channels/{thread.id}/messages")).body[::-1]
    assert [(one["type"], one["mentions"][0]["id"]) for one in told] == [(1, str(bob.id)), (2, str(bob.id))]


async def test_the_list_of_members_needs_its_intent(rest: Rest, box: Sandbox, general: Channel, alice: Person) -> None:
    """The list of a thread's members is refused without the members' intent.

    (Discord's documentation, Channel, "List Thread Members")
    """
    thread = await alice.opens_thread(general, "talk")
    path = f"/channels/{thread.id}/thread-members"
    assert [one["user_id"] for one in (await rest("GET", path)).body] == [str(alice.id)]
    box.discord.application.privileged = Intent.MESSAGE_CONTENT
    assert (await rest("GET", path)).body["code"] == 50001


async def test_a_private_thread_may_be_closed_to_guests(
    rest: Rest, general: Channel, alice: Person, box: Sandbox
) -> None:
    """Only moderators add members to a private thread that is not `invitable`.

    (Discord's documentation, Channel, "Thread Metadata Structure")
    """
    thread = await alice.opens_thread(general, "secret", private=True)
    await alice.adds_bot(thread)
    assert thread.thread is not None
    path = f"/channels/{thread.id}/thread-members/{box.discord.user('Bob').id}"
    thread.thread.invitable = False
    assert (await rest("PUT", path)).body["code"] == 50013
    thread.thread.invitable = True
    assert (await rest("PUT", path)).status == 204


async def test_people_leave_threads(client: RecordingClient, general: Channel, alice: Person, box: Sandbox) -> None:
    """A person leaves a thread without a message about it (Discord's documentation, Threads, "New Message Types")."""
    del client
    thread = await alice.opens_thread(general, "talk")
    await alice.leaves(thread)
    assert thread.thread is not None
    assert (thread.thread.joined, box.discord.messages(thread)) == ({}, [])
