"""How long a server asks to wait before a request is tried again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Final

_DAY_SECONDS: Final = 86_400.0
_PROXIED: Final = "llm_provider-"
"""What LiteLLM puts before the names of the provider's headers."""


def retry_after_in(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that a server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date; a day at most."""
    for before in ("", _PROXIED):
        seconds = _number(headers.get(f"{before}retry-after-ms"), 0.001)
        if seconds is None:
            seconds = _number(header := headers.get(f"{before}retry-after"))
            seconds = _until(header, now or datetime.now(UTC)) if seconds is None else seconds
        if seconds is not None:
            return min(max(0.0, seconds), _DAY_SECONDS)
    return None


def _number(header: str | None, scale: float = 1.0) -> float | None:
    try:
        number = float(header or "") * scale
    except ValueError:
        return None
    return number if isfinite(number) else None


def _until(header: str | None, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
