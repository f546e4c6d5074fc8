"""`Gateway` lets bots identify, sends them events, and lets them resume.

Frames go out uncompressed, whatever the client asks for; clients accept that. Source: Discord's documentation, Gateway
(connection lifecycle, sharding, rate limiting), and Opcodes and Status Codes. Two rules have no source: a connection
without heartbeats, or too far behind, is closed with 4000, after which its session can be resumed; a connection whose
session another one has resumed is left without any.
"""

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import WSMsgType, web

from bot.sandbox.discord.gateway.connections import HEARTBEAT_TOLERANCE, Connection
from bot.sandbox.discord.gateway.frames import CLOSING_SECONDS, Frame, GatewaySocket, is_integer, read_frame
from bot.sandbox.discord.gateway.identities import read_identity
from bot.sandbox.discord.gateway.member_chunks import send_members
from bot.sandbox.discord.gateway.opcodes import FRESH_START, GOODBYES, Closing, ClosingError, Op
from bot.sandbox.discord.gateway.ready import guilds_of, welcome
from bot.sandbox.discord.gateway.session_starts import SessionStarts
from bot.sandbox.discord.gateway.sessions import Session, Shard
from bot.sandbox.discord.world.world import Event, World
from bot.sandbox.wire import Json, as_object

HEARTBEAT_MS = 41_250
API_VERSION = "10"
MAX_GUILDS = 2500
"""Guilds that one shard may have (Gateway, "Sharding")."""

IDENTIFY_PACE = timedelta(seconds=5)


_OPCODES = frozenset(Op)


