"""The reconnect loop, on the sandbox's sockets."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from bot.errors import DiscordError
from bot.gateway.discord_internals import set_gateway
from bot.gateway.reconnect import PAUSES_SECONDS, RESUMES, SETTLED_SECONDS, Backoff
from bot.sandbox import Sandbox
from bot.sandbox.discord.gateway.opcodes import Closing
from tests.gateway.conftest import SECONDS, Town, living

HOUR_SECONDS = 3600.0
"""A pause that no test waits for."""
DEAD = "http://127.0.0.1:9"
FINAL = [
    Closing.AUTHENTICATION_FAILED,
    Closing.INVALID_SHARD,
    Closing.SHARDING_REQUIRED,
    Closing.INVALID_API_VERSION,
    Closing.INVALID_INTENTS,
    Closing.DISALLOWED_INTENTS,
]


@dataclass
class Overloaded:
    """A server that refuses every request and counts them."""

    url: str = ""
    requests: int = 0

    async def refuse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Refuse a request."""
        await reader.readuntil(b"\r\n\r\n")
        self.requests += 1
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async def receives(self, times: int) -> None:
        """Wait for a number of requests."""
        async with asyncio.timeout(SECONDS):
            while self.requests < times:  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(0.005)


@asynccontextmanager
async def overloaded_gateway() -> AsyncGenerator[Overloaded]:
    """A gateway that is overloaded."""
    overloaded = Overloaded()
    async with await asyncio.start_server(overloaded.refuse, "127.0.0.1", 0) as server:
        overloaded.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield overloaded


@pytest.mark.parametrize("code", [1000, 1001, Closing.UNKNOWN_ERROR, Closing.RATE_LIMITED])
async def test_a_lost_connection_resumes_its_session_at_once(town: Town, code: int) -> None:
    """After a lost connection the session goes on, and brings what was said meanwhile."""
    async with town.online((PAUSES_SECONDS[0], HOUR_SECONDS)):
        await town.box.bot.connected()
        await town.hears("one")
        before = town.sessions
        await town.box.discord.drops_gateway(code)
        await town.hears("two")
        assert town.sessions == before
        assert town.events == ["connect", "disconnect", "resumed"]


async def test_a_reconnect_that_discord_asks_for_resumes_the_session(town: Town) -> None:
    """When Discord asks the bot to connect anew, the session goes on."""
    async with town.online():
        await town.box.bot.connected()
        await town.hears("one")
        before = town.sessions
        town.box.discord.asks_to_reconnect()
        await town.hears("two")
        assert town.sessions == before


@pytest.mark.parametrize("code", FINAL)
async def test_a_final_close_ends_the_bot_and_says_what_to_do(town: Town, code: Closing) -> None:
    """A close code after which a new connection would be closed again ends `serve` with an error for the operator."""
    expected = "enable the intent it needs" if code is Closing.DISALLOWED_INTENTS else "check the token and the intents"
    serving = asyncio.create_task(town.client.serve())
    await town.box.bot.connected()
    await town.box.discord.drops_gateway(code)
    with pytest.raises(DiscordError, match=rf"for good \(code {code.value}\): {expected}"):
        await asyncio.wait_for(serving, SECONDS)


async def test_a_token_that_is_reset_meanwhile_ends_the_bot(town: Town) -> None:
    """A token that Discord takes at the login but not at the gateway ends `serve` with an error for the operator."""
    town.box.discord.application.token = "another"
    with pytest.raises(DiscordError, match="code 4004"):
        await asyncio.wait_for(town.client.serve(), SECONDS)


async def test_a_session_whose_gateway_is_gone_is_given_up(town: Town) -> None:
    """After three failures in a row a new session begins at the general gateway."""
    world = town.box.discord.world
    origin, world.origin = world.origin, DEAD  # READY names it as the gateway that resumes
    async with town.online([0.0]):
        await town.box.bot.connected()
        await town.hears("one")
        world.origin = origin
        await town.box.discord.drops_gateway()
        await town.box.bot.connected(SECONDS)
        await town.hears("two")
        assert len(town.sessions) == 2  # Discord keeps the first one for some minutes
        assert town.events == ["connect", *["disconnect"] * (RESUMES + 1), "connect"]


async def test_a_session_with_an_unreadable_event_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    """A READY that discord.py cannot read ends its session for good, even where the next connection fails."""
    async with (
        Sandbox() as box,  # unwatched: no document has such an event
        living(box) as town,
        overloaded_gateway() as overloaded,
        town.online([0.0]),
    ):
        await box.bot.connected()
        await town.hears("one")
        (old,) = box.discord.gateway.sessions.values()
        set_gateway(overloaded.url)
        old.dispatch("READY", {})
        await overloaded.receives(1)
        set_gateway(box.discord.gateway_url)
        await box.until(lambda: town.sessions not in ([], [old.id]), timeout=SECONDS)
        await town.hears("two")
        assert old.id not in town.sessions
    assert "an event of Discord's could not be read" in caplog.text
    assert town.events == ["connect", *["disconnect"] * (1 + overloaded.requests), "connect"]


