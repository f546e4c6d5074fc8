"""The wire code that both servers share: JSON in, JSON out, and a socket on loopback."""

import asyncio
import errno
import json
import socket
import struct
import sys
from collections.abc import Iterable
from math import isfinite
from types import TracebackType
from typing import Any, Self, cast

from aiohttp import web
from aiohttp.typedefs import Handler

if sys.platform == "linux":
    import fcntl
    import termios

JSON_TYPE = "application/json"
_LOOK_SECONDS = 0.001
_NOT_TO_BE_HAD = frozenset({errno.EADDRINUSE, errno.EACCES})

Json = dict[str, Any]
"""A JSON object as it stands on the wire."""


def dumps(value: object) -> bytes:
    """Write JSON in ASCII: what is no valid Unicode, such as half an emoji, goes out as an escape, as some servers send it."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def loads(text: str | bytes) -> object:
    """Read JSON as RFC 8259 has it, so without NaN and without numbers beyond a float. Raises ValueError."""
    try:
        return json.loads(text, parse_float=_finite, parse_constant=_finite)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"no number of JSON: {text}")
    return number


def as_object(value: object) -> Json | None:
    """Return a JSON value if it is an object."""
    return cast("Json", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[object] | None:
    """Return a JSON value if it is an array."""
    return cast("list[object]", value) if isinstance(value, list) else None


def reply(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Build a JSON response whose content type is exactly `application/json`: clients compare it with `==`."""
    return web.Response(body=dumps(body), status=status, headers={**(headers or {}), "Content-Type": JSON_TYPE})


async def delivered(request: web.Request) -> None:
    """Wait until the client's system has all that was written: a reset throws away the rest, at least on Linux.

    What a client was sent but has not read yet when the reset comes, its own system still gives it.
    """
    transport = request.transport
    while transport is not None and not transport.is_closing() and _unsent(transport):  # noqa: ASYNC110 - no system tells
        await asyncio.sleep(_LOOK_SECONDS)


def _unsent(transport: asyncio.Transport) -> int:
    """Count the bytes that wait here, or in the system until the client's confirms them."""
    if (size := transport.get_write_buffer_size()) or sys.platform != "linux":
        return size
    count = struct.pack("i", 0)
    return struct.unpack("i", fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, count))[0]


def hang_up(request: web.Request) -> web.Response:
    """Close the connection of a request, as a server does that ends. Nobody gets the response."""
    if (transport := request.transport) is not None:
        transport.close()
    return web.Response()


def reset(request: web.Request) -> web.Response:
    """Reset the connection of a request. The response only serves to be returned; nobody gets it."""
    if (transport := request.transport) is not None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


class Loopback:
    """One aiohttp application that listens on 127.0.0.1 while the context lasts, on the first of `ports` that is free.

    Port 0 is one of the system's choice.

    A handler whose client went away is cancelled, or ends without a word. One that raises anything else is a mistake in the
    sandbox or in what a test gave it: the client gets a 500, or a websocket that closes, and the exception is kept in `failures`.
    """

    def __init__(self, app: web.Application, failures: list[Exception], ports: Iterable[int] = (0,)) -> None:
        app.middlewares.append(self._note_failure)
        self._failures = failures
        self._ports = tuple(ports)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.5)
        self.port = 0

    @property
    def origin(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await self._listen()
        except BaseException:
            await self._runner.cleanup()
            raise
        self.port = int(self._runner.addresses[0][1])
        return self

    async def _listen(self) -> None:
        for port in self._ports:
            try:
                await web.TCPSite(self._runner, "127.0.0.1", port).start()
            except OSError as error:
                if error.errno not in _NOT_TO_BE_HAD or port == self._ports[-1]:
                    raise
            else:
                return

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @web.middleware
    async def _note_failure(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException:  # aiohttp's way to answer
            raise
        except ConnectionError:  # the client is gone, also in the middle of a websocket's handshake
            return hang_up(request)
        except Exception as error:
            self._failures.append(error)
            raise
