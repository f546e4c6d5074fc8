"""The undocumented parts of discord.py are as the bot expects them."""

import asyncio
import hashlib
import inspect

import discord
import pytest
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import HTTPClient, Ratelimit, Route

from bot.gateway.discord_internals import CancellableRatelimit, session_of
from tests.gateway.conftest import SECONDS, Town

LOOP = "300daeed48a83570eb1e6ae3b5a3da38b13eb12b2055f0efe4f2f20348e412f6"
"""The SHA-256 of the source of `Client.connect` in discord.py 2.7.1."""


def test_the_loop_that_ours_replaces_is_unchanged() -> None:
    """The reconnect loop was written beside the `Client.connect` that is installed."""
    digest = hashlib.sha256(inspect.getsource(discord.Client.connect).encode()).hexdigest()
    assert digest == LOOP, (
        f"discord.Client.connect is another one in discord.py {discord.__version__}: read it, look whether "
        f"bot/gateway/reconnect.py and bot/gateway/discord_internals.py must follow, then set LOOP to {digest}"
    )


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (Route, "BASE"),
        (HTTPClient, "get_bot_gateway"),
        (Ratelimit, "_refresh"),
        (Ratelimit, "_wake"),
        (DiscordWebSocket, "DEFAULT_GATEWAY"),
        (DiscordWebSocket, "from_client"),
        (DiscordWebSocket, "poll_event"),
        (DiscordWebSocket, "open"),
        (DiscordWebSocket, "close"),
        (discord.VoiceClient, "warn_nacl"),
        (discord.VoiceClient, "warn_dave"),
        (discord.Client, "dispatch"),
        (discord.Client, "before_identify_hook"),
        (commands.Bot, "dispatch"),
        (app_commands.Command, "to_dict"),
        (app_commands.Group, "to_dict"),
        (app_commands.ContextMenu, "to_dict"),
    ],
)
def test_a_name_that_is_undocumented_is_there(owner: type, name: str) -> None:
    """Each undocumented name that the bot sets, calls or overrides exists in discord.py."""
    assert hasattr(owner, name), f"discord.py {discord.__version__} has no {owner.__name__}.{name} any more"


def test_a_connection_takes_what_resumes_a_session() -> None:
    """`DiscordWebSocket.from_client` takes the arguments by which `listen` resumes a session or begins one."""
    taken = inspect.signature(DiscordWebSocket.from_client).parameters
    assert taken.keys() >= {"client", "resume", "session", "sequence", "gateway"}


@pytest.mark.parametrize("resume", [True, False])
def test_a_wish_for_a_new_connection_says_whether_to_resume(resume: bool) -> None:
    """`ReconnectWebSocket`, by which discord.py asks for a new connection, says whether its session can be resumed."""
    assert ReconnectWebSocket(None, resume=resume).resume is resume


async def test_a_connection_tells_what_resumes_its_session(town: Town) -> None:
    """A connection tells its session's id, the number of the last event, and the gateway that Discord named in READY."""
    assert session_of(town.client) == {}
    async with town.online():
        await town.box.bot.connected()
        await town.hears("hello")
        (session,) = town.box.discord.gateway.sessions.values()
        assert session_of(town.client) == {
            "resume": True,
            "session": session.id,
            "sequence": session.sequence,
            "gateway": yarl.URL(town.box.discord.gateway_url),
        }


async def test_events_are_parsed_by_a_table(town: Town) -> None:
    """discord.py reads each event by a function from a table, in which the bot puts its own."""
    parsers = town.client._connection.parsers  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- no public way
    assert parsers.keys() >= {"READY", "RESUMED", "GUILD_CREATE", "GUILD_DELETE", "MESSAGE_CREATE"}


async def test_a_closed_client_has_no_event_loop(town: Town) -> None:
    """`Client.loop`, by which the bot knows that nothing can be dispatched any more, is unset by `close`."""
    assert town.client.loop is not discord.utils.MISSING
    await town.client.close()
    assert town.client.loop is discord.utils.MISSING


async def test_a_client_that_is_logged_in_uses_limits_that_survive_a_cancellation(town: Town) -> None:
    """The rate limits of a client after its login are those that a cancelled request leaves free."""
    assert isinstance(town.client.http.get_ratelimit("GET /somewhere"), CancellableRatelimit)


async def test_the_global_limit_ends_although_the_request_that_met_it_is_cancelled(town: Town) -> None:
    """Other requests wait for the end of Discord's global rate limit, and are sent then."""
    town.box.discord.fails("GET", "/channels/{channel_id}", 429, retry_after=0.5, everywhere=True)
    met = asyncio.create_task(town.client.fetch_channel(town.general.id))
    await town.box.until(lambda: any(call.fault for call in town.box.discord.calls))
    while not is_limited(town.client):  # noqa: ASYNC110 -- discord.py tells nobody
        await asyncio.sleep(0)
    met.cancel()
    async with asyncio.timeout(SECONDS):
        assert (await town.client.fetch_channel(town.general.id)).id == town.general.id


def is_limited(client: discord.Client) -> bool:
    """Return whether discord.py holds all requests back."""
    return not client.http._global_over.is_set()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- no public way


@pytest.mark.parametrize("waiting", [False, True], ids=["nobody waits", "another waits"])
async def test_a_request_that_is_cancelled_on_its_way_out_leaves_its_limit_free(*, waiting: bool) -> None:
    """A request that is cancelled behind its answer keeps neither those that wait nor the next one from being sent."""
    limit = CancellableRatelimit(None)
    inside, answered = asyncio.Event(), asyncio.Event()

    async def request() -> None:
        async with limit:
            inside.set()
            await answered.wait()

    cancelled = asyncio.create_task(request())
    await inside.wait()
    others = [asyncio.create_task(request())] if waiting else []
    await asyncio.sleep(0)
    answered.set()
    await asyncio.sleep(0)  # now it gives its place back
    assert limit.outgoing == 0
    cancelled.cancel()
    await asyncio.wait({cancelled})
    assert cancelled.cancelled()
    await asyncio.gather(*others)
    assert (limit.remaining, limit.outgoing) == (1, 0)
