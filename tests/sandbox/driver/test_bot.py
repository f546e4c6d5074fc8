"""Waiting for the bot's answers, with discord.py in the bot's place."""

import discord
import pytest
from openai import AsyncOpenAI

from bot.sandbox import Channel, Message, Person, Sandbox, TookTooLongError
from tests.sandbox.clients import RecordingClient


@pytest.fixture
def asks_model(ai: AsyncOpenAI) -> "Model":
    """The SDK as a bot uses it."""
    return Model(ai)


class Model:
    """Asks the model about a text and returns its answer."""

    def __init__(self, ai: AsyncOpenAI) -> None:
        self._ai = ai

    async def __call__(self, text: str, *so_far: str) -> str:
        """Ask; with texts of the answer so far, for what comes after them."""
        done = await self._ai.chat.completions.create(
            model="gpt-5.4-mini",
            messages=[
                {"role": "user", "content": f"Alice: {text}"},
                *({"role": "assistant", "content": one} for one in so_far),
            ],
        )
        return done.choices[0].message.content or ""


async def heard(client: RecordingClient, question: Message) -> discord.Message:
    """Return the question as the bot got it."""
    return await client.sees("message", discord.Message, lambda one: one.id == question.id)


async def test_an_answer_is_complete_when_all_of_it_is_shown(
    box: Sandbox, client: RecordingClient, asks_model: Model, general: Channel, alice: Person
) -> None:
    """An answer is complete once its messages show the model's whole reply."""
    box.model.replies_with("first part. second part.")
    question = await alice.says(general, "@Parley tell me")
    message = await heard(client, question)
    text = await asks_model(message.clean_content)
    shown = await message.reply("first")
    with pytest.raises(TookTooLongError, match="REST calls"):
        await box.bot.answers(question, timeout=0.05)
    await shown.edit(content=text[:11])
    second = await message.channel.send(text[11:])
    answer = await box.bot.answers(question)
    assert [one.id for one in answer.messages] == [shown.id, second.id]
    assert answer.text == "first part.\nsecond part."
    assert answer.request is box.model.requests[0]


async def test_an_answer_ends_where_the_next_begins(
    box: Sandbox, client: RecordingClient, asks_model: Model, general: Channel, alice: Person
) -> None:
    """Each of two questions in a row gets the messages of its own answer."""
    first, second = await alice.says(general, "@Parley one"), await alice.says(general, "@Parley two")
    for question in (first, second):
        message = await heard(client, question)
        await message.reply(await asks_model(message.clean_content))
    assert (await box.bot.answers(first)).text.endswith("one")
    assert (await box.bot.answers(second)).text.endswith("two")


async def test_equal_questions_each_find_their_answer(
    box: Sandbox, client: RecordingClient, asks_model: Model, general: Channel, alice: Person
) -> None:
    """Two equal questions in different channels each get their own answer."""
    box.model.replies_with("to the first", "to the second")
    bob = box.discord.user("Bob")
    questions = [await alice.says(general, "@Parley same"), await bob.says(await bob.dm(), "same")]
    for question in questions:
        message = await heard(client, question)
        await message.reply(await asks_model(message.clean_content))
    assert [(await box.bot.answers(question)).text for question in questions] == ["to the first", "to the second"]


async def test_a_plain_send_is_an_answer_where_no_reply_came(
    box: Sandbox, client: RecordingClient, asks_model: Model, general: Channel, alice: Person
) -> None:
    """A plain message of the bot's is taken for the answer where no reply came."""
    question = await alice.says(general, "@Parley plain")
    message = await heard(client, question)
    await message.channel.send(await asks_model(message.clean_content))
    assert (await box.bot.answers(question)).text.endswith("plain")


async def test_an_excuse_is_found_by_its_words(
    box: Sandbox, client: RecordingClient, general: Channel, alice: Person
) -> None:
    """An answer without a request to the model is found by its words."""
    question = await alice.says(general, "@Parley fail")
    await (await heard(client, question)).reply("Sorry, the model is not there.")
    answer = await box.bot.answers(question, containing="Sorry")
    assert answer.request is None
    with pytest.raises(TookTooLongError):
        await box.bot.answers(question, containing="Great", timeout=0.05)


async def test_the_newest_attempt_counts(
    box: Sandbox, client: RecordingClient, asks_model: Model, general: Channel, alice: Person
) -> None:
    """An answer that shows an older reply of the model is not complete."""
    box.model.replies_with("old", "new")
    question = await alice.says(general, "@Parley again")
    message = await heard(client, question)
    shown = await message.reply(await asks_model(message.clean_content))
    text = await asks_model(message.clean_content)
    with pytest.raises(TookTooLongError):
        await box.bot.answers(question, timeout=0.05)
    await shown.edit(content=text)
    assert (await box.bot.answers(question)).text == "new"


async def test_the_texts_of_several_calls_are_one_answer(
    box: Sandbox, client: RecordingClient, asks_model: Model, general: Channel, alice: Person
) -> None:
    """An answer that took two model requests is finished when it shows both of their texts, in order."""
    box.model.replies_with("Let me look that up.", "It is a lighthouse.")
    question = await alice.says(general, "@Parley what is that?")
    message = await heard(client, question)
    first = await asks_model(message.clean_content)
    shown = await message.reply(first)
    second = await asks_model(message.clean_content, first)
    for unfinished in (first, second, f"{second}\n{first}"):
        await shown.edit(content=unfinished)
        with pytest.raises(TookTooLongError):
            await box.bot.answers(question, timeout=0.05)
    await shown.edit(content=f"{first}\n{second}")
    answer = await box.bot.answers(question)
    assert answer.calls == box.model.requests
    assert answer.request is box.model.requests[1]


async def test_another_attempt_begins_without_the_calls_before_it(
    box: Sandbox, client: RecordingClient, asks_model: Model, general: Channel, alice: Person
) -> None:
    """An answer that was begun anew is finished when it shows the texts of the calls since then, and none from before."""
    box.model.replies_with("Let me see.", "A lighthouse.", "Let me see.", "A tower.")
    question = await alice.says(general, "@Parley what is that?")
    message = await heard(client, question)
    await asks_model(message.clean_content, await asks_model(message.clean_content))
    first = await asks_model(message.clean_content)
    second = await asks_model(message.clean_content, first)
    shown = await message.reply(f"{first}\n{second}")
    assert (await box.bot.answers(question)).calls == box.model.requests[2:]
    await shown.edit(content="Let me see.\nLet me see.\nA tower.")
    with pytest.raises(TookTooLongError):
        await box.bot.answers(question, timeout=0.05)


async def test_the_bots_connection_can_be_waited_for(box: Sandbox, client: RecordingClient) -> None:
    """`connected` and `disconnected` wait for the bot's connection to open and to close."""
    await box.bot.connected()
    assert box.bot.id == client.application_id
    await client.close()
    await box.bot.disconnected()
