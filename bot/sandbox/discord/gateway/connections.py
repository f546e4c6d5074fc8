"""`Connection` carries frames over one websocket of a client, from HELLO to its close.

Its limits are Discord's: 120 frames in 60 seconds (Gateway, "Rate Limiting"), and a heartbeat in time (Gateway,
"Heartbeat Interval").
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

from aiohttp import WSMsgType

from bot.sandbox.discord.gateway.frames import GatewaySocket
from bot.sandbox.discord.gateway.opcodes import Closing, ClosingError, Op
from bot.sandbox.discord.gateway.sessions import REPLAYABLE, Session
from bot.sandbox.wire import dumps
from bot.sandbox.witness import Witness

MAX_FRAMES = 120
FRAMES_WINDOW = timedelta(seconds=60)
MAX_BEHIND = 2 * REPLAYABLE
"""The most frames that wait for a client before it is closed: more than a resume brings. Discord's figure is in no document."""

HEARTBEAT_TOLERANCE = 0.5
"""How much later than its interval a heartbeat may come, in intervals. The documentation says "tolerance" without a figure."""

ACK_SECONDS = 0.03
"""A heartbeat is acknowledged as late as over a network. discord.py notes the sending of one in a thread, some moments after
it, and would warn that the connection is an interval behind if the answer came sooner."""


class Connection:
    """One websocket. Frames are queued and written in order, so that an announcement never waits.

    `session` is the session that the client has identified or resumed. On a frozen connection, which stays open,
    nothing is sent any more. A client that reads too slowly is closed; its session keeps the events that it missed.
    """

    def __init__(self, socket: GatewaySocket, heartbeat_ms: int, tolerance: float, witness: Witness) -> None:
        self.session: Session | None = None
        self.frozen = False
        self.heartbeats = 0
        self.heartbeat_ms = heartbeat_ms
        self._tolerance = tolerance
        self._socket = socket
        self._witness = witness
        self._over = False
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(MAX_BEHIND)
        self._received: deque[datetime] = deque(maxlen=MAX_FRAMES)
        self._life = asyncio.timeout(None)

    @property
    def live(self) -> bool:
        """True while it carries a session whose events arrive."""
        return self.session is not None and not (self.frozen or self._over)

    def send(self, frame: bytes) -> None:
        """Queue a frame; one too many ends the connection."""
        if self.frozen or self._over:
            return
        if self._frames.full():
            self._over = True
            self._life.reschedule(self._deadline())
        else:
            self._frames.put_nowait(frame)

    def say(self, op: Op, body: object = None) -> None:
        """Queue a frame that is no event."""
        self._witness.told(op.name, body)
        self.send(dumps({"op": op, "d": body, "s": None, "t": None}))

    def beat(self) -> None:
        """Take a heartbeat, acknowledge it and wait for the next."""
        self.heartbeats += 1
        self._life.reschedule(self._deadline())
        asyncio.get_running_loop().call_later(ACK_SECONDS, self.say, Op.HEARTBEAT_ACK)

    def count(self, now: datetime) -> None:
        """Count a frame of the client. Raises ClosingError 4008 for one too many."""
        if len(self._received) == MAX_FRAMES and now - self._received[0] < FRAMES_WINDOW:
            raise ClosingError(Closing.RATE_LIMITED)
        self._received.append(now)

    async def close(self, code: int, reason: str = "") -> None:
        """Close the socket with a code."""
        await self._socket.close(code=code, message=reason.encode())

    @contextlib.asynccontextmanager
    async def alive(self) -> AsyncGenerator[None]:
        """Write queued frames and time the heartbeats while the context lasts. Raises TimeoutError."""
        writer = asyncio.create_task(self._write())
        self._life = asyncio.timeout_at(self._deadline())
        try:
            async with self._life:
                yield
        finally:
            self._over = True
            writer.cancel()
            await asyncio.wait([writer])

    def _deadline(self) -> float:
        patience = 0 if self._over else self.heartbeat_ms / 1000 * (1 + self._tolerance)
        return asyncio.get_running_loop().time() + patience

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self._socket.send_frame(await self._frames.get(), WSMsgType.TEXT)
