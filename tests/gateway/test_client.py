"""The client: what it keeps, and how it leaves."""

import asyncio

import discord
import pytest

from bot.gateway.discord_internals import set_gateway
from tests.gateway.conftest import SECONDS, Town


async def test_a_gateway_that_is_not_there_at_the_start_is_waited_for(town: Town) -> None:
    """A bot that starts before its network is up connects as soon as the gateway can be reached."""
    set_gateway("ws://127.0.0.1:9")
    async with town.online():
        await asyncio.sleep(0.2)
        set_gateway(town.box.discord.gateway_url)
        await town.box.bot.connected()


async def test_a_client_that_is_closed_at_once_closes_quietly(town: Town) -> None:
    """A client that is closed as soon as it is connected fails in no task, though discord.py's "ready" comes later."""
    failed: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
    async with town.online():
        await town.box.bot.connected()
        async with asyncio.timeout(SECONDS):
            while not (late := [task for task in asyncio.all_tasks() if "_delay_ready" in repr(task)]):  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(0.01)
    await asyncio.wait(late, timeout=30)
    assert len(late) == 1
    assert (late[0].exception(), failed) == (None, [])


async def test_an_event_that_no_handler_can_deal_with_is_one_line(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """A handler that fails on what Discord sent is named in one line, with the error and without people's text."""

    async def on_message(_: discord.Message) -> None:
        raise TypeError("hello, says Alice")

    town.client.add_listener(on_message)
    async with town.online():
        await town.box.bot.connected()
        await town.hears("hello")
    lines = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert lines == ["on_message: an event of Discord's is skipped (TypeError)"]


async def test_nothing_is_cached_that_grows_with_the_servers(town: Town) -> None:
    """The client keeps no messages, and no members but the bot itself."""
    async with town.online():
        await town.box.bot.connected()
        await town.hears("hello")
        assert list(town.client.cached_messages) == []
        assert [member.id for member in town.client.guilds[0].members] == [town.box.bot.id]


async def test_edits_of_its_own_messages_are_not_dispatched(town: Town) -> None:
    """The client dispatches edits of people's messages, and none of its own."""
    edited: list[str] = []

    async def on_raw_message_edit(payload: discord.RawMessageUpdateEvent) -> None:
        edited.append(payload.message.content)

    town.client.add_listener(on_raw_message_edit)
    async with town.online():
        await town.box.bot.connected()
        question = await town.alice.says(town.general, "@Parley one")
        answer = await town.client.get_partial_messageable(town.general.id).send("two")
        await answer.edit(content="three")
        await town.alice.edits(question, "@Parley four")
        await town.hears("five")
    assert edited == [f"{town.box.bot.mention} four"]
