"""Authors of what is forwarded are looked up at Discord, within bounds, and remembered."""

import discord

from bot.intake.forwards import Forwards
from bot.sandbox import Message
from tests.intake.conftest import Town


async def delivered(town: Town, message: Message) -> discord.Message:
    """A message as Discord delivers it."""
    return await town.client.get_partial_messageable(message.channel.id).fetch_message(message.id)


async def test_no_more_than_fifty_are_looked_up_at_once(town: Town) -> None:
    """Of sixty forwards the last ten are not known at first; the next look-up asks for these alone."""
    bob, forwards = town.box.discord.user("Bob"), Forwards(town.client)
    said = [await bob.says(town.general, f"tea {number}") for number in range(60)]
    messages = [await delivered(town, await town.alice.forwards(one, to=town.general)) for one in said]
    assert await forwards.look_up(messages) == messages[50:]
    assert [forwards.author_of(one.id) for one in messages] == [bob.id] * 50 + [None] * 10
    town.box.discord.calls.clear()
    assert await forwards.look_up(messages) == []
    assert len(town.box.discord.calls) == 10
    assert {forwards.author_of(one.id) for one in (*messages, *said)} == {bob.id}
    assert forwards.author_of(None) is None


async def test_a_forward_that_names_no_message_is_nobodys(town: Town) -> None:
    """A message with a snapshot and no reference to an original is no failure, and has no author that is known."""
    said = await town.box.discord.user("Bob").says(town.general, "tea")
    message = await delivered(town, await town.alice.forwards(said, to=town.general))
    message.reference = None
    forwards = Forwards(town.client)
    assert await forwards.look_up([message]) == []
    assert forwards.author_of(message.id) is None
