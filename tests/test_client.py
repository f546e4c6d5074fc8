"""The client that waits for its gateway at the start, and that is closed at once."""

import asyncio

import yarl
from discord.gateway import DiscordWebSocket
from pydantic import SecretStr

from bot.client import logged_in
from bot.config import DiscordSettings
from tests.truth.watch import Watch


async def test_a_gateway_that_is_not_there_at_the_start_is_waited_for(watch: Watch) -> None:
    """A client whose gateway cannot be reached at the start connects as soon as it can."""
    async with watch.sandbox() as box:
        settings = DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)
        async with logged_in(settings) as client:
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL("ws://127.0.0.1:9")
            serving = asyncio.create_task(client.serve())
            await asyncio.sleep(0.2)
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(box.discord.gateway_url)
            await box.bot.connected(10)
            await client.close()
            await asyncio.wait_for(serving, 5)


async def test_who_leaves_at_once_leaves_quietly(watch: Watch) -> None:
    """A client that is closed a moment after it connected leaves no task that failed."""
    failed: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
    async with watch.sandbox() as box:
        box.discord.guild("Home")
        settings = DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)
        async with logged_in(settings) as client:
            serving = asyncio.create_task(client.serve())
            await box.bot.connected(10)
            await asyncio.sleep(0.2)
            await client.close()
            await asyncio.wait_for(serving, 5)
            late = [task for task in asyncio.all_tasks() if "_delay_ready" in repr(task)]
            await asyncio.wait(late, timeout=5)
    assert len(late) == 1
    assert (late[0].exception(), failed) == (None, [])