async def test_an_event_that_cannot_be_read_is_skipped(caplog: pytest.LogCaptureFixture) -> None:
    """An event that discord.py cannot read is skipped with its name and server; the session goes on without a pause."""
    async with Sandbox() as box, living(box) as town, town.online():  # unwatched: no document has such an event
        await box.bot.connected()
        await town.hears("one")
        (session,) = box.discord.gateway.sessions.values()
        session.dispatch("GUILD_CREATE", {"id": "77", "unavailable": False, "roles": "none"})
        session.dispatch("CHANNEL_UPDATE", {"guild_id": str(town.home.id)})
        for odd in ("x", "9" * 30, None):
            session.dispatch("MESSAGE_CREATE", {"guild_id": odd})
        await town.hears("two")
        assert town.sessions == [session.id]
    assert "GUILD_CREATE of server 77 (" in caplog.text
    assert f"CHANNEL_UPDATE of server {town.home.id} (" in caplog.text
    assert "MESSAGE_CREATE of server (none) (" in caplog.text
    assert town.events == ["connect"]


async def test_a_server_that_cannot_be_read_is_unknown() -> None:
    """A server whose new state discord.py cannot read is not kept in part."""
    async with Sandbox() as box, living(box) as town, town.online():  # unwatched: no document has such an event
        await box.bot.connected()
        await town.hears("one")
        (session,) = box.discord.gateway.sessions.values()
        session.dispatch("GUILD_CREATE", {"id": str(town.home.id), "unavailable": False, "roles": "none"})
        await town.hears("two")
        assert list(town.client.guilds) == []


async def test_an_overloaded_gateway_is_asked_with_pauses(town: Town) -> None:
    """Where no connection is made, the second try comes at once and the third after a pause, which closing ends."""
    async with overloaded_gateway() as overloaded:
        set_gateway(overloaded.url)
        async with town.online((PAUSES_SECONDS[0], HOUR_SECONDS)):
            async with asyncio.timeout(SECONDS):
                while town.events != ["disconnect"] * 2:  # noqa: ASYNC110 -- nothing tells of it
                    await asyncio.sleep(0.01)
        assert overloaded.requests == 2


@dataclass
class Clock:
    """A clock that is set by hand."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.seconds


def test_pauses_grow_to_half_a_minute_at_most() -> None:
    """The first new connection comes at once; later ones after at least half of a pause that grows up to 30 s."""
    backoff = Backoff()
    for longest in (*PAUSES_SECONDS, 30.0, 30.0):
        backoff.failed()
        pauses = [backoff.pause_seconds() for _ in range(100)]
        assert longest / 2 <= min(pauses) <= max(pauses) <= longest


def broken_after(backoff: Backoff, clock: Clock, seconds: float | None) -> None:
    """Let a session stand for some seconds and then break; None: the connection is refused."""
    backoff.connecting()
    if seconds is not None:
        backoff.ready()
        clock.seconds += seconds
    backoff.failed()


@pytest.mark.parametrize("refused", [RESUMES, RESUMES + 1, 100])
def test_a_session_ends_the_row_of_refused_connections(refused: int) -> None:
    """A session that Discord began after refused connections is resumed at once when it breaks, however short it was."""
    clock = Clock()
    backoff = Backoff(clock=clock)
    for _ in range(refused):
        broken_after(backoff, clock, None)
    assert backoff.pause_seconds() > 0
    broken_after(backoff, clock, 8.0)
    assert (backoff.failures, backoff.resumes, backoff.pause_seconds()) == (1, True, 0.0)


def test_sessions_that_break_at_once_are_a_row() -> None:
    """A gateway that begins each session and drops it is asked with growing pauses, until a session lasts a minute."""
    clock = Clock()
    backoff = Backoff(clock=clock)
    for number in range(1, RESUMES + 2):
        broken_after(backoff, clock, SETTLED_SECONDS)
        assert backoff.failures == number
    assert not backoff.resumes
    broken_after(backoff, clock, SETTLED_SECONDS + 1)
    assert (backoff.failures, backoff.resumes, backoff.pause_seconds()) == (1, True, 0.0)


def test_refused_connections_are_a_row_however_long_each_took() -> None:
    """A gateway that takes a minute to refuse each connection is asked with growing pauses."""
    clock = Clock()
    backoff = Backoff(clock=clock)
    for number in range(1, 5):
        clock.seconds += SETTLED_SECONDS + 1
        broken_after(backoff, clock, None)
        assert backoff.failures == number


async def test_a_gateway_that_was_away_is_forgotten_once_a_session_stands(town: Town) -> None:
    """After connections that were refused, a session that Discord began is resumed when its connection breaks."""
    async with overloaded_gateway() as overloaded:
        set_gateway(overloaded.url)
        async with town.online([0.0]):
            await overloaded.receives(RESUMES + 1)
            set_gateway(town.box.discord.gateway_url)
            await town.box.bot.connected(SECONDS)
            await town.hears("one")
            before = town.sessions
            assert town.client.backoff.failures == 0
            await town.box.discord.drops_gateway()
            await town.hears("two")
            assert town.sessions == before
            assert town.events[-3:] == ["connect", "disconnect", "resumed"]
