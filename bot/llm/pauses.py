"""How long to wait before a request is tried again: what the server asks for, else longer each time."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Final

from bot.errors import ModelBusy, ModelError

LONGEST_SECONDS: Final = 20.0
"""Who has to wait longer is told so, and may ask again."""

_FIRST_SECONDS: Final = 0.5
_DAY_SECONDS: Final = 86_400.0
_PROXIED: Final = "llm_provider-"
"""What LiteLLM puts before the names of the provider's headers."""


def pause(attempt: int, error: ModelError) -> float:
    """Seconds until the next attempt: the server's wish, else twice as long each time, with some chance in it."""
    if isinstance(error, ModelBusy) and error.retry_after is not None:
        return error.retry_after
    return _FIRST_SECONDS * 2 ** (attempt - 1) * random.uniform(0.8, 1.2)  # noqa: S311 -- no secret


def wish(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
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
