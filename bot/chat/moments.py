"""The moment at which a question was asked, as a model reads it: `Sat 2026-11-28 19:05 CET`.

It is rendered with the question and stored with it, so that no prompt changes with the clock.
"""

from datetime import UTC, datetime, tzinfo
from typing import Final

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONGEST_ABBREVIATION: Final = 5


def moment(at: int, zone: tzinfo | None) -> str:
    """Return a time in milliseconds since 1970 UTC as it is in a time zone; None stands for that of the machine.

    The zone's abbreviation, or its offset where it has none, tells the two hours apart when clocks go back.
    """
    there = datetime.fromtimestamp(at / 1000, UTC).astimezone(zone)
    name = there.tzname() or ""
    if not name.isalpha() or len(name) > _LONGEST_ABBREVIATION:
        name = there.isoformat()[-6:]
    return f"{_DAYS[there.weekday()]} {there:%Y-%m-%d %H:%M} {name}"
