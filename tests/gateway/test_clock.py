"""The time by Discord's clock, read from the dates of its answers and from the ids of events."""

import logging
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest
from pydantic import SecretStr

from bot.config import DiscordSettings
from bot.gateway.clock import DiscordClock
from bot.gateway.login import logged_in
from tests.truth.watch import Watch

HOST = 1_800_000_000_000
"""The time of the computer's clock in these tests, in milliseconds."""
QUARTER = 900_000


def clock() -> DiscordClock:
    """A clock on a computer whose own stands still."""
    return DiscordClock(lambda: HOST)


def id_at(milliseconds: int) -> int:
    """The id of an event of that time."""
    return (milliseconds - discord.utils.DISCORD_EPOCH) << 22


async def answered(telling: DiscordClock, **headers: str) -> None:
    """Let the clock see an answer of Discord's with these headers."""
    trace = aiohttp.TraceConfig()
    telling.follow(trace)
    (read,) = trace.on_request_end
    await read(
        cast("Any", None), SimpleNamespace(), cast("Any", SimpleNamespace(response=SimpleNamespace(headers=headers)))
    )


@pytest.mark.parametrize("ahead_seconds", [-86_400, -960, -60, 60, 960, 604_800])
async def test_the_login_sets_the_clock(watch: Watch, caplog: pytest.LogCaptureFixture, ahead_seconds: int) -> None:
    """After the login the time is Discord's to the second, and one warning says by how much the computer's clock is off."""
    async with watch.sandbox(ahead_seconds=ahead_seconds) as box:
        telling, trace = DiscordClock(), aiohttp.TraceConfig()
        telling.follow(trace)
        settings = DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)
        with caplog.at_level(logging.WARNING, "bot.gateway.clock"):
            async with logged_in(settings, trace) as client:
                await client.fetch_user(box.bot.id)
        assert abs(telling.moment() - box.clock.now()).total_seconds() < 2.5
    (record,) = caplog.records
    assert ("behind" if ahead_seconds > 0 else "ahead of") in record.getMessage()
    seconds = int(record.getMessage().partition(" s ")[0].rpartition(" ")[2])
    assert abs(seconds - abs(ahead_seconds)) <= 2


async def test_clocks_that_agree_are_left_alone(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    """Where both clocks agree, the time is the computer's, and nothing is said."""
    async with watch.sandbox() as box:
        telling, trace = clock(), aiohttp.TraceConfig()
        settings = DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)
        telling = DiscordClock()
        telling.follow(trace)
        async with logged_in(settings, trace):
            assert abs(telling.moment() - box.clock.now()).total_seconds() < 0.5
    assert caplog.records == []


async def test_a_clock_that_is_set_again_is_followed() -> None:
    """The difference is read from every answer: a computer whose clock is set while the bot runs tells the right time again."""
    host = [HOST]
    telling = DiscordClock(lambda: host[0])
    await answered(telling, Date="Fri, 15 Jan 2027 08:15:00 GMT")
    assert telling() == HOST + QUARTER + 500
    host[0] += QUARTER
    await answered(telling, Date="Fri, 15 Jan 2027 08:15:00 GMT")
    assert telling() == HOST + QUARTER


async def test_a_second_more_or_less_moves_nothing() -> None:
    """A date has whole seconds: answers of one second do not make the time jump."""
    telling = clock()
    await answered(telling, Date="Fri, 15 Jan 2027 08:15:00 GMT")
    before = telling()
    await answered(telling, Date="Fri, 15 Jan 2027 08:15:01 GMT")
    assert telling() == before


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Fri, 99 Foo 2027 08:15:00 GMT", "\x00", "Fri, 15 Jan 99999 08:00:00 GMT"]
)
async def test_a_date_that_is_none_is_passed_over(date: str) -> None:
    """A header that holds no date changes nothing, and neither does an answer without one."""
    telling = clock()
    await answered(telling, Date=date)
    await answered(telling)
    assert telling() == HOST


async def test_an_event_is_not_from_the_future() -> None:
    """An event moves the clock forward to its own time, and one from the past, as a resumed session brings, moves nothing."""
    telling = clock()
    await answered(telling, Date="Fri, 15 Jan 2027 08:00:00 GMT")
    telling.saw(id_at(HOST + 60_000))
    assert telling() == HOST + 60_000
    telling.saw(id_at(HOST - 60_000))
    assert telling() == HOST + 60_000


async def test_without_dates_events_set_the_clock() -> None:
    """Behind a proxy that takes the dates away, the first event tells the time on a computer that is ahead."""
    telling = clock()
    telling.saw(id_at(HOST - QUARTER))
    assert telling() == HOST - QUARTER


async def test_without_dates_an_old_event_sets_nothing_back(caplog: pytest.LogCaptureFixture) -> None:
    """Behind such a proxy, events that a resumed session repeats move nothing, and newer ones move the clock forward."""
    telling = clock()
    for at, expected in [(HOST, HOST), (HOST - QUARTER, HOST), (HOST + 5_000, HOST + 5_000), (HOST, HOST + 5_000)]:
        telling.saw(id_at(at))
        assert telling() == expected
    assert caplog.records == []


async def test_an_event_of_a_far_future_does_not_move_the_clock() -> None:
    """Where Discord's answers have dates, an event is believed up to an hour ahead of them, and no id beyond that."""
    telling = DiscordClock(lambda: HOST)
    await answered(telling, Date="Fri, 15 Jan 2027 08:15:00 GMT")
    at = telling()
    telling.saw(id_at(at + 86_400_000))
    assert telling() == at
    telling.saw(id_at(at + QUARTER))
    assert telling() == at + QUARTER
