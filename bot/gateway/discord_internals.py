"""The undocumented parts of discord.py 2.7 that the bot uses, all reached through this file.

`tests/gateway/test_discord_internals.py` fails when a release of discord.py renames or removes one of them.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, Final, TypedDict, cast

import aiohttp
import discord
import yarl
from discord import app_commands, http
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import Ratelimit, Route

_CONNECT_SECONDS: Final = 60.0
_NORMAL_CLOSURE: Final = 1000
_LIMITED: Final = 429
_GLOBAL_MARGIN_SECONDS: Final = 0.1
_CLOSE_SECONDS: Final = 1.0
_INDISPENSABLE: Final = frozenset({"READY", "RESUMED"})


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


async def fetch_gateway(client: discord.Client) -> tuple[str, object]:
    """Ask `GET /gateway/bot` for the gateway's URL and the `session_start_limit`, which may be of any type.

    Raises discord.GatewayNotFound, ValueError for what is no URL, and whatever discord.py raises for an answer of another shape.
    """
    _, url, limit = await client.http.get_bot_gateway()
    if not yarl.URL(url).host:
        raise ValueError("the gateway has no host")
    return url, limit


async def fetch_role_ids(client: discord.Client, guild_id: int, user_id: int) -> frozenset[int]:
    """Return the ids of a user's roles in a server, which discord.py need not know; the server's own id is that of @everyone.

    Nobody but a member has any. Raises discord.HTTPException, and ValueError for what is no list of ids.
    """
    try:
        member = await client.http.get_member(guild_id, user_id)
    except discord.NotFound:
        return frozenset()
    return frozenset((guild_id, *map(int, member["roles"])))


async def fetch_category_id(client: discord.Client, channel_id: int) -> int | None:
    """Return the id of the category of a channel that discord.py need not know; None for none. Raises discord.HTTPException."""
    channel = await client.http.get_channel(channel_id)
    category_id = channel.get("parent_id")
    return None if category_id is None else int(category_id)


async def start_thread(client: discord.Client, channel_id: int, message_id: int, name: str) -> None:
    """Open a public thread on a message of a channel that discord.py need not know. Raises discord.HTTPException.

    It is archived after the channel's own time where that is known, else after a day.
    """
    channel = client.get_channel(channel_id)
    minutes = channel.default_auto_archive_duration if isinstance(channel, discord.TextChannel) else 1440
    await client.http.start_thread_with_message(channel_id, message_id, name=name, auto_archive_duration=minutes)


def silence_voice_warnings() -> None:
    """Keep discord.py from warning about missing voice libraries: the bot never speaks."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


class CancellableRatelimit(Ratelimit):
    """A rate limit whose next request goes at once where the one before was cancelled on its way out.

    discord.py gives a request's place in the limit back behind an `await`. A cancellation at this point loses it, and the next
    request of the same route and channel waits 30 seconds. Where Discord has told when the limit ends, it is free from then on.
    """

    async def _refresh(self) -> None:
        try:
            await super()._refresh()
        except asyncio.CancelledError:
            if self.expires is None and not self.outgoing:
                self.reset()
                self._wake(self.remaining)
            raise


def free_limits_of_cancelled_requests() -> None:
    """Let every client in this process use rate limits that survive the cancellation of a request."""
    http.Ratelimit = CancellableRatelimit


