"""Failures that requests for a chat and for a transcript have in common, as a test orders them."""

from typing import Generic, TypeVar, Unpack

from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.faults import Delay, Fault, RawAnswer, Refusal
from bot.sandbox.schedule import Schedule, Selection

Request = TypeVar("Request")


class Failures(Generic[Request]):
    """Every failure meets the next request, unless it is told otherwise."""

    def __init__(self, seed: str) -> None:
        self._faults: Schedule[Request, Fault] = Schedule(seed)

    def is_well(self) -> None:
        """Forget every fault that is still to come."""
        self._faults.clear()

    def fails(
        self,
        status: int = 500,
        *,
        code: str | int | None = None,
        message: str = "The server had an error while processing your request. Sorry about that!",
        type: str | None = None,  # noqa: A002 - the field's name on the wire
        headers: dict[str, str] | None = None,
        body: object = None,
        **which: Unpack[Selection[Request]],
    ) -> None:
        """Answer with an error status, in the dialect's shape; `body` replaces it as a whole."""
        kind = type or _error_type(status, code)
        self._faults.add(Refusal(ModelError(status, message, code=code, type=kind, body=body), headers or {}), **which)

    def answers_raw(
        self,
        body: str | bytes,
        *,
        status: int = 200,
        content_type: str = "application/json",
        **which: Unpack[Selection[Request]],
    ) -> None:
        """Answer with these very bytes: a proxy's page, half a JSON, nothing at all."""
        raw = body.encode() if isinstance(body, str) else body
        self._faults.add(RawAnswer(status, raw, content_type), **which)

    def delays(self, seconds: float, **which: Unpack[Selection[Request]]) -> None:
        """Hold answers back for some seconds, before their status line."""
        self._faults.add(Delay(seconds), **which)


def _error_type(status: int, code: str | int | None) -> str:
    """Return the type that OpenAI gives an error of a status and a code."""
    if code == "insufficient_quota":
        return "insufficient_quota"
    if status == 429:
        return "requests"
    return "server_error" if status >= 500 else "invalid_request_error"
