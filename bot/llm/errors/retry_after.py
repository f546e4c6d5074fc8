"""Reads how long a server asks to wait before a request is tried again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Final

_DAY_SECONDS: Final = 86_400.0
_LITELLM_PREFIX: Final = "llm_provider-"
"""The prefix that LiteLLM puts before the names of the provider's headers."""


def retry_after_in(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds to wait, a day at most: from `retry-after-ms`, else `retry-after` (seconds or a date), else None."""
    for prefix in ("", _LITELLM_PREFIX):
        seconds = _parse_number(headers.get(f"{prefix}retry-after-ms"), 0.001)
        if seconds is None:
            seconds = _parse_number(header := headers.get(f"{prefix}retry-after"))
            seconds = _seconds_until(header, now or datetime.now(UTC)) if seconds is None else seconds
        if seconds is not None:
            return min(max(0.0, seconds), _DAY_SECONDS)
    return None


def _parse_number(header: str | None, scale: float = 1.0) -> float | None:
    try:
        number = float(header or "") * scale
    except ValueError:
        return None
    return number if isfinite(number) else None


def _seconds_until(header: str | None, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