def ending_global_limits(client: discord.Client, trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
    """Return a copy of `trace` that lets a client's requests go on after Discord's global rate limit.

    discord.py holds all requests back until the request that met the limit has waited for its end; where that is cancelled
    meanwhile, for ever.
    """
    ending: list[asyncio.TimerHandle] = []

    async def ended(_: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestEndParams) -> None:
        headers = request.response.headers
        if request.response.status != _LIMITED or "X-RateLimit-Global" not in headers:
            return
        after = headers.get("Retry-After", "")
        seconds = int(after) if after.isascii() and after.isdigit() else 0
        for one in ending:
            one.cancel()
        over: asyncio.Event = client.http._global_over  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- no public way
        ending[:] = [asyncio.get_running_loop().call_later(seconds + _GLOBAL_MARGIN_SECONDS, over.set)]

    copy = aiohttp.TraceConfig()
    for signal in (name for name in dir(trace) if name.startswith("on_")):
        getattr(copy, signal).extend(getattr(trace, signal))
    copy.on_request_end.append(ended)
    return copy


Skip = Callable[[str, int, Exception], None]
"""Told of an event that cannot be read: its name, the id of its server or 0, and the error."""


def skip_unreadable(client: discord.Client, skip: Skip) -> None:
    """Let an event that discord.py's parser cannot read be skipped, instead of ending the session. READY is not skipped."""
    parsers = _parsers(client)
    for event, parse in parsers.items():
        if event not in _INDISPENSABLE:
            parsers[event] = _skipping(event, parse, skip)


def _skipping(event: str, parse: Callable[[Any], None], skip: Skip) -> Callable[[Any], None]:
    def parse_or_skip(data: Any) -> None:  # noqa: ANN401 -- whatever Discord sent
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001 -- a parser may raise anything
            skip(event, _guild_id_in(event, data), error)

    return parse_or_skip


def skip_interactions(client: discord.Client, skips: Callable[[int], bool]) -> None:
    """Let interactions be skipped for whose ids `skips` returns True."""
    parsers = _parsers(client)
    parse = parsers["INTERACTION_CREATE"]

    def parse_or_skip(data: Any) -> None:  # noqa: ANN401 -- whatever Discord sent
        interaction_id = _id_in(data, "id")
        if not (interaction_id and skips(interaction_id)):
            parse(data)

    parsers["INTERACTION_CREATE"] = parse_or_skip


def skip_own_edits(client: discord.Client) -> None:
    """Let edits of the client's own messages be skipped: discord.py would make a message of each, which nobody reads."""
    parsers = _parsers(client)
    parse = parsers["MESSAGE_UPDATE"]

    def parse_or_skip(data: Any) -> None:  # noqa: ANN401 -- whatever Discord sent
        author = cast("Mapping[str, object]", data).get("author") if isinstance(data, dict) else None
        if client.user is None or _id_in(author, "id") != client.user.id:
            parse(data)

    parsers["MESSAGE_UPDATE"] = parse_or_skip


def _guild_id_in(event: str, data: object) -> int:
    """Return the id of the server that an event is about, 0 where it names none."""
    return _id_in(data, "id" if event.startswith("GUILD_") and event.count("_") == 1 else "guild_id")


def _id_in(data: object, key: str) -> int:
    """Return the id under a key of an event, 0 where there is none."""
    named = str(cast("Mapping[str, object]", data).get(key)) if isinstance(data, dict) else ""
    return int(named) if named.isascii() and named.isdigit() and len(named) <= len(str(2**63)) else 0


def forget_guild(client: discord.Client, guild_id: int) -> None:
    """Remove a server from the cache, where a part of it may stand."""
    if client.get_guild(guild_id) is not None:
        _parsers(client)["GUILD_DELETE"]({"id": str(guild_id)})


def _parsers(client: discord.Client) -> dict[str, Callable[[Any], None]]:
    return client._connection.parsers  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- no public way


def is_dismantled(client: discord.Client) -> bool:
    """Whether `client` is closed so far that discord.py can dispatch no event any more."""
    return client.loop is discord.utils.MISSING


def definitions(tree: app_commands.CommandTree[Any]) -> list[dict[str, Any]]:
    """Return the global commands of `tree` as the JSON objects that a sync sends."""
    return [command.to_dict(tree) for command in tree.get_commands()]


async def listen(client: discord.Client, session: Session) -> bool:
    """Connect, resume `session`, and dispatch events until discord.py asks for a new connection; then tell whether to resume.

    discord.py calls `Client.before_identify_hook` before it begins a session. Raises TimeoutError where no connection stands
    after 60 s, discord.ConnectionClosed for Discord's final close codes, and the errors of aiohttp and of discord.py's parsers.
    """
    try:
        opening = DiscordWebSocket.from_client(client, **session)
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
