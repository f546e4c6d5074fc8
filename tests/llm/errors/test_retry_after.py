"""The time that a server asks to wait is read in whatever form it is said."""

from datetime import UTC, datetime

import pytest

from bot.llm.errors.retry_after import retry_after_in, retry_after_of

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
        ({"retry-after": "Thu, 26 Nov 99999999999 12:00:30 GMT"}, None),
        ({"retry-after": "Thu, 99 Nov 2026 12:00:30 GMT"}, None),
    ],
)
def test_the_servers_wish_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    """The wish is read from seconds, milliseconds and dates, by the server's own header before a proxied one."""
    assert retry_after_in(headers, NOW) == seconds


def test_the_clock_is_the_real_one() -> None:
    """A date in the header is counted from now, and one that has passed asks for no wait."""
    assert retry_after_in({"retry-after": "Thu, 01 Jan 2020 00:00:00 GMT"}) == 0


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Rate limit reached. Please try again in 20s.", 20),
        ("Please try again in 6ms. Visit us.", 0.006),
        ("Please try again in 1m47.5s. Need more?", 107.5),
        ("Please try again in 1h2m3s", 3723),
        ("Limit 5. Please try again in 23m58.56s.", 1438.56),
        ("request reached max RPM: 3, please try again after 1 seconds", 1),
        ("Please retry after 6 seconds.", 6),
        ("Please wait 49520 seconds before retrying.", 49_520),
        ("Please retry in 36.429760048s.", 36.429760048),
        ("No deployments available, Try again in 5 seconds.", 5),
        ("Retry your request after 2 minutes", 120),
        ("try again in 1 hour, 2 minutes and 3 seconds", 3723),
        ("try again in 250 milliseconds", 0.25),
        ("try again in 9 days", 86_400),
        ("Rate limit reached for model `m` in organization `o` on tokens. Please try again in 4.77s.", 4.77),
        ("Please try again later.", None),
        ("try again in a minute", None),
        ("try again in 5 steps", None),
        ("It took 20s.", None),
        ("Cannot read 'try again in 20s'", None),
        ("", None),
    ],
)
def test_the_wish_is_read_from_the_servers_words(words: str, seconds: float | None) -> None:
    """A wait in a sentence is read in any unit, but from no quotation."""
    for body in (words, {"error": words}, {"error": {"message": words}}, {"detail": words}):
        assert retry_after_of(body, NOW) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"error": {"message": "x", "details": [{"@type": "…/google.rpc.RetryInfo", "retryDelay": "36.5s"}]}}, 36.5),
        ([{"error": {"message": "x", "details": [{"reason": "y"}, {"retryDelay": "1m"}]}}], 60),
        ({"error": "Model m is currently loading", "estimated_time": 20.5}, 20.5),
        ({"error": {"message": "x", "retry_after": 7}}, 7),
        ({"error": {"message": "x"}, "retry_after": "8"}, 8),
        ({"error": {"message": "x", "metadata": {"retry_after_seconds": 9}}}, 9),
        ({"message": "x", "retry_after_ms": 1500}, 1.5),
        ({"error": {"message": "x", "metadata": {"headers": {"X-RateLimit-Reset": "1795694445000"}}}}, 45),
        ({"error": {"message": "x", "metadata": {"headers": {"X-RateLimit-Reset": "soon"}}}}, None),
        ({"error": {"message": "try again in 20s", "retry_after": 7}}, 7),
        ({"message": "x", "retry_after": 10**400}, None),
        ({"message": "x", "retry_after": 10**9}, 86_400),
        ({"message": "x", "retry_after": -3}, 0),
        ({"message": "x", "retry_after": "soon"}, None),
        ({"message": "x", "retry_after": "1" * 1_000_000 + "x"}, None),
        ({"message": "x", "retry_after": 10**5000}, None),
        ({"message": "x", "retry_after": None}, None),
        ({"message": "x", "retry_after": True}, None),
        ({"message": "x", "details": "retry_after: 5"}, None),
        (None, None),
    ],
)
def test_the_wish_is_read_from_fields_of_the_body(body: object, seconds: float | None) -> None:
    """A wait in a field is read wherever servers put it, before one in words; a day is the longest."""
    assert retry_after_of(body, NOW) == (None if seconds is None else pytest.approx(seconds))
