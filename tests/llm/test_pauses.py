"""A server that says how long to wait is waited for as long, in whatever form it says it."""

from datetime import UTC, datetime

import pytest

from bot.errors import ModelBusy, ModelUnreachable
from bot.llm.pauses import pause, wish

NOW = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "20"}, 20),
        ({"retry-after": "0"}, 0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "999999999"}, 86_400),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2),
        ({"retry-after": "Thu, 26 Nov 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Thu, 26 Nov 2026 12:00:30 -0000"}, 30),
        ({"retry-after": "Thu, 26 Nov 2026 11:00:00 GMT"}, 0),
        ({"llm_provider-retry-after": "7"}, 7),
        ({"llm_provider-retry-after": "7", "retry-after": "8"}, 8),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Thu, 99 Nov 2026 12:00:30 GMT"}, None),
    ],
)
def test_the_servers_wish_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    """If a form were not known, the bot would knock too early, be refused again, and give up."""
    assert wish(headers, NOW) == seconds


def test_the_clock_is_the_real_one() -> None:
    """A date in the header would be counted from another moment than now."""
    assert wish({"retry-after": "Thu, 01 Jan 2020 00:00:00 GMT"}) == 0


def test_the_wish_goes_before_our_own_pauses() -> None:
    """A server that asks for patience would be asked again at once."""
    assert pause(1, ModelBusy("busy", 7.0)) == 7.0
    assert pause(1, ModelBusy("busy", 0.0)) == 0.0


def test_our_pauses_grow() -> None:
    """A server that struggles would be asked as fast as before."""
    for error in (ModelBusy("busy"), ModelUnreachable("gone")):
        assert 0.4 <= pause(1, error) <= 0.6
        assert 0.8 <= pause(2, error) <= 1.2
