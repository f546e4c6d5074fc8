"""The undocumented parts of discord.py 2.7 that the bot uses, all reached through this file.

`tests/gateway/test_discord_internals.py` fails when a release of discord.py renames or removes one of them.
"""

import asyncio
from contextlib import suppress
from typing import Any, Final, TypedDict

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import Route

_CONNECT_SECONDS: Final = 60.0
_NORMAL_CLOSURE: Final = 1000
_CLOSE_SECONDS: Final = 1.0


class Session(TypedDict, total=False):
    """The arguments with which discord.py resumes a gateway session; empty to begin a new one."""

    resume: bool
    session: str | None
    sequence: int | None
    gateway: yarl.URL


def set_api_base(url: str) -> None:
    """Send the REST requests of every client in this process to `url`, which includes `/api/v10`."""
    Route.BASE = url


def api_base() -> str:
    """Return the URL to which the REST requests of every client in this process go."""
    return Route.BASE


def set_gateway(url: str) -> None:
    """Begin the new gateway sessions of every client in this process at `url`."""
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)


async def fetch_gateway(client: discord.Client) -> str:
    """Ask `GET /gateway/bot` for the gateway's URL. Raises discord.GatewayNotFound, and ValueError for what is no URL."""
    _, url, _ = await client.http.get_bot_gateway()
    if not yarl.URL(url).host:
        raise ValueError("the gateway has no host")
    return url


def silence_voice_warnings() -> None:
    """Keep discord.py from warning about missing voice libraries: the bot never speaks."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


def is_dismantled(client: discord.Client) -> bool:
    """Whether `client` is closed so far that discord.py can dispatch no event any more."""
    return client.loop is discord.utils.MISSING


def definitions(tree: app_commands.CommandTree[Any]) -> list[dict[str, Any]]:
    """Return the global commands of `tree` as the JSON objects that a sync sends."""
    return [command.to_dict(tree) for command in tree.get_commands()]


async def listen(client: discord.Client, session: Session, *, first: bool) -> bool:
    """Connect, resume `session`, and dispatch events until discord.py asks for a new connection; then tell whether to resume.

    A session that is not the `first` is begun after discord.py's pause of 5 s. Raises TimeoutError where no connection stands
    after 60 s, discord.ConnectionClosed for Discord's final close codes, and the errors of aiohttp and of discord.py's parsers.
    """
    try:
        opening = DiscordWebSocket.from_client(client, initial=first, **session)
        client.ws = await asyncio.wait_for(opening, _CONNECT_SECONDS)
        while True:
            await client.ws.poll_event()
    except ReconnectWebSocket as wanted:
        return wanted.resume


async def end_session(client: discord.Client) -> None:
    """Close the client's newest connection, where it is open, with the close code that also ends its session.

    discord.py would wait 30 seconds for a peer that does not answer the close.
    """
    ws = _connection_of(client)
    if ws is not None and ws.open:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await ws.close(code=_NORMAL_CLOSURE)


def session_of(client: discord.Client) -> Session:
    """Return the arguments that resume the session of the client's newest connection; empty where it had begun none."""
    ws = _connection_of(client)
    if ws is None or ws.session_id is None:
        return {}
    return {"resume": True, "session": ws.session_id, "sequence": ws.sequence, "gateway": ws.gateway}


def _connection_of(client: discord.Client) -> DiscordWebSocket | None:
    return client.ws  # discord.py's annotation leaves out the None
