"""A server of models that says what it was told to."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from bot.chat.ports.model import Delta, Finish, ModelEvent, ModelRequest, Spent, Thinking, Withdrawn
from bot.errors import StoreError

Piece = str | Exception | Finish | Thinking | Withdrawn | Spent


@dataclass
class ScriptedModel:
    """A `Model` with, for each request, a list of pieces, where an error is raised in its turn.

    `looks` says, for each look at the server, whether it can be reached; behind the last one it can. A
    `blind` one sees no images; whether an `unreadable` one does cannot be read.
    """

    script: list[list[Piece]] = field(default_factory=list[list[Piece]])
    requests: list[ModelRequest] = field(default_factory=list[ModelRequest])
    looks: list[bool] = field(default_factory=list[bool])
    blind: bool = False
    unreadable: bool = False

    async def sees(self, model: str) -> bool:
        """See the port."""
        if self.unreadable:
            raise StoreError("disk full")
        return not self.blind

    async def reachable(self) -> bool:
        """See the port."""
        return self.looks.pop(0) if self.looks else True

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See the port."""
        self.requests.append(request)
        pieces = self.script.pop(0) if self.script else [f"answer {len(self.requests)}"]
        for piece in pieces:
            if isinstance(piece, Exception):
                raise piece
            yield Delta(piece) if isinstance(piece, str) else piece
        if not any(isinstance(piece, Finish) for piece in pieces):
            yield Finish("stop", None)


class EndlessModel(ScriptedModel):
    """A model that says what it was told to and then never ends."""

    def __init__(self, script: list[list[Piece]]) -> None:
        super().__init__(script)
        self.silent = asyncio.Event()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See the port."""
        async with aclosing(super().stream(request)) as events:
            async for event in events:
                if isinstance(event, Finish):
                    self.silent.set()
                    await asyncio.Event().wait()
                yield event
