"""The pace at which an answer that grows is edited."""

import asyncio

import aiohttp
from aiohttp import web

from bot.reply.pace import Pace


async def answered(pace: Pace, method: str, path: str, headers: dict[str, str]) -> None:
    """Have Discord answer one request with these headers."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        async with aiohttp.ClientSession(trace_configs=[pace.tracing()]) as session:
            address = runner.addresses[0]
            async with session.request(method, f"http://{address[0]}:{address[1]}{path}") as response:
                await response.read()
    finally:
        await runner.cleanup()


def limit(left: int, seconds: float) -> dict[str, str]:
    """Discord's headers for so many more requests in so many seconds."""
    return {"X-RateLimit-Remaining": str(left), "X-RateLimit-Reset-After": str(seconds)}


EDIT = "/api/v10/channels/1/messages/2"


async def test_an_answer_alone_is_edited_once_a_second() -> None:
    """An answer alone waits a second between two edits."""
    assert Pace().seconds(1) == 1.0


async def test_the_last_edit_of_a_window_is_left_for_the_end() -> None:
    """An answer stops growing on Discord when one edit of its channel is left, until the limit renews itself."""
    pace = Pace()
    await answered(pace, "PATCH", EDIT, limit(2, 4))
    assert pace.seconds(1) == 1.0
    await answered(pace, "PATCH", EDIT, limit(1, 4))
    assert 3 < pace.seconds(1) <= 4
    assert pace.seconds(3) == 1.0  # another channel has a window of its own
    await answered(pace, "PATCH", EDIT, limit(1, 0.05))
    await asyncio.sleep(0.06)
    assert pace.seconds(1) == 1.0


async def test_only_edits_of_messages_count() -> None:
    """Headers of other requests, and those that cannot be read, change nothing."""
    pace = Pace()
    await answered(pace, "POST", "/api/v10/channels/1/messages", limit(0, 9))
    await answered(pace, "PATCH", "/api/v10/channels/1", limit(0, 9))
    await answered(pace, "PATCH", EDIT, {})
    await answered(pace, "PATCH", EDIT, {"X-RateLimit-Remaining": "none", "X-RateLimit-Reset-After": "9"})
    assert pace.seconds(1) == 1.0


async def test_many_answers_at_once_share_what_the_bot_may_do() -> None:
    """The more answers grow at once, the longer each waits between two edits."""
    pace = Pace()
    for _ in range(90):
        pace.begins()
    assert pace.seconds(1) == 3.0
    for _ in range(90):
        pace.ends()
    assert pace.seconds(1) == 1.0


async def test_of_many_channels_the_latest_are_remembered() -> None:
    """The limits of the thousand channels that were edited last are known, and no others."""
    pace = Pace()
    for channel in range(1000):
        pace.note(channel, 1, 60.0)
    pace.note(0, 1, 60.0)
    pace.note(1000, 1, 60.0)
    assert [pace.seconds(channel) > 1 for channel in (0, 1, 2, 1000)] == [True, False, True, True]
