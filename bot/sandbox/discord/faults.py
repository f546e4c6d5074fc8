"""Faults: what a test orders to go wrong with the next requests of a route."""

from collections import deque
from dataclasses import dataclass, field

from bot.sandbox.wire import Json

_TEXTS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 429: "Too Many Requests"}


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that a request gets instead of being served."""

    status: int
    body: Json
    headers: dict[str, str]


@dataclass
class Faults:
    """Faults in waiting, by method and route template."""

    waiting: dict[tuple[str, str], deque[Fault]] = field(default_factory=dict[tuple[str, str], deque[Fault]])

    def add(self, method: str, template: str, fault: Fault, times: int) -> None:
        """Let the next `times` requests of a route fail."""
        self.waiting.setdefault((method, template), deque()).extend([fault] * times)

    def next(self, method: str, template: str) -> Fault | None:
        """Return the fault that a request meets, if any."""
        queue = self.waiting.get((method, template))
        return queue.popleft() if queue else None


def fault(status: int, code: int, message: str | None, retry_after: float) -> Fault:
    """Build a fault as Discord words it; a 429 tells when to come back, in seconds."""
    if status == 429:
        limited: Json = {"message": "You are being rate limited.", "retry_after": retry_after, "global": False}
        headers = {
            "Via": "1.1 google",
            "Retry-After": str(max(1, round(retry_after))),
            "X-RateLimit-Scope": "user",
        }
        return Fault(status, limited, headers)
    text = message or f"{status}: {_TEXTS.get(status, 'Error')}"
    return Fault(status, {"message": text, "code": code}, {})
