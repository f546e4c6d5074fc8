"""Reads how long a server asks to wait before a request is tried again: from headers, or from fields and words of the body."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any, Final, cast

from bot.llm.errors.body import messages_in, objects_in, own_words

_DAY_SECONDS: Final = 86_400.0
_LONGEST_DURATION: Final = 64
"""Length in characters of the longest field that is searched for durations."""
_LITELLM_PREFIX: Final = "llm_provider-"
"""The prefix that LiteLLM puts before the names of the provider's headers."""
_FIELDS: Final = {
    "retry_after_ms": 0.001,
    "retry_after": 1.0,
    "retry_after_seconds": 1.0,
    "retryafter": 1.0,
    "retrydelay": 1.0,  # Google: `RetryInfo`
    "estimated_time": 1.0,  # Hugging Face, while a model is being loaded
}
"""Fields of a body that hold the wait, in lower case, with their unit in seconds."""

_UNITS: Final = {"ms": 0.001, "milli": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
"""Seconds by the beginning of a unit's name. The first that fits counts."""
_UNIT: Final = r"(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])"
_NUMBER: Final = r"\d{1,12}(?:\.\d{1,12})?"
_DURATION: Final = re.compile(rf"(?<!\d)({_NUMBER})\s?({_UNIT})")
_WISH: Final = re.compile(
    rf"(?:try again|retry(?:ing)?|wait|available again)(?: (?:your request|in|after|for|about|at least|another))*"
    rf" ({_NUMBER}\s?{_UNIT}(?:(?:,? and |, | )?{_NUMBER}\s?{_UNIT})*)"
)
"""Words such as `try again in 1m47.5s` (Groq), `retry after 6 seconds` (Azure), `wait 50 seconds before retrying` (GitHub)."""


def retry_after_in(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds to wait, a day at most: from `retry-after-ms`, else `retry-after` (seconds or a date), else None."""
    for prefix in ("", _LITELLM_PREFIX):
        seconds = _parse_number(headers.get(f"{prefix}retry-after-ms"), 0.001)
        if seconds is None:
            seconds = _parse_number(header := headers.get(f"{prefix}retry-after"))
            seconds = _seconds_until(header, now or datetime.now(UTC)) if seconds is None else seconds
        if seconds is not None:
            return _clamped(seconds)
    return None


def retry_after_of(body: object, now: datetime | None = None) -> float | None:
    """Return the seconds to wait that an error body asks for in a field, else in the server's own words, else None.

    A day at most.
    """
    wishes = [*_in_fields(body, now or datetime.now(UTC)), *_in_words(body)]
    return _clamped(wishes[0]) if wishes else None


def _in_fields(body: object, now: datetime) -> Iterator[float]:
    for table in objects_in(body):
        details: object = table.get("details")
        entries = cast("list[object]", details) if isinstance(details, list) else []
        for entry in (table, table.get("metadata"), *entries):
            if isinstance(entry, dict):
                yield from _in_object(cast("dict[str, Any]", entry), now)


def _in_object(table: dict[str, Any], now: datetime) -> Iterator[float]:
    for name, value in table.items():
        if (scale := _FIELDS.get(name.lower())) is not None:
            number = _parse_number(value, scale)
            if number is not None:
                yield number
            elif isinstance(value, str):
                yield from _durations(value[:_LONGEST_DURATION])
    if isinstance(headers := table.get("headers"), dict):  # OpenRouter repeats headers there, the reset in milliseconds
        names = {str(name).lower(): value for name, value in cast("dict[str, object]", headers).items()}
        reset = _parse_number(names.get("x-ratelimit-reset"), 0.001)
        if reset is not None:
            yield reset - now.timestamp()


def _in_words(body: object) -> Iterator[float]:
    for text in messages_in(body):
        for match in _WISH.finditer(own_words(text)):
            yield from _durations(match[1])


def _durations(text: str) -> list[float]:
    """Return the sum of all durations in a text such as `1h2m3.5s`, in a list that is empty if there is none."""
    parts = [float(number) * _unit(name) for number, name in _DURATION.findall(text)]
    return [sum(parts)] if parts else []


def _unit(name: str) -> float:
    return next(seconds for start, seconds in _UNITS.items() if name.startswith(start))


def _clamped(seconds: float) -> float:
    return min(max(0.0, seconds), _DAY_SECONDS)


def _parse_number(value: object, scale: float = 1.0) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value) * scale
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def _seconds_until(header: str | None, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(header or "")
    except (ValueError, OverflowError):  # the year 99999999999
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
