"""A server of models that is connected to when it is first asked, because making a client takes 17 ms of the event loop."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from types import TracebackType
from typing import Self

from bot.chat.ports.model import ModelEvent, ModelRequest
from bot.chat.ports.transcriber import Recording, Transcript
from bot.errors import ConfigError, ModelUnreachable
from bot.llm.server import ModelServer


class OnDemand:
    """See `chat.ports.model.Model` and `chat.ports.transcriber.Transcriber`.

    `open_model` opens the server's client; leaving the context closes it.
    """

    def __init__(self, open_model: Callable[[], AbstractAsyncContextManager[ModelServer]]) -> None:
        self._open_model = open_model
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._model: ModelServer | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See `Model.stream`."""
        model = await self._opened()
        async with aclosing(model.stream(request)) as events:
            async for event in events:
                yield event

    async def transcribe(self, recording: Recording) -> Transcript:
        """See `Transcriber.transcribe`."""
        return await (await self._opened()).transcribe(recording)

    async def sees(self, model: str) -> bool:
        """See `Model.sees`."""
        try:
            return await (await self._opened()).sees(model)
        except ModelUnreachable:  # the request tells why
            return True

    async def reachable(self) -> bool:
        """See `Model.reachable`."""
        try:
            return await (await self._opened()).reachable()
        except ModelUnreachable:
            return False

    async def _opened(self) -> ModelServer:
        """Return the client, opened if need be. Raises ModelUnreachable where its settings allow no client, and StoreError."""
        async with self._opening:
            if self._model is None:
                try:
                    self._model = await self._stack.enter_async_context(self._open_model())
                except ConfigError as error:
                    raise ModelUnreachable(str(error), connected=False) from error
            return self._model
