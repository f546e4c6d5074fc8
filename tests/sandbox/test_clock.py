"""The movable clock."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import pytest

from bot.sandbox import Channel, Person, Sandbox
from bot.sandbox.clock import Clock, stamp


def test_moving_skips_time() -> None:
    """A moved clock is ahead of the time by as much as it was moved."""
    clock = Clock()
    clock.moves(seconds=3600)
    assert clock.now() - datetime.now(UTC) > timedelta(minutes=59)


def test_the_clock_never_moves_back() -> None:
    """The clock cannot be moved back."""
    with pytest.raises(ValueError, match="forward"):
        Clock().moves(seconds=-1)


def test_stamps_look_like_discords() -> None:
    """Stamps have microseconds and an offset as Discord's do, which discord.py parses by `fromisoformat`."""
    assert stamp(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05.000000+00:00"


async def test_messages_are_dated_by_the_moved_clock(box: Sandbox, general: Channel, alice: Person) -> None:
    """Messages are dated by the moved clock."""
    before = await alice.says(general, "now")
    box.clock.moves(seconds=86_400)
    after = await alice.says(general, "tomorrow")
    assert after.created_at - before.created_at >= timedelta(days=1)


def test_a_skip_wakes_whoever_waits_for_a_moment() -> None:
    """A move of the clock wakes those who wait for a moment."""
    woken: list[bool] = []
    Clock(moved=lambda: woken.append(True)).moves(seconds=3)
    assert woken == [True]


@pytest.mark.parametrize("ahead_seconds", [-3600, 0, 3600])
async def test_answers_are_dated_by_the_clock(ahead_seconds: float) -> None:
    """Every answer, a refusal and that of the websocket included, has the header `Date` by Discord's clock."""
    async with Sandbox(ahead_seconds=ahead_seconds) as box, aiohttp.ClientSession() as http:
        dates = [(await http.get(f"{box.discord.api_base}/{path}")).headers["Date"] for path in ("gateway", "nowhere")]
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        address = box.discord.gateway_url.replace("ws", "http", 1)
        async with http.get(address, headers={**upgrade, "Sec-WebSocket-Key": "bm90IGEgc2VjcmV0ISEhIQ=="}) as opened:
            assert opened.status == 101
            dates.append(opened.headers["Date"])
        for date in dates:
            assert abs(parsedate_to_datetime(date) - box.clock.now()) < timedelta(seconds=3)
