"""The sandbox as a whole: a bot of the real libraries lives on it."""

import discord
from openai import AsyncOpenAI

from bot.sandbox import Channel, Person, Sandbox
from tests.sandbox.clients import RecordingClient


async def test_a_bot_made_of_the_real_libraries_answers(
    box: Sandbox, client: RecordingClient, ai: AsyncOpenAI, general: Channel, alice: Person
) -> None:
    """If discord.py and the SDK cannot hold a conversation here, no test of the bot means anything."""
    question = await alice.says(general, "@Parley what is a snowflake?")
    heard = await client.sees("message", discord.Message)
    stream = await ai.chat.completions.create(
        model="gpt-5.4-mini", messages=[{"role": "user", "content": heard.clean_content}], stream=True
    )
    text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    await heard.reply(text)
    shown = await box.bot.answers(question)
    assert shown.text == "I have read 1 messages. The last one says: @Parley what is a snowflake?"
    assert shown.request is box.model.requests[0]


async def test_until_wakes_on_a_call(box: Sandbox, client: RecordingClient, general: Channel) -> None:
    """A test could not wait for what the bot does on REST."""
    channel = client.get_partial_messageable(general.id)
    await channel.typing()
    await box.until(lambda: any(call.template.endswith("/typing") for call in box.discord.calls))
