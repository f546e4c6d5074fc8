"""Moments as models read them: in a time zone, whose clocks may go back."""

import time
from collections.abc import Generator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.moments import moment
from bot.chat.ports.clock import now

BERLIN = ZoneInfo("Europe/Berlin")


def at(*when: int) -> int:
    """Milliseconds of a moment in UTC."""
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Berlin", "Sat 2026-11-28 20:05 CET"),
        ("Asia/Kolkata", "Sun 2026-11-29 00:35 IST"),
        ("America/Sao_Paulo", "Sat 2026-11-28 16:05 -03:00"),
        ("Asia/Kathmandu", "Sun 2026-11-29 00:50 +05:45"),
        ("UTC", "Sat 2026-11-28 19:05 UTC"),
    ],
)
def test_a_moment_is_told_in_the_zone(zone: str, shown: str) -> None:
    """Day, date, time and the zone's abbreviation, or its offset where it has none."""
    assert moment(at(2026, 11, 28, 19, 5, 59), ZoneInfo(zone)) == shown


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    """When clocks go back, the abbreviation says which of both hours it is."""
    first, second = (moment(at(2026, 10, 25, hour, 30), BERLIN) for hour in (0, 1))
    assert (first, second) == ("Sun 2026-10-25 02:30 CEST", "Sun 2026-10-25 02:30 CET")


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """A machine in Tokyo."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_tokyo")
def test_the_machines_zone_is_the_default() -> None:
    """Without a zone, a moment is told in that of the machine."""
    assert moment(at(2026, 11, 28, 19, 5), None) == "Sun 2026-11-29 04:05 JST"


@given(
    st.integers(0, at(2150, 1, 1)), st.sampled_from(["Europe/Berlin", "Pacific/Apia", "Africa/Monrovia", "Etc/GMT+12"])
)
def test_a_moment_is_one_short_line_without_brackets(when: int, zone: str) -> None:
    """No moment holds what could end a tag."""
    shown = moment(when, ZoneInfo(zone))
    assert not set(shown) & set("()[]#\n")
    assert len(shown) <= 28


def test_the_clock_counts_milliseconds() -> None:
    """The clock tells milliseconds since 1970 UTC."""
    before = time.time()
    assert before * 1000 - 1 <= now() <= time.time() * 1000
