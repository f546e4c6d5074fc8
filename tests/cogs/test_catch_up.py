"""Catching up with what was missed, with a client of ours on the sandbox."""

import asyncio

import discord
import pytest
from pydantic import SecretStr

from bot.chat.places import Place, PlaceKind
from bot.chat.recently import Recently
from bot.cogs.catch_up import CatchUp
from bot.cogs.mention import Mentions
from bot.cogs.receive import Receiver
from bot.cogs.unprompted import Unprompted
from bot.config import AccessSettings, ChatSettings, Current, DiscordSettings, RecoverySettings
from bot.gateway.client import ParleyClient
from bot.gateway.clock import DiscordClock
from bot.gateway.hindrances import KnownHindrances
from bot.gateway.login import logged_in
from bot.gateway.thread_opening import ThreadOpening
from bot.intake.rendering import DiscordIntake
from bot.reply.nonce import Nonces
from bot.sandbox.discord.rest.calls import Call
from tests.chat.house import House
from tests.heartbeats import heartbeats_ended
from tests.truth.watch import Watch

RECOVERY = Current(RecoverySettings())


async def nothing(message: discord.Message) -> None:
    """Do nothing with a missed message."""


@pytest.mark.parametrize("in_thread", [True, False])
async def test_a_place_of_a_server_that_discord_has_not_told_of_yet_is_waited_for(
    watch: Watch, *, in_thread: bool
) -> None:
    """A question in an archived thread or a channel is received although its server is told of only after the connect."""
    async with watch.sandbox() as box:
        alice, general = box.discord.user("Alice"), box.discord.guild("Home").channel("general")
        place = await alice.opens_thread(general, "topic") if in_thread else general
        before = await alice.says(place, "good morning")
        question = await alice.says(place, "@Parley hello")
        house = House()
        house.state.seen[place.id] = before.id
        house.state.places[place.id] = Place(place.id, PlaceKind.THREAD, "topic", 1)
        settings = DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)
        async with logged_in(settings) as client:
            clock = DiscordClock()
            receiver = Receiver(
                client,
                house.chat,
                DiscordIntake(client, Current(ChatSettings())),
                Current(AccessSettings()),
                clock,
                hindrances=KnownHindrances(client, clock),
                unprompted=Unprompted(client, Current(DiscordSettings()), Recently(), house.choosing),
                opening=ThreadOpening(client),
            )
            catch_up = CatchUp(
                client, house.store.seen, house.store.facts, receiver.receive, clock=clock, recovery=RECOVERY
            )
            await catch_up.load()
            nonces = await Nonces.loaded(house.store.facts, "a file")
            await client.add_cog(Mentions(client, receiver, catch_up, nonces, clock))
            await catch_up.on_connect()
            await box.until(lambda: any(call.path.endswith(f"/channels/{place.id}") for call in box.discord.calls))
            serving = asyncio.create_task(client.serve())
            async with asyncio.timeout(30):
                while not house.state.questions:  # noqa: ASYNC110 -- nothing tells of it
                    await asyncio.sleep(0.05)
            assert [one.key for one in house.state.questions.values()] == [question.id]
            await client.close()
            await serving
            await heartbeats_ended()


async def test_a_look_that_the_end_breaks_off_is_no_failure(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    """A look at what was missed that is under way when the bot ends is left without a word in the log."""
    async with watch.sandbox() as box:
        alice, general = box.discord.user("Alice"), box.discord.guild("Home").channel("general")
        before = await alice.says(general, "hello")
        box.clock.moves(seconds=1)  # what was said in the millisecond in which the bot joined is not for it
        await alice.says(general, "@Parley hello")
        arrived = asyncio.Event()

        def arrives(_: Call) -> bool:
            arrived.set()
            return True

        box.discord.delays("GET", "/channels/{channel_id}/messages", 60, when=arrives)
        house = House()
        house.state.seen[general.id] = before.id
        settings = DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)
        async with logged_in(settings) as client:
            clock = DiscordClock()
            receiver = Receiver(
                client,
                house.chat,
                DiscordIntake(client, Current(ChatSettings())),
                Current(AccessSettings()),
                clock,
                hindrances=KnownHindrances(client, clock),
                unprompted=Unprompted(client, Current(DiscordSettings()), Recently(), house.choosing),
                opening=ThreadOpening(client),
            )
            catch_up = CatchUp(
                client, house.store.seen, house.store.facts, receiver.receive, clock=clock, recovery=RECOVERY
            )
            await catch_up.load()
            await client.add_cog(catch_up)
            serving = asyncio.create_task(client.serve())
            await asyncio.wait_for(arrived.wait(), 30)
            looking = [task for task in asyncio.all_tasks() if task.get_name() == f"missed {general.id}"]
            await client.close()
            await serving
            await asyncio.wait(looking, timeout=30)
            await heartbeats_ended()
    assert [record.getMessage() for record in caplog.records if record.name.startswith("bot")] == []
    assert [task.done() for task in looking] == [True]


async def test_an_id_that_the_store_cannot_hold_keeps_no_other_from_it() -> None:
    """Ids beyond 63 bits are not recorded, and the newest message of another place is stored beside them."""
    house = House()
    async with ParleyClient() as client:
        catch_up = CatchUp(
            client, house.store.seen, house.store.facts, nothing, clock=DiscordClock(), recovery=RECOVERY
        )
        for place_id, message_id in ((2**63, 1), (1, 2**63), (5, 6)):
            catch_up.saw(place_id, message_id, untold=True)
        remembering = asyncio.create_task(catch_up.remember())
        await asyncio.sleep(0)
        remembering.cancel()
        await asyncio.wait({remembering})
    assert house.state.seen == {5: 6}
