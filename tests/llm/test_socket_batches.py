"""The system collects the bytes of a stream, as many as are expected, before it wakes the process."""

import asyncio
from contextlib import aclosing

import pytest
from openai import DefaultAioHttpClient

from bot.llm.transport import SocketBatches
from tests.llm.wire import HELLO, STOP, STREAM, chunked, serving


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.usefixtures("trusted")
async def test_a_batch_is_read_when_it_is_whole_or_when_its_time_is_up(tls: bool) -> None:
    """Bytes are left to the system until as many are there as are expected, or the time is up."""
    go_on = asyncio.Semaphore(0)

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM)
        for piece in (HELLO, HELLO, HELLO):
            await go_on.acquire()
            writer.write(chunked(piece, end=False))

    async with (
        serving(reply, tls=tls) as wire,
        DefaultAioHttpClient() as client,
        client.stream("GET", f"{wire.url}/", headers={"Content-Length": "0"}) as response,
        aclosing(response.aiter_raw()) as chunks,
    ):
        batches = SocketBatches(response)
        batches.expect(2 * len(HELLO), 3600)
        reader = asyncio.create_task(anext(chunks))
        go_on.release()
        assert await asyncio.wait([reader], timeout=0.05) == (set(), {reader})
        go_on.release()
        assert await reader == HELLO * 2
        batches.expect(10_000, 0.01)
        go_on.release()
        assert await anext(chunks) == HELLO
        batches.close()


async def test_a_connection_that_ends_ends_the_batch() -> None:
    """Bytes that a server sends just before it closes the connection are read at once, however much was expected."""
    go_on = asyncio.Event()

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + chunked(HELLO, end=False))
        await go_on.wait()
        writer.write(chunked(STOP))

    async with (
        serving(reply) as wire,
        DefaultAioHttpClient() as client,
        client.stream("GET", f"{wire.url}/", headers={"Content-Length": "0"}) as response,
        aclosing(response.aiter_raw()) as chunks,
    ):
        assert await anext(chunks) == HELLO
        batches = SocketBatches(response)
        batches.expect(10_000, 3600)
        go_on.set()
        assert await anext(chunks) == STOP
        batches.close()
        assert await anext(chunks, None) is None
        SocketBatches(response).expect(10_000, 3600)  # where no connection is left, that is no error
