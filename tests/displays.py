"""A stand-in for Discord's side of an answer."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.chat.ports import Offer, OnGone, OnPart, Showing, Target
from bot.errors import DisplayError


@dataclass
class _Shown:
    display: "MemoryDisplay"
    target: Target
    on_part: OnPart
    known: bool

    def show(self, text: str) -> None:
        self.display.seen.setdefault(self.target.message_id, []).append(text)

    def remark(self, line: str) -> None:
        self.display.remarks.append((self.target.message_id, line))

    async def finish(self, text: str, note: str = "", offer: Offer | None = None) -> None:
        await self.display.check()
        if not self.known:
            await self.on_part(0, self.target.message_id + 1)
        if text:
            self.display.finished[self.target.message_id] = (text, note)
        else:
            self.display.notices.append((self.target.message_id, note))
        self.display.offers[self.target.message_id] = offer


@dataclass
class MemoryDisplay:
    """A `Display` that remembers what was to be seen; Discord may answer everything with `error`, or not at all.

    `unknown` are messages that exist without anyone having kept their ids, by question. `down` is how many calls meet a
    Discord that is down. `remarked` messages show no more than a remark of ours, those that are `gone` are deleted.
    """

    seen: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    finished: dict[int, tuple[str, str]] = field(default_factory=dict[int, tuple[str, str]])
    notices: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    remarks: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    offers: dict[int, Offer | None] = field(default_factory=dict[int, Offer | None])
    remarked: set[int] = field(default_factory=set[int])
    gone: set[int] = field(default_factory=set[int])
    unknown: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    error: DisplayError | None = None
    hangs: bool = False
    down: int = 0

    async def check(self) -> None:
        """Do what Discord does."""
        if self.down:
            self.down -= 1
            raise DisplayError("down")
        if self.error is not None:
            raise self.error
        if self.hangs:
            await asyncio.Event().wait()

    @asynccontextmanager
    async def open(
        self, target: Target, parts: Sequence[int], on_part: OnPart, on_gone: OnGone
    ) -> AsyncGenerator[Showing, None]:
        """See the port."""
        yield _Shown(self, target, on_part, known=bool(parts))

    async def notice(self, target: Target, text: str) -> None:
        """See the port."""
        await self.check()
        self.notices.append((target.message_id, text))

    async def found(self, target: Target, parts: Sequence[int]) -> Sequence[int]:
        """See the port."""
        await self.check()
        return [*parts, *self.unknown.get(target.message_id, [])]

    async def shown(self, target: Target, parts: Sequence[int]) -> str | None:
        """See the port."""
        await self.check()
        if all(part in self.gone for part in parts):
            return None
        return "\n".join(f"part {part}" for part in parts if part not in self.remarked | self.gone)
