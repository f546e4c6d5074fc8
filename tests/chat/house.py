"""A chat service with stand-ins for everything around it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from bot.chat.attempts import Attempts, ChatRules
from bot.chat.breaker import Breaker
from bot.chat.lanes import Lanes
from bot.chat.ports import Begun, Claim, Delta, Finish, Left, Outcome, Request
from bot.chat.recovery import Recovery
from bot.chat.service import ChatService
from bot.chat.turns import AnswerState, Asked, Author, Place, PlaceKind
from bot.errors import (
    ModelError,
    StoreError,
)
from tests.displays import MemoryDisplay
from tests.fakes import MemoryStore, ScriptedModel

GENERAL = Place(1, PlaceKind.CHANNEL, "general", guild_id=9)


ALICE = Author(11, "Alice")


NOW = 10_000_000


class House:
    """A service with everything around it."""

    def __init__(
        self,
        *,
        prompt_tokens: int = 1000,
        user_per_minute: int = 0,
        model: ScriptedModel | None = None,
        store: MemoryStore | None = None,
        last_edit_seconds: float = 5,
        model_requests: int = 32,
        pauses: tuple[float, ...] = (0.0,),
        discord_pauses: tuple[float, ...] = (),
    ) -> None:
        self.store = store or MemoryStore()
        self.model = model or ScriptedModel()
        self.display = MemoryDisplay()
        self.lanes = Lanes()
        self.now = NOW
        self.breaker = Breaker(pauses)
        rules = ChatRules(
            system="Be kind.",
            prompt_tokens=prompt_tokens,
            count=len,
            user_per_minute=user_per_minute,
            last_edit_seconds=last_edit_seconds,
            model_requests=model_requests,
            discord_pauses=discord_pauses,
        )

        def clock() -> int:
            return self.now

        attempts = Attempts(
            store=self.store, model=self.model, display=self.display, clock=clock, breaker=self.breaker, rules=rules
        )
        self.chat = ChatService(store=self.store, attempts=attempts, clock=clock, lanes=self.lanes, rules=rules)
        self.recovery = Recovery(
            store=self.store, display=self.display, clock=clock, lanes=self.lanes, attempts=attempts
        )

    async def hear(self, message_id: int, text: str = "hello") -> None:
        """Receive a mention; its answer is queued."""
        await self.chat.mention(asked(message_id, text), said(text))

    async def settle(self) -> None:
        """Let every queued answer come to its end."""
        for _ in range(1000):
            if not self.lanes.busy:
                return
            await asyncio.sleep(0)
        raise AssertionError("an answer never ended")

    def answer(self, message_id: int) -> tuple[AnswerState, str]:
        """How the newest attempt at a question stands in the store."""
        position = next(p for p, q in self.store.questions.items() if q.message_id == message_id)
        newest = self.store.answers[position][-1]
        return newest.state, newest.text


class BrokenStore(MemoryStore):
    """A store whose disk is full at one step."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self._at = at

    def _check(self, step: str) -> None:
        if step == self._at:
            raise StoreError("disk full")

    async def claim(self, asked: Asked, *, per_minute: int = 0, refused: bool = False) -> Claim | None:
        """See the port."""
        self._check("claim")
        return await super().claim(asked, per_minute=per_minute, refused=refused)

    async def begin(self, position: int, prompt: str, tokens: int, *, model: str, at: int) -> Begun:
        """See the port."""
        self._check("begin")
        return await super().begin(position, prompt, tokens, model=model, at=at)

    async def finish(self, position: int, sibling: int, outcome: Outcome, *, at: int) -> None:
        """See the port."""
        self._check("finish")
        await super().finish(position, sibling, outcome, at=at)


class EndlessModel(ScriptedModel):
    """A model that says what it was told to and then never ends."""

    def __init__(self, script: list[list[str | ModelError | Finish]]) -> None:
        super().__init__(script)
        self.silent = asyncio.Event()

    async def stream(self, request: Request) -> AsyncGenerator[Delta | Finish, None]:
        """See the port."""
        async with aclosing(super().stream(request)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Finish):
                    self.silent.set()
                    await asyncio.Event().wait()
                yield piece


def asked(message_id: int, text: str = "hello", at: int = NOW) -> Asked:
    """A mention."""
    return Asked(message_id, GENERAL, ALICE, text, at)


def said(text: str) -> Callable[[], Awaitable[str]]:
    """A rendering that was not hard."""

    async def render() -> str:
        return f"Alice: {text}"

    return render


def stored(_: Left) -> Callable[[], Awaitable[str]]:
    """What recovery renders."""
    return said("again")
