"""Calls to models: the only module that asks one.

Each provider has its slots, which bound its requests at a time, and its breaker. A call that failed before its model gave any
sign is repeated: at once without the parameters that its server refuses, after a pause where the failure may pass, with a smaller
window where the prompt was too long, and, while the question is young, as soon as a provider that is down is back. Each request
has a row of its own: the first was opened with the attempt and the last is closed with it, all others are opened and closed here.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Final

from bot.chat.breaker import Breaker
from bot.chat.calls import Call, CallEnd, Receipt, Usage
from bot.chat.growing_text import ProviderDown
from bot.chat.ports.calls import Calls
from bot.chat.ports.clock import Clock
from bot.chat.ports.conversations import Conversations
from bot.chat.ports.model import Delta, Finish, Model, ModelEvent, ModelRequest, Spent
from bot.chat.tokens import Count
from bot.chat.window import Context, Window, fit
from bot.errors import (
    ModelBusy,
    ModelContextExceeded,
    ModelError,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
)

log = logging.getLogger(__name__)

Hear = Callable[[ModelEvent | ProviderDown], None]
"""Takes each event of a call as it comes."""

_TRIES: Final = 3
_LONGEST_PAUSE_SECONDS: Final = 20.0
"""A longer pause is not waited for: the asker is told so, and may ask again."""
_FIRST_PAUSE_SECONDS: Final = 0.5


class Provider:
    """A server of models, with its breaker and as many slots as it gets requests at a time."""

    def __init__(self, name: str, model: Model, requests: int, breaker: Breaker | None = None) -> None:
        self.name = name
        self.model = model
        self.breaker = breaker or Breaker()
        self.slots = asyncio.Semaphore(requests)


@dataclass(slots=True)
class CallRound:
    """The calls of one round: what is asked, until when it may wait, and how the newest request stands.

    `key` is the question's, for the log. `until` is the time in milliseconds from which on nothing is waited for. `call_id` is
    the row of the newest request, None where the next needs a row first. `root_id` is the conversation whose cached prefix is
    shared.
    """

    key: int
    call: Call
    context: Context
    root_id: int
    until: int
    call_id: int | None
    model: str = ""
    provider: str = ""
    receipt: Receipt | None = None
    usage: Usage | None = None
    heard: bool = False
    """Whether the newest request gave any sign of its model."""
    written: bool = False
    """Whether any request gave text."""
    _billed: bool = field(default=False, init=False)

    def sent(self, provider: str, model: str, receipt: Receipt) -> None:
        """A request is on its way."""
        self.provider, self.model, self.receipt = provider, model, receipt
        self.usage, self.heard, self._billed = None, False, True

    def repeats(self) -> None:
        """Another request will follow, of which nothing is sent yet."""
        self.call_id = self.receipt = self.usage = None
        self._billed = False

    def hear(self, event: ModelEvent) -> None:
        """Its answer came this far."""
        self.heard = True
        if isinstance(event, Delta):
            self.written = True
        elif isinstance(event, Finish | Spent):
            self.usage = event.usage

    def refused(self, error: ModelError) -> None:
        """The request failed. A server that answered with an error, or was not reached, bills nothing for it."""
        self._billed = self.heard or isinstance(error, ModelTimedOut)

    def end(self, reason: str, completion: int = 0) -> CallEnd:
        """The end of the newest request. Where no usage was reported it is our count, with `completion` tokens of text."""
        if self.receipt is None or not (self._billed or self.usage):
            return CallEnd(reason, self.provider, self.model, self.receipt)
        usage = self.usage or Usage(prompt=self.receipt.tokens, completion=completion)
        return CallEnd(reason, self.provider, self.model, self.receipt, usage, estimated=self.usage is None)


class Caller:
    """Asks the models of all providers."""

    def __init__(
        self,
        *,
        calls: Calls,
        conversations: Conversations,
        providers: Mapping[str, Provider],
        clock: Clock,
        count: Count,
    ) -> None:
        self._calls = calls
        self._conversations = conversations
        self._providers = providers
        self._clock = clock
        self._count = count

    async def ask(self, asking: CallRound, hear: Hear) -> None:
        """Ask until an answer came to its end, and hand on its events. Raises ModelError, and StoreError.

        Waits for a provider that is down while the question is young. A server that accepted the request but timed out is
        asked only once more, because each time may be billed.
        """
        provider = self._providers[asking.context.profile.models[0].provider]
        timed_out = False
        while True:
            await self._until_up(provider, asking, hear)
            try:
                return await self._ask(provider, asking, hear)
            except (ModelUnreachable, ModelTimedOut) as error:
                provider.breaker.failed()
                if asking.written or self._is_late(asking) or (timed_out and isinstance(error, ModelTimedOut)):
                    raise
                timed_out = timed_out or isinstance(error, ModelTimedOut)
                log.info("question %s waits: %s", asking.key, error)
                await self._close(asking, error)
            except ModelError:
                provider.breaker.succeeded()  # it is there, whatever it says
                raise

    async def _until_up(self, provider: Provider, asking: CallRound, hear: Hear) -> None:
        if not provider.breaker.is_open:
            return
        hear(ProviderDown())
        with suppress(TimeoutError):  # then it has one last try
            async with asyncio.timeout(max(0.0, (asking.until - self._clock()) / 1000)):
                await provider.breaker.wait()

    def _is_late(self, asking: CallRound) -> bool:
        return self._clock() > asking.until

    async def _ask(self, provider: Provider, asking: CallRound, hear: Hear) -> None:
        """Ask with the whole budget; where the server finds the prompt too long, once more with half of what it may be."""
        budget = asking.context.profile.budget
        try:
            await self._try(provider, asking, await self._fit(asking, budget), hear)
        except ModelContextExceeded as error:
            if asking.written or asking.receipt is None:
                raise
            fewer = min(budget, error.limit or budget) // 2
            log.warning(
                "question %s: the model's context is smaller than the budget of %s tokens: lower history.max_tokens "
                "or set model.context_tokens; trying with %s",
                asking.key,
                budget,
                fewer,
            )
            await self._close(asking, error)
            await self._try(provider, asking, await self._fit(asking, fewer), hear)

    async def _fit(self, asking: CallRound, budget: int) -> Window:
        """The window of so many tokens; where it is trimmed, the new anchor is stored before anything is sent.

        Raises ModelContextExceeded and StoreError.
        """
        try:
            window = fit(asking.context, budget, self._count)
        except ValueError as error:
            raise ModelContextExceeded(f"{budget} tokens are too few: {error}") from error
        if window.receipt.window_from != asking.context.window_from:
            await self._conversations.trim(asking.call.conversation_id, window_from=window.receipt.window_from)
        return window

    async def _try(self, provider: Provider, asking: CallRound, window: Window, hear: Hear) -> None:
        """Send the window, again with growing pauses while nothing came back and another try may help."""
        number = 1
        while True:
            try:
                return await self._send(provider, asking, window, hear)
            except ModelRejected as error:
                if not error.adapted or asking.heard:
                    raise
                await self._close(asking, error)
            except (ModelUnreachable, ModelBusy) as error:
                seconds = _pause(number, error)
                if number == _TRIES or seconds > _LONGEST_PAUSE_SECONDS or asking.heard:
                    raise
                log.info(
                    "question %s: try %s of %s: %s; the next in %.1f s", asking.key, number, _TRIES, error, seconds
                )
                await self._close(asking, error)
                await asyncio.sleep(seconds)
                number += 1

    async def _send(self, provider: Provider, asking: CallRound, window: Window, hear: Hear) -> None:
        """Send one request and hand on its events."""
        profile = asking.context.profile
        model = profile.models[0].name
        if asking.call_id is None:
            asking.call_id = await self._calls.open(asking.call, reserve=profile.reserve, at=self._clock())
        request = ModelRequest(asking.call, model, window.prompt, profile.reply_tokens, asking.root_id)
        async with provider.slots:
            asking.sent(provider.name, model, window.receipt)
            try:
                async with aclosing(provider.model.stream(request)) as events:
                    async for event in events:
                        provider.breaker.succeeded()
                        asking.hear(event)
                        hear(event)
            except ModelError as error:
                asking.refused(error)
                raise

    async def _close(self, asking: CallRound, error: ModelError) -> None:
        """Close the row of a request that is about to be repeated."""
        assert asking.call_id is not None  # noqa: S101 -- it was sent
        await self._calls.close(asking.call_id, asking.end(error.reason), at=self._clock())
        asking.repeats()


def _pause(number: int, error: ModelError) -> float:
    """Seconds until the next try: the server's wish, else twice as long each time, give or take a fifth."""
    if isinstance(error, ModelBusy) and error.retry_after is not None:
        return error.retry_after
    return _FIRST_PAUSE_SECONDS * 2 ** (number - 1) * random.uniform(0.8, 1.2)  # noqa: S311 -- no secret
