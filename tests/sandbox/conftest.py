"""A fresh sandbox per test, with a discord.py client, an openai client and a plain HTTP client on it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import discord
import pytest
import pytest_asyncio
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from openai import AsyncOpenAI

from bot.sandbox import Channel, Person, Sandbox, Server
from tests.heartbeats import heartbeats_ended
from tests.sandbox.clients import RecordingClient, Reply, Rest
from tests.sandbox.handlers import Handler, Serve
from tests.truth.watch import Watch

Connects = Callable[..., Awaitable[RecordingClient]]


@pytest_asyncio.fixture
async def box(watch: Watch) -> AsyncGenerator[Sandbox]:
    """A sandbox that listens; its answers are checked against the official documents, the tests' requests are not."""
    async with watch.sandbox(asks_properly=False) as sandbox:
        sandbox.discord.interactions.response_seconds = 30  # instead of 3, for machines that are busy with other things
        yield sandbox


@pytest.fixture
def home(box: Sandbox) -> Server:
    """A guild with the bot in it."""
    return box.discord.guild("Home")


@pytest.fixture
def general(home: Server) -> Channel:
    """A text channel."""
    return home.channel("general")


@pytest.fixture
def alice(box: Sandbox, home: Server) -> Person:
    """A member of the guild."""
    del home
    return box.discord.user("Alice")


@asynccontextmanager
async def connecting(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Connects]:
    """Let discord.py clients log in, which are ready when the call returns, and log them out at the end."""
    monkeypatch.setattr(Route, "BASE", box.discord.api_base)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(box.discord.gateway_url))
    running: list[tuple[RecordingClient, asyncio.Task[None]]] = []

    async def connect(
        intents: discord.Intents | None = None,
        *,
        heartbeat_timeout: float = 60.0,
        shard_id: int | None = None,
        shard_count: int | None = None,
    ) -> RecordingClient:
        client = RecordingClient(
            intents=intents or with_content(),
            heartbeat_timeout=heartbeat_timeout,
            shard_id=shard_id,
            shard_count=shard_count,
        )
        task = asyncio.create_task(client.start(box.discord.token))
        running.append((client, task))
        ready = asyncio.create_task(client.happens("ready"))
        await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            ready.cancel()
            task.result()
        await ready
        return client

    yield connect
    for client, task in running:
        await client.close()
        await asyncio.wait([task])
    await heartbeats_ended()


@pytest_asyncio.fixture
async def connects(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Connects]:
    """Log a discord.py client in, ready when the call returns."""
    async with connecting(box, monkeypatch) as connect:
        yield connect


def with_content() -> discord.Intents:
    """Return the intents of a chat bot that may read everything."""
    intents = discord.Intents.default()
    intents.message_content = True
    return intents


@pytest_asyncio.fixture
async def client(connects: Connects, general: Channel) -> RecordingClient:
    """A connected discord.py client that knows the text channel."""
    del general
    return await connects()


@pytest.fixture
def serve(client: RecordingClient) -> Serve:
    """Register a handler as the command `/do`."""
    tree = discord.app_commands.CommandTree(client)

    async def register(handler: Handler) -> None:
        @tree.command(name="do", description="do it")
        async def do(interaction: discord.Interaction) -> None:
            await handler(interaction)

        await tree.sync()

    return register


@pytest_asyncio.fixture
async def http() -> AsyncGenerator[aiohttp.ClientSession]:
    """A plain HTTP session."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def rest(box: Sandbox, http: aiohttp.ClientSession) -> Rest:
    """REST as plain HTTP, with the bot's token."""
    return Rest(http, box.discord.api_base, box.discord.token)


@pytest.fixture
def says(rest: Rest, general: Channel) -> Callable[..., Awaitable[Reply]]:
    """Post as the bot in the text channel, with a raw body."""

    async def post(**body: object) -> Reply:
        return await rest("POST", f"/channels/{general.id}/messages", body)

    return post


@pytest_asyncio.fixture
async def ai(box: Sandbox) -> AsyncGenerator[AsyncOpenAI]:
    """The openai SDK on the sandbox's model, without retries."""
    async with AsyncOpenAI(base_url=box.model.base_url, api_key=box.model.key or "none", max_retries=0) as client:
        yield client
