"""`read_frame` reads a frame of a client; `GatewaySocket` refuses frames that are too large.

Source: Discord's documentation, Gateway, "Sending Events" (JSON with `op` and `d`, at most 4096 bytes, else 4002). It
does not say whether a binary frame may hold JSON; here it may.
"""

import asyncio
from dataclasses import dataclass
from typing import TypeGuard

from aiohttp import WSCloseCode, web

from bot.sandbox.discord.gateway.opcodes import Closing, ClosingError
from bot.sandbox.wire import as_object, loads

MAX_PAYLOAD = 4096
CLOSING_SECONDS = 1.0
"""The time for which a close waits until the client has read all frames and sent its own close."""

_UNREADABLE = frozenset({WSCloseCode.MESSAGE_TOO_BIG, WSCloseCode.INVALID_TEXT, WSCloseCode.PROTOCOL_ERROR})


@dataclass(frozen=True, slots=True)
class Frame:
    """An opcode and its data."""

    op: int
    body: object


class GatewaySocket(web.WebSocketResponse):
    """A websocket that reads no message beyond the limit, and replaces aiohttp's close codes by Discord's."""

    def __init__(self, closing_seconds: float) -> None:
        too_long = MAX_PAYLOAD + 1  # aiohttp refuses what has as many bytes as its limit
        self._closing_seconds = closing_seconds
        super().__init__(timeout=closing_seconds, max_msg_size=too_long, compress=False)

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        """Close; a message that could not even be received is a decode error. A client that reads nothing is cut off."""
        code = Closing.DECODE_ERROR if code in _UNREADABLE else code
        try:
            async with asyncio.timeout(self._closing_seconds):
                return await super().close(code=code, message=message, drain=drain)
        except TimeoutError:
            if self._req is not None and self._req.transport is not None:
                self._req.transport.abort()
            return True


def read_frame(raw: str | bytes) -> Frame:
    """Read a frame. Raises ClosingError 4002 for anything but a JSON object with an integer `op`."""
    try:
        message = as_object(loads(raw))
    except (ValueError, RecursionError):
        raise ClosingError(Closing.DECODE_ERROR) from None
    op: object = None if message is None else message.get("op")
    if message is None or not is_integer(op):
        raise ClosingError(Closing.DECODE_ERROR)
    return Frame(op, message.get("d"))


def is_integer(value: object) -> TypeGuard[int]:
    """Tell whether a value is a JSON integer, which true, false and 1.0 are not."""
    return type(value) is int