class Gateway:
    """All connections and sessions of the application.

    `heartbeat_ms` is the interval that HELLO tells from now on; a client that beats every 500 ms or faster runs into
    the limit of 120 frames a minute. `heartbeat_tolerance` is how much later than its interval a heartbeat may come, in
    intervals. `closing_seconds` is how long a close waits for its client. `max_concurrency` is
    how many shards may identify in 5 seconds; None, for any number, is the default, because tests connect again
    quickly. `begun` and `resumed` count the sessions that have begun, and how often one was resumed. `starts` counts
    IDENTIFYs; one beyond its limit resets the token. `identifies_in_vain` is how many more are answered INVALID_SESSION.
    """

    def __init__(self, world: World) -> None:
        self.heartbeat_ms = HEARTBEAT_MS
        self.heartbeat_tolerance = HEARTBEAT_TOLERANCE
        self.closing_seconds = CLOSING_SECONDS
        self.max_guilds = MAX_GUILDS
        self.max_concurrency: int | None = None
        self.sessions: dict[str, Session] = {}
        self.begun = self.resumed = 0
        self.starts = SessionStarts(world.clock)
        self.identifies_in_vain = 0
        self._world = world
        self._open: list[Connection] = []
        self._identified: dict[int, datetime] = {}
        self._ops: dict[int, Callable[[Session, Json], None]] = {
            Op.REQUEST_GUILD_MEMBERS: lambda session, body: send_members(world, session, body),
            Op.PRESENCE_UPDATE: _ignore,
            Op.VOICE_STATE_UPDATE: _ignore,
            Op.REQUEST_SOUNDBOARD_SOUNDS: _ignore,
            Op.REQUEST_CHANNEL_INFO: _ignore,
        }

    @property
    def url(self) -> str:
        """The address of the websocket."""
        return self._world.origin.replace("http", "ws", 1) + "/gateway"

    @property
    def connected(self) -> bool:
        """True while a bot has identified, got READY and its guilds, and still hears events."""
        return any(connection.live for connection in self._open)

    @property
    def heartbeats(self) -> int:
        """The number of heartbeats that came on the connections open now."""
        return sum(connection.heartbeats for connection in self._open)

    def announce(self, event: Event) -> None:
        """Send an event to every session that asked for it and has the guild. A guild in an outage is silent."""
        if event.guild is not None and event.guild.unavailable:
            return
        self._bury_expired()
        for session in self.sessions.values():
            wanted = not event.intents or session.intents & event.intents
            if wanted and session.shard.has(event.guild):
                session.dispatch(event.name, event.payload(session.intents))

    def repeat(self, name: str, snowflake: int) -> bool:
        """Send an event once more to every session that got it, as it was; tell whether any did."""
        found = [session.repeat(name, snowflake) for session in self.sessions.values()]
        self._world.changes.notify()
        return any(found)

    async def drop(self, code: int = Closing.UNKNOWN_ERROR) -> None:
        """Close every connection; sessions stay, to be resumed, unless the code says that they do not."""
        closing = list(self._open)
        for connection in closing:
            if code in FRESH_START:
                self._end(connection.session)
            self._detach(connection)
        await asyncio.gather(*(connection.close(code) for connection in closing))

    def freeze(self) -> None:
        """Stop sending on the connections open now, without a close."""
        for connection in self._open:
            connection.frozen = True
        self._world.changes.notify()

    def invalidate(self, *, resumable: bool) -> None:
        """Tell every client that its session is invalid."""
        for connection in self._open:
            if connection.session is not None:
                self._detach(connection)
                connection.say(Op.INVALID_SESSION, resumable)
        if not resumable:
            self.sessions.clear()
        self._world.changes.notify()

    def say(self, op: Op) -> None:
        """Send RECONNECT or HEARTBEAT on every connection."""
        for connection in self._open:
            connection.say(op)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket until either side closes it."""
        socket = GatewaySocket(self.closing_seconds)
        await socket.prepare(request)
        connection = Connection(socket, self.heartbeat_ms, self.heartbeat_tolerance, self._world.witness)
        self._open.append(connection)
        try:
            await self._serve(request, socket, connection)
        finally:
            self._detach(connection)
            self._open.remove(connection)
            self._world.changes.notify()
        return socket

    async def _serve(self, request: web.Request, socket: GatewaySocket, connection: Connection) -> None:
        try:
            async with connection.alive():
                _greet(connection, request.query.get("v", API_VERSION))
                while (message := await socket.receive()).type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    self._receive(connection, message.data)
                if message.type is WSMsgType.CLOSE and message.data in GOODBYES:
                    self._end(connection.session)
        except TimeoutError:
            code = Closing.UNKNOWN_ERROR
        except ClosingError as closing:
            code = closing.code
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a service, its client gets a close code
            self._world.failures.append(error)
            code = Closing.UNKNOWN_ERROR
        else:
            return
        self._detach(connection)
        await connection.close(code, code.name.replace("_", " ").capitalize())

    def _receive(self, connection: Connection, raw: str | bytes) -> None:
        connection.count(self._world.clock.now())
        frame = read_frame(raw)
        name = Op(frame.op).name if frame.op in _OPCODES else f"opcode {frame.op}"
        self._world.witness.commanded(name, frame.body)
        if frame.op == Op.HEARTBEAT:
            self._beat(connection, frame)
            return
        handler = self._ops.get(frame.op)
        if handler is None and frame.op not in {Op.IDENTIFY, Op.RESUME}:
            raise ClosingError(Closing.UNKNOWN_OPCODE)
        body = as_object(frame.body)
        if body is None:
            raise ClosingError(Closing.DECODE_ERROR)
        if handler is None:
            self._log_in(connection, frame.op, body)
        elif connection.session is None:
            raise ClosingError(Closing.NOT_AUTHENTICATED)
        else:
            handler(connection.session, body)

    def _beat(self, connection: Connection, frame: Frame) -> None:
        if frame.body is not None and not is_integer(frame.body):
            raise ClosingError(Closing.DECODE_ERROR)
        connection.beat()
        self._world.changes.notify()

    def _log_in(self, connection: Connection, op: int, body: Json) -> None:
        if connection.session is not None:
            raise ClosingError(Closing.ALREADY_AUTHENTICATED)
        if op == Op.IDENTIFY:
            self._identify(connection, body)
        else:
            self._resume(connection, body)
        self._world.changes.notify()

    def _identify(self, connection: Connection, body: Json) -> None:
        identity = read_identity(self._world.application, body)
        session = Session(identity.intents, self._world.witness, identity.shard)
        if len(guilds_of(self._world, session)) > self.max_guilds:
            raise ClosingError(Closing.SHARDING_REQUIRED)
        if not self.starts.spend():
            self._reset_token()
        if self.identifies_in_vain or not self._admits(session.shard):
            self.identifies_in_vain = max(0, self.identifies_in_vain - 1)
            connection.say(Op.INVALID_SESSION, body=False)
            return
        self.sessions[session.id] = session
        self.begun += 1
        self._attach(session, connection)
        welcome(self._world, session, self.url, names_shard=identity.shard is not None)

    def _reset_token(self) -> None:
        """End all sessions and give the bot another token. Raises ClosingError 4004."""
        self._world.application.token = secrets.token_urlsafe(32)
        self.invalidate(resumable=False)
        raise ClosingError(Closing.AUTHENTICATION_FAILED)

    def _admits(self, shard: Shard) -> bool:
        """Tell whether a shard may identify now, by the bucket that it is in (Gateway, "Max Concurrency")."""
        if self.max_concurrency is None:
            return True
        now, bucket = self._world.clock.now(), shard.number % self.max_concurrency
        last = self._identified.get(bucket)
        if last is not None and now - last < IDENTIFY_PACE:
            return False
        self._identified[bucket] = now
        return True

    def _resume(self, connection: Connection, body: Json) -> None:
        if body.get("token") != self._world.application.token:
            raise ClosingError(Closing.AUTHENTICATION_FAILED)
        sequence: object = body.get("seq")
        if not is_integer(sequence):
            raise ClosingError(Closing.DECODE_ERROR)
        self._bury_expired()
        session = self.sessions.get(str(body.get("session_id")))
        if session is not None and not 0 <= sequence <= session.sequence:
            self._end(session)
            raise ClosingError(Closing.INVALID_SEQ)
        missed = session.missed(sequence) if session else None
        if session is None or missed is None:
            connection.say(Op.INVALID_SESSION, body=False)
            return
        for frame in missed:
            connection.send(frame)
        self.resumed += 1
        self._attach(session, connection)
        session.dispatch("RESUMED", {"_trace": []})

    def _attach(self, session: Session, connection: Connection) -> None:
        self._strip(session)
        connection.session = session
        session.attach(connection)

    def _detach(self, connection: Connection) -> None:
        if connection.session is not None:
            connection.session.detach(self._world.clock.now())
            connection.session = None

    def _strip(self, session: Session) -> None:
        for connection in self._open:
            if connection.session is session:
                connection.session = None

    def _end(self, session: Session | None) -> None:
        if session is not None:
            self._strip(session)
            self.sessions.pop(session.id, None)

    def _bury_expired(self) -> None:
        now = self._world.clock.now()
        for session in [one for one in self.sessions.values() if one.expired(now)]:
            del self.sessions[session.id]


def _greet(connection: Connection, version: str) -> None:
    if version != API_VERSION:
        raise ClosingError(Closing.INVALID_API_VERSION)
    connection.say(Op.HELLO, {"heartbeat_interval": connection.heartbeat_ms, "_trace": []})


def _ignore(session: Session, body: Json) -> None:
    """Take a command that has no effect here."""
    del session, body
