"""The sandbox as a whole, with a bot that is made of the real libraries."""

import aiohttp
import discord
import pytest
from openai import AsyncOpenAI

from bot.sandbox import Channel, Outcome, Person, Sandbox
from bot.sandbox.witness import Nobody
from tests.sandbox.clients import RecordingClient, Rest
from tests.sandbox.discord.gateway.raw_gateway import PROPERTIES, raw_gateway
from tests.sandbox.model.asking import MODEL, USER


async def test_a_bot_made_of_the_real_libraries_answers(
    box: Sandbox, client: RecordingClient, ai: AsyncOpenAI, general: Channel, alice: Person
) -> None:
    """A bot made of discord.py and the SDK answers a question."""
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
    """`until` wakes on a REST call."""
    channel = client.get_partial_messageable(general.id)
    await channel.typing()
    await box.until(lambda: any(call.template.endswith("/typing") for call in box.discord.calls))


class Appalled(Nobody):
    """A witness that raises an error when it is told of a login."""

    def told(self, name: str, body: object) -> None:
        """Divide by zero."""
        del body
        if name == "READY":
            raise ZeroDivisionError


async def asks_for_what_raises(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """Let the model answer by a callable that raises KeyError."""
    box.model.answers(lambda request: request.headers["missing"])
    body = {"model": MODEL, "messages": [USER]}
    headers = {"Authorization": f"Bearer {box.model.key}"}
    async with http.post(f"{box.model.base_url}/chat/completions", json=body, headers=headers) as response:
        assert response.status == 500


async def test_a_mistake_in_a_condition_is_raised_at_the_end(http: aiohttp.ClientSession) -> None:
    """An error in a condition is a 500 to the bot, and is raised when the sandbox ends (the sandbox's own promise)."""

    async def run() -> None:
        async with Sandbox() as box:
            box.discord.fails("GET", "/users/@me", 500, when=lambda call: bool(call.json["content"]))
            assert (await Rest(http, box.discord.api_base, box.discord.token)("GET", "/users/@me")).status == 500

    with pytest.raises(ExceptionGroup, match="the sandbox failed") as caught:
        await run()
    assert caught.group_contains(KeyError)


async def test_a_mistake_in_an_answer_of_the_model_is_raised_at_the_end(http: aiohttp.ClientSession) -> None:
    """An error in an answer of the model breaks its request, and is raised when the sandbox ends (the sandbox's own promise)."""

    async def run() -> None:
        async with Sandbox() as box:
            await asks_for_what_raises(box, http)
            assert box.model.requests[0].outcome is Outcome.BROKEN

    with pytest.raises(ExceptionGroup) as caught:
        await run()
    assert caught.group_contains(KeyError)


async def test_a_mistake_on_the_gateway_is_raised_at_the_end(http: aiohttp.ClientSession) -> None:
    """An error on the gateway closes the connection, and is raised when the sandbox ends (the sandbox's own promise)."""

    async def run() -> None:
        async with Sandbox(discord_witness=Appalled()) as box, raw_gateway(box, http) as gateway:
            await gateway.sends(2, {"token": box.discord.token, "intents": 0, "properties": PROPERTIES})
            await gateway.closed()

    with pytest.raises(ExceptionGroup) as caught:
        await run()
    assert caught.group_contains(ZeroDivisionError)


async def test_what_a_test_finds_itself_is_not_covered(http: aiohttp.ClientSession) -> None:
    """An error of the test itself is raised in place of those of the sandbox (the sandbox's own promise)."""

    async def run() -> None:
        async with Sandbox() as box:
            await asks_for_what_raises(box, http)
            raise LookupError("the test's own")

    with pytest.raises(LookupError, match="the test's own"):
        await run()
