"""A stand-in for Discord's side of an answer."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from bot.chat.appearance import Appearance, Control, Messages, Shown
from bot.chat.ports.display import LiveAnswer, MessageRecorder, Target
from bot.errors import DisplayError, DisplayRefused


@dataclass
class _Live:
    display: "MemoryDisplay"
    target: Target
    messages: Messages
    recorder: MessageRecorder

    def show(self, text: str) -> None:
        self.display.seen.setdefault(self.target.key, []).append(text)

    def whole(self) -> None:
        self.display.whole.append(self.target.key)

    def remark(self, line: str) -> None:
        self.display.remarks.append((self.target.key, line))
        self.display.remarked_on.set()

    async def finish(self, appearance: Appearance) -> None:
        await self.display.check()
        if not self.messages.live:
            await self.recorder.sent(self.messages.next_number, self.target.key + 1)
        self.display.finished[self.target.key] = appearance
        self.display.history.append((self.target.key, appearance))

    async def leave(self) -> None:
        await self.display.check()


@dataclass
class MemoryDisplay:
    """A `Display` that remembers what was to be seen; Discord may answer everything with `error`, or not at all.

    `unknown` are messages that exist without anyone having recorded them, by question; `searched` are the texts looked for.
    `down` is how many calls meet a Discord that is down. `tells`: people take private messages. `remarked` messages show no more
    than a remark of ours, those that are `gone` are deleted.
    """

    lines: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    stripped: list[int] = field(default_factory=list[int])
    seen: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    finished: dict[int, Appearance] = field(default_factory=dict[int, Appearance])
    history: list[tuple[int, Appearance]] = field(default_factory=list[tuple[int, Appearance]])
    notices: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    told: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    remarks: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    remarked: set[int] = field(default_factory=set[int])
    noted: dict[int, str] = field(default_factory=dict[int, str])
    whole: list[int] = field(default_factory=list[int])
    gone: set[int] = field(default_factory=set[int])
    unknown: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    searched: list[str] = field(default_factory=list[str])
    remarked_on: asyncio.Event = field(default_factory=asyncio.Event)
    error: DisplayError | None = None
    hangs: bool = False
    tells: bool = True
    down: int = 0

    def said(self, key: int) -> tuple[str, str]:
        """The text and the note that a question's answer ended with."""
        appearance = self.finished[key]
        return appearance.text, appearance.note

    def offers(self, key: int) -> list[str]:
        """The verbs of the buttons under a question's answer."""
        return [control.verb for control in self.finished[key].controls]

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
        self, target: Target, messages: Messages, recorder: MessageRecorder
    ) -> AsyncGenerator[LiveAnswer, None]:
        """See the port."""
        yield _Live(self, target, messages, recorder)

    async def line(self, target: Target, text: str, recorder: MessageRecorder) -> None:
        """See the port."""
        await self.check()
        self.lines.append((target.key, text))
        await recorder.sent(1, target.key + 1)

    async def set_controls(self, target: Target, message_id: int, controls: Sequence[Control]) -> None:
        """See the port."""
        await self.check()
        appearance = self.finished[target.key]
        self.finished[target.key] = replace(appearance, controls=tuple(controls))
        self.stripped.append(target.key)

    async def notice(self, target: Target, text: str) -> None:
        """See the port."""
        await self.check()
        self.notices.append((target.key, text))

    async def tell(self, target: Target, text: str) -> None:
        """See the port."""
        if not self.tells:
            raise DisplayRefused("no private messages")
        self.told.append((target.key, text))

    async def find(self, target: Target, messages: Messages, since: int, text: str) -> Sequence[int]:
        """See the port."""
        await self.check()
        self.searched.append(text)
        known = {message.id for message in messages.all}
        return [one for one in self.unknown.get(target.key, []) if one not in known]

    async def read(self, target: Target, message_ids: Sequence[int]) -> Shown | None:
        """See the port."""
        await self.check()
        if all(one in self.gone for one in message_ids):
            return None
        text = "\n".join(f"message {one}" for one in message_ids if one not in self.remarked | self.gone)
        return Shown(text, self.noted.get(target.key, ""))
