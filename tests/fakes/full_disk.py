"""Parts of the store that meet a full disk."""

from bot.chat.ports.attempts import FinishedAttempt, NewAttempt, StartedAttempt
from bot.chat.ports.questions import Claim
from bot.chat.turns import Asked, TurnedDown
from bot.errors import StoreError
from tests.fakes.attempts import MemoryAttempts
from tests.fakes.questions import MemoryQuestions
from tests.fakes.state import State


class BrokenQuestions(MemoryQuestions):
    """Questions whose claim meets a full disk."""

    async def claim(self, asked: Asked, *, per_minute: int = 0, turned_down: TurnedDown | None = None) -> Claim | None:
        """See the port."""
        raise StoreError("disk full")


class BrokenAttempts(MemoryAttempts):
    """Attempts that meet a full disk at one step."""

    def __init__(self, state: State, at: str) -> None:
        super().__init__(state)
        self._at = at

    async def begin(self, beginning: NewAttempt) -> StartedAttempt | None:
        """See the port."""
        if self._at == "begin":
            raise StoreError("disk full")
        return await super().begin(beginning)

    async def end(self, ending: FinishedAttempt) -> None:
        """See the port."""
        if self._at == "end":
            raise StoreError("disk full")
        await super().end(ending)

    async def read_again(self, position: int) -> StartedAttempt | None:
        """See the port."""
        if self._at == "read again":
            raise StoreError("disk full")
        return await super().read_again(position)
