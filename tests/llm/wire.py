"""A server that sends exactly the bytes that a test gives it, and notes requests and connections."""

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache

import trustme

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
HELLO = b'data: {"choices":[{"index":0,"delta":{"content":"hello"}}]}\n\n'
STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


def chunked(*chunks: bytes, end: bool = True) -> bytes:
    """Bytes as chunks of a response."""
    last = b"0\r\n\r\n" if end else b""
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + last


ANSWER = STREAM + chunked(HELLO, STOP)


Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Wire:
    """The traffic so far. `left` is set when a connection ended."""

    reply: bytes | Reply
    post: bytes | None = None
    url: str = ""
    connections: int = 0
    requests: list[bytes] = field(default_factory=list[bytes])
    left: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    writers: list[asyncio.StreamWriter] = field(default_factory=list[asyncio.StreamWriter])

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection."""
        self.connections += 1
        self.writers.append(writer)
        self.tasks.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            self.left.set()
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; tells whether the connection can serve another."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        self.requests.append(head + await reader.readexactly(int(length[1]) if length else 0))
        if callable(self.reply):
            await self.reply(writer)
            return False
        reply = self.post if self.post is not None and head.startswith(b"POST ") else self.reply
        writer.write(reply)
        return reply.endswith(b"0\r\n\r\n")


@cache
def authority() -> trustme.CA:
    """The signer of the certificate of a server with TLS, which no client knows unless it is told."""
    return trustme.CA()


@asynccontextmanager
async def serving(reply: bytes | Reply, *, post: bytes | None = None, tls: bool = False) -> AsyncGenerator[Wire, None]:
    """Answer each request on 127.0.0.1 with these bytes, or as a function does it; a short answer closes the connection.

    `post` answers requests with the method POST, where they get another answer.
    """
    wire = Wire(reply, post)
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate = authority().issue_cert("127.0.0.1")
        certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType] -- it takes pyOpenSSL's contexts too
    server = await asyncio.start_server(wire.accept, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    wire.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/v1"
    try:
        yield wire
    finally:
        server.close()
        for task in wire.tasks:
            task.cancel()
        await asyncio.gather(*wire.tasks, return_exceptions=True)
        for writer in wire.writers:  # a task that was cancelled before its first step has closed nothing
            writer.transport.abort()
        await asyncio.sleep(0)  # the loop closes their sockets


def reset(writer: asyncio.StreamWriter) -> None:
    """Reset a connection."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
