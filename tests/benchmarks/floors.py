"""The floors: the least that a Discord bot can do, as processes, for the real bot to be measured against.

A discord.py client whose handler makes one plain `AsyncOpenAI` call, whole or as a stream read through the SDK's objects, and
sends its reply, cut where Discord needs it: no history, no store, no edits. They read the same environment variables as the real
bot and give discord.py the same intents and the same reduced caches (no messages, no members), because with discord.py's defaults
a floor would only be larger; all else, the SDK's options included, is left at its default.

`python -m tests.benchmarks.floors whole|streamed`
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Final

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam

MODEL: Final = "gpt-5.4-mini"
_LONGEST: Final = 2_000
Ask = Callable[[AsyncOpenAI, list[ChatCompletionMessageParam]], Awaitable[str]]


async def whole(model: AsyncOpenAI, messages: list[ChatCompletionMessageParam]) -> str:
    """The answer as one response."""
    completion = await model.chat.completions.create(model=MODEL, messages=messages)
    return completion.choices[0].message.content or ""


async def streamed(model: AsyncOpenAI, messages: list[ChatCompletionMessageParam]) -> str:
    """The answer as the SDK's chunks, joined."""
    stream = await model.chat.completions.create(model=MODEL, messages=messages, stream=True)
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])


FLOORS: Final[dict[str, Ask]] = {"whole": whole, "streamed": streamed}


class Floor(discord.Client):
    """Answers each mention with one model call and one reply."""

    def __init__(self, model: AsyncOpenAI, ask: Ask, system: str) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.dm_messages = True
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self._model = model
        self._ask = ask
        self._system = system

    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that mentions the bot."""
        if message.author.bot or self.user not in message.mentions:
            return
        question = message.content.replace(f"<@{self.application_id}>", "").strip()
        messages: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": self._system},
            {"role": "user", "content": question},
        ]
        text = await self._ask(self._model, messages)
        for at in range(0, len(text), _LONGEST):
            await message.reply(text[at : at + _LONGEST])


async def main(ask: Ask) -> None:
    """Serve until the process is ended."""
    Route.BASE = os.environ["PARLEY_DISCORD__API_BASE"]
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    async with AsyncOpenAI() as model, Floor(model, ask, os.environ["PARLEY_CHAT__SYSTEM_PROMPT"]) as client:
        await client.login(os.environ["DISCORD_TOKEN"])
        _, gateway, _ = await client.http.get_bot_gateway()
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        await client.connect()


if __name__ == "__main__":
    asyncio.run(main(FLOORS[sys.argv[1]]))
