"""The display, with a client of ours on the sandbox."""

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
