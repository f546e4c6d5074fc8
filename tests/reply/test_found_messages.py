"""The display finds the messages of an answer that a crash left."""

import pytest

from bot.chat.appearance import AnswerMessage, Messages, MessageState
from bot.sandbox.discord.world.messages import Message
from tests.reply.conftest import Town


async def test_messages_of_an_answer_are_found_behind_a_notice_to_another(town: Town) -> None:
    """The search finds replies to the question and what follows them, and nothing that answers another question."""
    channel = town.client.get_partial_messageable(town.general.id)

    async def reply(text: str, to: Message) -> int:
        return (await channel.send(text, reference=channel.get_partial_message(to.id))).id

    first, second = [await town.alice.says(town.general, text) for text in ("one", "two")]
    begun = await reply("message 1", first)
    await reply("-# Please wait a minute.", second)
    below = (await channel.send("message 2")).id
    await reply("an answer", second)
    await channel.send("message 2 of that")
    find = town.display.find
    assert await find(town.target(first), Messages(), 0, "") == [begun, below]
    assert await find(town.target(first), Messages((AnswerMessage(begun, 1),)), 0, "") == [below]
    retired = AnswerMessage(below, 2, MessageState.RETIRED)
    assert await find(town.target(first), Messages((AnswerMessage(begun, 1), retired)), 0, "") == []


@pytest.mark.parametrize("known", [True, False])
async def test_messages_of_an_answer_are_found_behind_another_answer(town: Town, *, known: bool) -> None:
    """A message that another answer lies before is found by the words of its lines; those of the other answer are left alone."""
    channel = town.client.get_partial_messageable(town.general.id)
    first, second = [await town.alice.says(town.general, text) for text in ("one", "two")]
    begun = (await channel.send("The lamps are lit.", reference=channel.get_partial_message(first.id))).id
    await channel.send("Another answer begins.", reference=channel.get_partial_message(second.id))
    await channel.send("It goes on with words of its own.")
    later = (await channel.send("```py\nprint(lamps_of_the_north)\n```\n-# gpt-6-luna · 2 s")).id
    await channel.send("-# Please wait.", reference=channel.get_partial_message(second.id))
    last = (await channel.send("yes")).id
    text = "The lamps are lit.\n\n```python\nprint(lamps_of_the_north)\n```\nyes"
    messages = Messages((AnswerMessage(begun, 1),)) if known else Messages()
    found = await town.display.find(town.target(first), messages, 0, text)
    assert found == ([later, last] if known else [begun, later, last])


@pytest.mark.parametrize("known", [True, False])
async def test_messages_of_an_answer_that_had_to_wait_are_found(town: Town, *, known: bool) -> None:
    """The messages of an answer are found although hundreds of messages lie between the question and its answer."""
    question = await town.alice.says(town.general, "one")
    town.box.clock.moves(seconds=300)
    for number in range(210):
        await town.alice.says(town.general, f"message {number}")
    town.box.clock.moves(seconds=300)
    since = int(town.box.clock.now().timestamp() * 1000)
    channel = town.client.get_partial_messageable(town.general.id)
    begun = (await channel.send("message 1", reference=channel.get_partial_message(question.id))).id
    below = (await channel.send("message 2")).id
    messages = Messages((AnswerMessage(begun, 1),)) if known else Messages()
    found = await town.display.find(town.target(question), messages, 0 if known else since, "")
    assert found == ([below] if known else [begun, below])


@pytest.mark.parametrize("known", [True, False])
async def test_a_second_reply_to_a_question_is_another_databases(town: Town, *, known: bool) -> None:
    """An answer has one reply: a second one tells of another database, and none that is unknown is adopted."""
    question = await town.alice.says(town.general, "one")
    channel = town.client.get_partial_messageable(town.general.id)
    reference = channel.get_partial_message(question.id)
    ours, _, _ = [await channel.send("a reply", reference=reference) for _ in range(2)] + [await channel.send("below")]
    messages = Messages((AnswerMessage(ours.id, 1),)) if known else Messages()
    assert await town.display.find(town.target(question), messages, 0, "") == []
    assert town.nonces.other_seen


async def test_nothing_is_adopted_where_another_database_answers_too(town: Town) -> None:
    """A reply of this bot's user may be another database's, so the search leaves it alone."""
    question = await town.alice.says(town.general, "one")
    channel = town.client.get_partial_messageable(town.general.id)
    await channel.send("an answer", reference=channel.get_partial_message(question.id))
    town.nonces.other_seen = True
    assert await town.display.find(town.target(question), Messages(), 0, "") == []
