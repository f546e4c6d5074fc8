"""A Discord that outlives the process: messages, nonces, and a pump that crashes where a test wants it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

from bot.chat.appearance import NO_MESSAGES, Appearance, Control, Messages, Shown
from bot.chat.ports.display import LiveAnswer, MessageRecorder, Target
from bot.chat.ports.store import Store

PIECE = 10
"""Characters in one message of this Discord."""


class Crash(BaseException):
    """The process has died."""


class World:
    """Discord, which outlives a crash: the messages by id, with the texts that they show, the nonces of their sends, and time."""

    def __init__(self) -> None:
        self.messages: dict[int, str] = {}
        self.replies: dict[int, int] = {}
        self.nonces: dict[tuple[int, int, int], int] = {}
        self.newest = 10_000
        self.now = 0


@dataclass
class Fate:
    """Counts the steps of one process, and lets it die after the one that is told. Whatever it does then dies as well."""

    dies_after: int | None = None
    steps: int = 0

    @property
    def dead(self) -> bool:
        """Whether the process has died."""
        return self.dies_after is not None and self.steps >= self.dies_after

    def step(self) -> None:
        """Something was done that outlives the process."""
        self.alive()
        self.steps += 1
        self.alive()

    def alive(self) -> None:
        """Raise Crash when the process has died."""
        if self.dead:
            raise Crash


WRITES = frozenset(
    {
        "claim",
        "close",
        "begin",
        "resume",
        "remark",
        "end",
        "pick",
        "open",
        "lose",
        "trim",
        "branch",
        "sent",
        "adopt",
        "retire",
        "gone",
        "shown",
        "erase",
        "unjoin",
        "remove",
        "forget",
        "reopen",
        "reword",
        "join",
    }
)


class _Mortal:
    """A noun of the store whose writes are steps."""

    def __init__(self, noun: object, fate: Fate) -> None:
        self._noun = noun
        self._fate = fate

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever the noun has
        method = getattr(self._noun, name)
        return self._counted(method) if name in WRITES else method

    def _counted(self, method: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def counted(*args: object, **kwargs: object) -> object:
            self._fate.alive()
            result = await method(*args, **kwargs)
            self._fate.step()
            return result

        return counted


def mortal(store: Store, fate: Fate) -> Store:
    """A store whose process dies with this fate."""
    nouns: dict[str, Any] = {one.name: _Mortal(getattr(store, one.name), fate) for one in fields(store)}
    return replace(store, **nouns)


class WorldDisplay:
    """A `Display` on a world, with a pump that shows the answer as it grows, in messages of ten characters."""

    def __init__(self, world: World, fate: Fate) -> None:
        self.world = world
        self.fate = fate

    @asynccontextmanager
    async def open(
        self, target: Target, messages: Messages, recorder: MessageRecorder
    ) -> AsyncGenerator[LiveAnswer, None]:
        """See the port."""
        live = _Live(self.world, self.fate, target, messages, recorder)
        pumping = asyncio.create_task(live.pump())
        try:
            yield live
        finally:
            pumping.cancel()
            await asyncio.gather(pumping, return_exceptions=True)

    async def line(self, target: Target, text: str, recorder: MessageRecorder) -> None:
        """See the port."""
        live = _Live(self.world, self.fate, target, NO_MESSAGES, recorder)
        await live.send(f"-# {text}"[:PIECE])

    async def set_controls(self, target: Target, message_id: int, controls: Sequence[Control]) -> None:
        """See the port. Buttons are not seen in these stories."""

    async def notice(self, target: Target, text: str) -> None:
        """See the port."""
        raise AssertionError("nothing of this is said in these stories")

    async def tell(self, target: Target, text: str) -> None:
        """See the port."""
        raise AssertionError("nothing of this is said in these stories")

    async def find(self, target: Target, messages: Messages, since: int, text: str) -> Sequence[int]:
        """See the port."""
        known = {message.id for message in messages.all}
        return [one for one, key in self.world.replies.items() if key == target.key and one not in known]

    async def read(self, target: Target, message_ids: Sequence[int]) -> Shown | None:
        """See the port."""
        texts = [self.world.messages[one] for one in message_ids if one in self.world.messages]
        return Shown("".join(text for text in texts if not text.startswith("-# "))) if texts else None


class _Live:
    def __init__(self, world: World, fate: Fate, target: Target, messages: Messages, recorder: MessageRecorder) -> None:
        self._world = world
        self._fate = fate
        self._target = target
        self._recorder = recorder
        self._ids = list(messages.live)
        self._retired = messages.retired
        self._number = messages.next_number
        self._text = ""
        self._changed = asyncio.Event()
        self._working = asyncio.Lock()

    def show(self, text: str) -> None:
        self._text = text
        self._changed.set()

    def whole(self) -> None:
        """Nothing waits for the end in these stories."""

    def remark(self, line: str) -> None:
        """Nothing is remarked in these stories."""

    async def finish(self, appearance: Appearance) -> None:
        async with self._working:
            await self._bring(appearance.text or f"-# {appearance.note}"[:PIECE])
            surplus = self._ids[len(_pieces(appearance.text)) or 1 :]
            if surplus:
                await self._recorder.retiring(surplus)
            if left_over := [*self._retired, *surplus]:
                for message_id in left_over:
                    self._fate.alive()
                    self._world.messages.pop(message_id, None)
                    self._fate.step()
                await self._recorder.gone(left_over)

    async def leave(self) -> None:
        async with self._working:
            self._changed.clear()

    async def pump(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            async with self._working:
                await self._bring(self._text)

    async def _bring(self, text: str) -> None:
        for index, piece in enumerate(_pieces(text)):
            if index == len(self._ids):
                await self.send(piece)
            elif self._ids[index] in self._world.messages:
                self._fate.alive()
                self._world.messages[self._ids[index]] = piece
                self._fate.step()

    async def send(self, piece: str) -> None:
        """Send a message, or find the one that was sent with this nonce before, and edit that."""
        world, nonce = self._world, (self._target.key, self._target.sibling, self._number)
        self._fate.alive()
        if nonce not in world.nonces:
            world.newest += 1
            world.nonces[nonce] = world.newest
            world.replies[world.newest] = self._target.key
        message_id = world.nonces[nonce]
        assert message_id in world.messages or message_id == world.newest, "the nonce of a deleted message came again"
        world.messages[message_id] = piece
        self._ids.append(message_id)
        self._number += 1
        self._fate.step()
        await self._recorder.sent(self._number - 1, message_id)


def _pieces(text: str) -> list[str]:
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
