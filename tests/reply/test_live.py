"""The display, with a client of ours on the sandbox."""

from datetime import timedelta

import discord
from pydantic import SecretStr

from bot.chat.ports import Target
from bot.client import logged_in
from bot.config import DiscordSettings
from bot.reply.live import DiscordDisplay
from bot.reply.pace import Pace
from bot.sandbox.discord.messages import Message
from tests.truth.watch import Watch


async def test_a_notice_between_two_parts_hides_none(watch: Watch) -> None:
    """After a crash, the part below a notice to somebody else would stay on Discord as nobody's."""
    async with watch.sandbox() as box:
        general = box.discord.guild("Home").channel("general")
        alice = box.discord.user("Alice")
        settings = DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)
        async with logged_in(settings) as client:
            channel = client.get_partial_messageable(general.id)

            async def reply(text: str, to: Message) -> int:
                return (await channel.send(text, reference=channel.get_partial_message(to.id))).id

            first, second = [await alice.says(general, text) for text in ("one", "two")]
            begun = await reply("part 1", first)
            await reply("-# Please wait a minute.", second)
            below = (await channel.send("part 2")).id
            await reply("an answer", second)
            await channel.send("part 2 of that")
            found = await DiscordDisplay(client, Pace(), 4).found(Target(general.id, first.id, alice.id), [begun])
            assert found == [begun, below]


async def test_an_old_answer_is_written_anew_in_one_edit(watch: Watch) -> None:
    """Discord lets old messages be edited a few times in 20 seconds only: the last edit would wait for so long."""
    async with watch.sandbox() as box:
        general = box.discord.guild("Home").channel("general")
        alice = box.discord.user("Alice")
        settings = DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)

        async def nothing(*_: int) -> None:
            """Keep nothing."""

        async with logged_in(settings) as client:
            asked = await alice.says(general, "one")
            part = (await client.get_partial_messageable(general.id).send("failed")).id
            display = DiscordDisplay(client, Pace(), 4, lambda: discord.utils.utcnow() + timedelta(hours=2))
            async with display.open(Target(general.id, asked.id, alice.id), [part], nothing, nothing) as showing:
                showing.show("An answer")
                await box.until(lambda: any("typing" in call.path for call in box.discord.calls))
                assert not any(call.method == "PATCH" for call in box.discord.calls)
                await showing.finish("An answer as a whole.")
        assert [message.content for message in box.discord.messages(general)] == ["one", "An answer as a whole."]
        assert sum(call.method == "PATCH" for call in box.discord.calls) == 1
