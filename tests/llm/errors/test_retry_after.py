"""The time that a server asks to wait is read in whatever form it is said."""

from datetime import UTC, datetime

import pytest

from bot.llm.errors.retry_after import retry_after_in

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
    """The wish is read from seconds, milliseconds and dates, by the server's own header before a proxied one."""
    assert retry_after_in(headers, NOW) == seconds


def test_the_clock_is_the_real_one() -> None:
    """A date in the header is counted from now, and one that has passed asks for no wait."""
    assert retry_after_in({"retry-after": "Thu, 01 Jan 2020 00:00:00 GMT"}) == 0
