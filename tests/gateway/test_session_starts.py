"""The sessions that the bot begins: by arithmetic over whole days, and on the sandbox's sockets."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.session_starts import SessionStarts, StartLimit, start_limit
from bot.sandbox.clock import Clock
from bot.sandbox.discord.gateway.session_starts import SessionStarts as Granted
from tests.gateway.conftest import Town

DAY = 86_400.0


@dataclass
class Now:
    """A clock that is set by hand."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.seconds


def begun_in(days: int, between: Callable[[int], float], *, told: bool = False, total: int = 1_000) -> list[int]:
    """Begin a session after each pause for some days; return how many began on each, by windows as Discord counts them.

    `told`: Discord's own figures are read before each; else they are never known.
    """
    now = Now()
    starts = SessionStarts(now)
    begun = [0] * days
    number = 0
    while now.seconds < days * DAY:
        today = int(now.seconds // DAY)
        if told:
            starts.told(StartLimit(total, total - begun[today], (today + 1) * DAY - now.seconds))
        now.seconds += max(starts.pause_seconds(), starts.seconds_between())
        if (today := int(now.seconds // DAY)) < days:
            starts.spend()
            begun[today] += 1
        now.seconds += between(number)
        number += 1
    return begun


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("seconds", [0.0, 15.0, 61.0])
def test_no_day_begins_more_sessions_than_it_is_granted(seconds: float, *, told: bool) -> None:
    """Sessions that break at once, every 15 s or every 61 s for three days begin under 1,000 sessions a day, to the last hour."""
    begun = begun_in(3, lambda _: seconds, told=told)
    assert max(begun) <= 1_000
    assert min(begun) > 900


def test_what_a_day_needs_costs_no_pause() -> None:
    """Sessions that break every ten minutes begin without a pause."""
    assert min(begun_in(2, lambda _: 600.0, told=True)) >= 143


@given(st.lists(st.floats(0, 3_000), min_size=1, max_size=20), st.integers(1, 3_000))
def test_no_rhythm_begins_more_sessions_than_granted(pauses: list[float], total: int) -> None:
    """Sessions that break in any rhythm, under any grant, never begin more sessions than are granted."""
    assert max(begun_in(1, lambda number: pauses[number % len(pauses)], told=True, total=total)) <= total


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"total": 1000, "remaining": 7, "reset_after": 1500}, StartLimit(1000, 7, 1.5)),
        ({"total": 1000, "remaining": 2000, "reset_after": 0}, StartLimit(1000, 1000, DAY)),
        ({"total": 1000, "remaining": 1, "reset_after": 10**15}, StartLimit(1000, 1, DAY)),
        ({}, None),
        (None, None),
        ([], None),
        ({"total": 0, "remaining": 0, "reset_after": 0}, None),
        ({"total": True, "remaining": 1, "reset_after": 1}, None),
        ({"total": 1000, "remaining": -1, "reset_after": 1}, None),
        ({"total": 1000, "remaining": "7", "reset_after": 1}, None),
        ({"total": 1000, "remaining": 7, "reset_after": 2**63}, None),
        ({"total": 1000, "remaining": 7, "reset_after": float("nan")}, None),
    ],
)
def test_only_figures_that_fit_are_read(told: object, expected: StartLimit | None) -> None:
    """Figures beyond a day are cut, and whatever is no whole number is not taken for one."""
    assert start_limit(told) == expected


async def test_a_start_waits_for_the_grant(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """A bot that may begin no session waits until Discord grants new ones, says so, and keeps its token."""
    granted = town.box.discord.gateway.starts
    granted.uses(granted.total, reset_after=timedelta(seconds=2))
    token = town.box.discord.token
    town.client.starts_told(granted.payload())
    async with town.online():
        await town.box.bot.connected()
        await town.hears("hello")
    assert (granted.used, granted.exceeded, town.box.discord.token) == (1, False, token)
    assert "Discord lets me begin 0 more sessions" in caplog.text


async def test_sessions_that_are_invalid_are_begun_within_the_grant(town: Town) -> None:
    """Where Discord calls each session invalid, new ones begin within what it grants, and the token stays."""
    gateway = town.box.discord.gateway
    gateway.starts.uses(gateway.starts.total - 11, reset_after=timedelta(seconds=4))
    gateway.identifies_in_vain = 1
    async with town.online([0.0]):
        await town.box.bot.connected(60)
        await town.hears("hello")
    assert not gateway.starts.exceeded
    asked = [call.template for call in town.box.discord.calls].count("/gateway/bot")
    assert asked == 2


async def test_a_pause_before_a_session_ends_with_the_bot(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """A bot that waits for new sessions closes at once, and logs no error."""
    granted = town.box.discord.gateway.starts
    granted.uses(granted.total, reset_after=timedelta(hours=20))
    town.client.starts_told(granted.payload())
    async with asyncio.timeout(60), town.online():
        pass
    assert granted.used == granted.total
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_figures_that_cannot_be_had_are_done_without(town: Town) -> None:
    """Where Discord does not say how many sessions are left, the bot counts them itself and connects."""
    async with town.online([0.0]):
        await town.box.bot.connected()
        town.box.discord.fails("GET", "/gateway/bot", 403, code=40001)
        await town.box.discord.drops_gateway(4009)
        await town.box.bot.began(2, timeout=30)
        assert town.client.starts.remaining == town.box.discord.gateway.starts.total - 2


def test_the_sandbox_counts_a_day() -> None:
    """The sandbox's Discord grants a number of sessions in 24 hours from the first one on, and calls one more too many."""
    clock = Clock()
    granted = Granted(clock)
    granted.total = 2
    assert granted.payload() == {"total": 2, "remaining": 2, "reset_after": 0}
    assert granted.spend()
    assert granted.spend()
    assert granted.payload()["remaining"] == 0
    clock.moves(seconds=DAY)
    assert granted.payload() == {"total": 2, "remaining": 2, "reset_after": 0}
    assert [granted.spend() for _ in range(3)] == [True, True, False]
