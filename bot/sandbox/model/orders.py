"""Orders: what a test asks of the model: what it says, how fast, in which dialect, and what goes wrong.

Every fault meets the next request, unless it is told otherwise: `times` is how many requests (None: all from now on), `share`
the part of them that meets it, drawn by the sandbox's seed, `when` a condition on the request. A request that the server
refuses by itself meets none of those that begin with the answer.
"""

from collections.abc import Callable
from typing import Unpack

from bot.sandbox.model.dialect import Dialect
from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.failures import Failures
from bot.sandbox.model.faults import (
    Broken,
    Declined,
    Disconnect,
    End,
    Ended,
    LostAnswer,
    Silence,
)
from bot.sandbox.model.quirks import Quirk
from bot.sandbox.model.replies import Pace, Replies
from bot.sandbox.model.requests import ModelRequest
from bot.sandbox.schedule import Selection


class Orders(Failures[ModelRequest]):
    """The script of a model."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self._replies = Replies()
        self._dialect = Dialect()
        self._away = False

    def replies_with(self, *texts: str) -> None:
        """Queue replies for the next requests, one each."""
        self._replies.scripted.extend(texts)

    def answers(self, answer: Callable[[ModelRequest], str] | None) -> None:
        """Let a callable answer whatever is not scripted; None brings the echo back."""
        self._replies.answer = answer

    def pace(
        self, *, first_seconds: float = 0.0, tokens_per_second: float | None = None, variation: float = 0.0
    ) -> None:
        """Set how long the first token takes, how fast the others follow, and how unevenly (0 to 1)."""
        self._replies.pace = Pace(first_seconds, tokens_per_second, variation)

    def speaks(self, dialect: Dialect) -> None:
        """Be another server from now on."""
        self._dialect = dialect

    def goes_away(self) -> None:
        """Reset every connection, whatever is asked on it, as a forwarded port does that nobody listens behind."""
        self._away = True

    def comes_back(self) -> None:
        """Take connections again."""
        self._away = False

    def resets(self, *, carried_out: bool = False, **which: Unpack[Selection[ModelRequest]]) -> None:
        """Reset the connection before the status line; when it was `carried_out`, the tokens are spent all the same."""
        self._faults.add(LostAnswer(cleanly=False) if carried_out else Disconnect(cleanly=False), **which)

    def hangs_up(self, *, carried_out: bool = False, **which: Unpack[Selection[ModelRequest]]) -> None:
        """Close the connection before the status line, as a server that is restarted; see `resets` for the tokens."""
        self._faults.add(LostAnswer(cleanly=True) if carried_out else Disconnect(cleanly=True), **which)

    def stalls(self, *, after: int = 0, before_headers: bool = False, **which: Unpack[Selection[ModelRequest]]) -> None:
        """Send nothing more after this many tokens, or not even a status line, until the client leaves."""
        self._faults.add(Silence() if before_headers else Broken(after, End.STALL), **which)

    def trickles(self, *, after: int = 1, pause: float = 0.1, **which: Unpack[Selection[ModelRequest]]) -> None:
        """Send this many tokens, after a pause in seconds one more, and then nothing until the client leaves."""
        self._faults.add(Broken(after, End.STALL, pause=pause), **which)

    def cuts_after(self, chunks: int, **which: Unpack[Selection[ModelRequest]]) -> None:
        """Reset the connection after this many chunks of text."""
        self._faults.add(Broken(chunks, End.RESET), **which)

    def ends_early(self, *, after: int = 1, says_done: bool = False, **which: Unpack[Selection[ModelRequest]]) -> None:
        """End a stream cleanly but without finish reason, and without `[DONE]`; after 0 there is no chunk at all."""
        self._faults.add(Broken(after, End.EARLY, says_done=says_done), **which)

    def errors_after(
        self,
        chunks: int,
        *,
        code: str | int | None = "server_error",
        message: str = "Internal error",
        body: object = None,
        **which: Unpack[Selection[ModelRequest]],
    ) -> None:
        """Send an error event after this many chunks, in the dialect's shape; `body` replaces it as a whole."""
        error = ModelError(500, message, code=code, type="server_error", body=body)
        self._faults.add(Broken(chunks, End.EARLY, error), **which)

    def garbles(self, *, after: int = 1, **which: Unpack[Selection[ModelRequest]]) -> None:
        """Send half of the event after this many tokens, as if it were whole; the rest of the stream follows."""
        self._faults.add(Broken(after, End.WELL, garbled=True), **which)

    def filters(self, *, after: int = 0, **which: Unpack[Selection[ModelRequest]]) -> None:
        """Let the content filter end the answer after this many tokens."""
        self._faults.add(Ended(after, "content_filter"), **which)

    def runs_out(self, *, after: int = 0, **which: Unpack[Selection[ModelRequest]]) -> None:
        """Let the answer reach its token limit after this many tokens, whatever was asked for."""
        self._faults.add(Ended(after, "length"), **which)

    def declines(
        self, text: str = "I'm sorry, I can't help with that.", **which: Unpack[Selection[ModelRequest]]
    ) -> None:
        """Let the model refuse, in the field `refusal`."""
        self._faults.add(Declined(text), **which)

    def writes(self, quirk: Quirk, **which: Unpack[Selection[ModelRequest]]) -> None:
        """Write streams in an unusual, valid way."""
        self._faults.add(quirk, **which)
