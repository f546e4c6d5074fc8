"""Looks at what was missed, with a client of ours on the sandbox."""

import asyncio

from pydantic import SecretStr

from bot.chat.turns import Place, PlaceKind
from bot.client import logged_in
from bot.cogs.mention import Mentions
from bot.cogs.missed import Missed
from bot.config import AccessSettings, DiscordSettings
from tests.chat.house import House
from tests.truth.watch import Watch


async def test_a_thread_of_a_server_that_discord_has_not_told_of_yet_is_waited_for(watch: Watch) -> None:
    """Large servers come seconds after the greeting; a question in an archived thread would be looked at too early, and lost."""
    async with watch.sandbox() as box:
        alice, general = box.discord.user("Alice"), box.discord.guild("Home").channel("general")
        thread = await alice.opens_thread(general, "topic")
        question = await alice.says(thread, "@Parley hello")
        house = House()
        house.store.newest_seen[thread.id] = thread.id
        settings = DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)
        async with logged_in(settings) as client:
            house.store.places[thread.id] = Place(thread.id, PlaceKind.THREAD, "topic", 1)
            missed = Missed(client, house.store)
            await missed.load()
            await client.add_cog(Mentions(client, house.chat, AccessSettings(), missed))
            await missed.on_connect()
            await box.until(lambda: any(call.path.endswith(f"/channels/{thread.id}") for call in box.discord.calls))
            serving = asyncio.create_task(client.serve())
            async with asyncio.timeout(10):
                while not house.store.questions:  # noqa: ASYNC110 -- nothing tells of it
                    await asyncio.sleep(0.05)
            assert [one.message_id for one in house.store.questions.values()] == [question.id]
            await client.close()
            await serving
