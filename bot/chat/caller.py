"""Sends requests to models and repeats them where that may help. No other module asks a model.

Each provider has slots, which limit its concurrent requests, and a breaker. A request that failed before the model sent anything
is repeated: at once, without the parameters that the server rejects; after a pause, when the failure may pass, up to three tries
of each question; with a smaller window, when the prompt was too long; and, while the question is young, as soon as a provider
that was down is back (the rule stands in `bot.chat.breaker`). A time-out is not repeated: another try would take as long, may be
billed again, and would make a server that loads its model begin anew. Each request has its own row in `calls`. The first row is
opened with the attempt and the last is closed with it; the rows between are opened and closed here.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Final

from bot.chat.breaker import Breaker
from bot.chat.budget import TokenBudget
from bot.chat.call_round import CallRound
from bot.chat.content import MediaKind
from bot.chat.fair_queue import Requester
from bot.chat.growing_text import ProviderDown
from bot.chat.media import images_in, media_in
from bot.chat.model_limits import ModelLimits
from bot.chat.ports.alerts import Alerts, tell_of
from bot.chat.ports.blobs import Blobs
from bot.chat.ports.calls import Calls
from bot.chat.ports.clock import Clock
from bot.chat.ports.conversations import Conversations
from bot.chat.ports.model import ModelEvent, ModelRequest
from bot.chat.profiles import Profile
from bot.chat.provider import Provider
from bot.chat.texts import NOT_SEEN, NOT_TAKEN
from bot.chat.tokens import Count
from bot.chat.window import Window, fit
from bot.errors import (
    ModelBusy,
    ModelContextExceeded,
    ModelEndless,
    ModelError,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
)

log = logging.getLogger(__name__)

Hear = Callable[[ModelEvent | ProviderDown], None]
"""Called with each event of a call as it arrives."""

_TRIES: Final = 3
_LONGEST_PAUSE_SECONDS: Final = 20.0
"""When the server asks for a longer pause, the call fails, and its error tells the asker when to ask again."""
_ALL_PAUSES_SECONDS: Final = 30.0
"""The most that the pauses between the tries of one question take together."""
_FIRST_PAUSE_SECONDS: Final = 0.5
_PAUSE_GROWTH: Final = 4.0
_NOTICEABLE_CUT: Final = 1_000
"""Tokens of a prompt from which on a usage of less than half of them means that the server cut it."""


class Caller:
    """Sends requests to the models of all providers."""

    def __init__(
        self,
        *,
        calls: Calls,
        conversations: Conversations,
        providers: Mapping[str, Provider],
        budget: TokenBudget,
        clock: Clock,
        count: Count,
        alerts: Alerts,
        blobs: Blobs,
        first_pause_seconds: float = _FIRST_PAUSE_SECONDS,
    ) -> None:
        self._calls = calls
        self._conversations = conversations
        self._providers = providers
        self._budget = budget
        self._clock = clock
        self._count = count
        self._alerts = alerts
        self._blobs = blobs
        self._first_pause_seconds = first_pause_seconds

    async def ask(self, call_round: CallRound, hear: Hear) -> None:
        """Send requests until one answer is complete, and pass its events to `hear`. Raises ModelError and StoreError."""
        provider = self._providers[call_round.context.profile.models[0].provider]
        if provider.breaker.holds_back:
            hear(ProviderDown())
            await self._while_young(call_round, provider.breaker.until_reachable)
        try:
            await self._ask(provider, call_round, hear)
        except ModelError as error:
            tell_of(error, self._alerts)
            raise

    async def _ask(self, provider: Provider, call_round: CallRound, hear: Hear) -> None:
        """Ask within the model's learnt limits.

        When the server finds the request too long, learn from that and ask again with less, until only the system text and the
        question are left.
        """
        profile = call_round.context.profile
        model = profile.models[0].name
        limits = await provider.limits.of(model)
        while True:
            images = not call_round.without_images and await provider.model.sees(model)
            call_round.context = replace(call_round.context, images=images)
            limits, window = await self._fit_within(limits, provider, call_round)
            reply_tokens = limits.reply_tokens(profile, window.receipt.tokens)
            try:
                await self._try(provider, call_round, window, reply_tokens, hear)
            except ModelContextExceeded as error:
                if call_round.written or call_round.receipt is None or not call_round.may_adapt():
                    raise
                sent = window.receipt.tokens
                await self._close(call_round, error)
                smaller = partial(_smaller, profile=profile, sent=sent, reply_tokens=reply_tokens, error=error)
                limits = await provider.limits.learn(model, smaller)
                prompt_shrinks = limits.budget(profile) < sent
                log.warning(
                    "question %s: %s finds %s tokens with up to %s of answer too many: lower %s or set model.context_tokens; "
                    "trying %s with %s; its words: %s",
                    call_round.key,
                    model,
                    sent,
                    reply_tokens,
                    "history.max_tokens" if prompt_shrinks else "model.max_reply_tokens",
                    min(sent, limits.budget(profile)),
                    limits.reply_tokens(profile, min(sent, limits.budget(profile))),
                    error.words or "none",
                )
            except ModelRejected as error:
                if not _may_go_on_without_images(call_round, error):
                    raise
                log.warning("question %s: asked again without its images: %s", call_round.key, error)
                await self._close(call_round, error)
            else:
                return await self._learn(provider, model, call_round)

    async def _learn(self, provider: Provider, model: str, call_round: CallRound) -> None:
        """Learn from an answer that is complete."""
        await provider.slots.learn()
        receipt = call_round.receipt
        assert receipt is not None  # noqa: S101 -- a request that was answered was sent
        usage = call_round.usage
        if usage is None or not usage.prompt:  # some servers report 0 for a prompt in their cache
            await provider.limits.learn(model, lambda limits: limits.after_answer(receipt.tokens))
            return
        known = await provider.limits.of(model)
        if (
            call_round.has_images and usage.prompt < known.factor * receipt.tokens
        ):  # images are counted at their highest
            await provider.limits.learn(model, lambda limits: limits.after_answer(receipt.tokens))
            return
        if receipt.tokens >= _NOTICEABLE_CUT and usage.prompt * 2 < receipt.tokens:
            provider.warn_once(
                f"cut {model}",
                f"{model} read only {usage.prompt} of about {receipt.tokens} tokens: its server seems to cut prompts silently; "
                "raise its context length (Ollama: num_ctx) or set model.context_tokens",
            )
            return
        await provider.limits.learn(model, lambda limits: limits.after_answer(receipt.tokens, usage.prompt))

    async def _fit_within(
        self, limits: ModelLimits, provider: Provider, call_round: CallRound
    ) -> tuple[ModelLimits, Window]:
        """Return the window within the limits, and the limits that it fits. Raises ModelContextExceeded and StoreError.

        Learnt limits that leave no room for a question are given up: a server teaches them too when it refuses for other reasons.
        """
        profile = call_round.context.profile
        try:
            return limits, await self._fit(call_round, limits.budget(profile))
        except ModelContextExceeded:
            forgotten = await provider.limits.learn(profile.models[0].name, ModelLimits.given_up)
            if call_round.adaptations or limits == forgotten:
                raise
        return forgotten, await self._fit(call_round, forgotten.budget(profile))

    async def _fit(self, call_round: CallRound, budget: int) -> Window:
        """Return the window of at most `budget` tokens. When it was trimmed, store the new anchor before anything is sent.

        Raises ModelContextExceeded and StoreError.
        """
        try:
            window = fit(call_round.context, budget, self._count)
        except ValueError as error:
            raise ModelContextExceeded(f"{budget} tokens are too few: {error}") from error
        receipt, context = window.receipt, call_round.context
        if (receipt.window_from, receipt.files_from) != (context.window_from, context.files_from):
            await self._conversations.trim(
                call_round.call.conversation_id, window_from=receipt.window_from, files_from=receipt.files_from
            )
        call_round.has_images = bool(images_in(window.prompt))
        call_round.remarks = (*window.remarks, *_unseen(call_round))
        return window

    async def _try(
        self, provider: Provider, call_round: CallRound, window: Window, reply_tokens: int, hear: Hear
    ) -> None:
        """Send the window. Repeat it while the model has sent nothing and the error may pass."""
        while True:
            try:
                return await self._send(provider, call_round, window, reply_tokens, hear)
            except ModelRejected as error:
                if error.refused.images or not error.adapted or call_round.heard or not call_round.may_adapt():
                    raise
                await self._close(call_round, error)
            except ModelBusy as error:
                call_round.tries += 1
                if call_round.heard:
                    raise
                await self._pause(call_round, error)
            except ModelUnreachable as error:
                if call_round.written:
                    raise
                await self._until_next_try(provider.breaker, call_round, error, hear)

    async def _until_next_try(
        self, breaker: Breaker, call_round: CallRound, error: ModelUnreachable, hear: Hear
    ) -> None:
        """Return when a question whose request failed may be sent again; raise the error when it may not."""
        if error.retry_after is not None and error.retry_after > _LONGEST_PAUSE_SECONDS:
            raise error
        young = self._clock() <= call_round.until
        away = await self._is_away(breaker, call_round) and young
        if error.connected or not away:
            call_round.tries += 1
        outage = young and breaker.is_open and breaker.recoveries == call_round.recoveries
        if call_round.tries >= _TRIES and not outage:
            raise error
        if not away and call_round.tries < _TRIES:
            await self._pause(call_round, error)
            return
        log.info("question %s waits: %s", call_round.key, error)
        await self._close(call_round, error)
        hear(ProviderDown())
        seconds = error.retry_after or 0.0
        if away:  # other requests may end the wait at once, however often this one fails
            call_round.waits += 1
            seconds = max(seconds, self._own_pause(call_round.waits))
        await asyncio.sleep(seconds)
        if away:
            await self._while_young(call_round, breaker.until_reachable)
        if call_round.tries and breaker.is_open:
            await self._while_young(call_round, breaker.turn)

    async def _is_away(self, breaker: Breaker, call_round: CallRound) -> bool:
        """Record that the newest request failed, and return whether the server cannot be reached."""
        if not call_round.heard:
            breaker.failed(call_round.call.place_id)
        if call_round.recoveries is None:
            call_round.recoveries = breaker.recoveries
        return not await breaker.look()

    async def _while_young(self, call_round: CallRound, wait: Callable[[], Awaitable[None]]) -> None:
        """Wait until the question is too old to wait any longer. It then gets one last try."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, (call_round.until - self._clock()) / 1000)):
                await wait()

    async def _pause(self, call_round: CallRound, error: ModelBusy | ModelUnreachable) -> None:
        """Pause before the next try of a question that has failed.

        The pause is the server's wish, or our own, which grows with each try. Raises the error after the last try, and when a
        pause, or all of them together, would be too long.
        """
        seconds = error.retry_after
        if seconds is None:
            seconds = self._own_pause(call_round.tries)
        call_round.paused += seconds
        too_long = seconds > _LONGEST_PAUSE_SECONDS or call_round.paused > _ALL_PAUSES_SECONDS
        if call_round.tries >= _TRIES or too_long:
            raise error
        log.info(
            "question %s: try %s of %s: %s; the next in %.1f s",
            call_round.key,
            call_round.tries,
            _TRIES,
            error,
            seconds,
        )
        await self._close(call_round, error)
        await asyncio.sleep(seconds)

    def _own_pause(self, number: int) -> float:
        """Return the seconds of the pause of this number, from 1, that no server asked for. They grow, and vary by 20 %."""
        growth = _PAUSE_GROWTH ** min(number - 1, _TRIES)
        seconds = self._first_pause_seconds * growth * random.uniform(0.8, 1.2)  # noqa: S311 -- not used for secrets
        return min(seconds, _LONGEST_PAUSE_SECONDS)

    async def _send(
        self, provider: Provider, call_round: CallRound, window: Window, reply_tokens: int, hear: Hear
    ) -> None:
        """Send one request and pass its events to `hear`."""
        profile = call_round.context.profile
        model = profile.models[0].name
        if call_round.call_id is None:
            call_round.call_id = await self._calls.open(call_round.call, reserve=profile.reserve, at=self._clock())
        await self._budget.admit(call_round.call_id, profile.reserve)
        call = call_round.call
        async with provider.slots.taken(Requester(call.person_id, call.guild_id or call.place_id)) as slot:
            shortened = reply_tokens < profile.reply_tokens
            images = images_in(window.prompt)
            request = ModelRequest(
                call,
                model,
                window.prompt,
                reply_tokens,
                call_round.root_id,
                slot.could_begin,
                shortened,
                await self._blobs.read(images) if images else {},
            )
            call_round.sent(provider.name, model, window.receipt)
            outages = provider.breaker.outages
            try:
                async with (
                    _longest(profile.answer_seconds) as heard,
                    aclosing(provider.model.stream(request)) as events,
                ):
                    async for event in events:
                        heard()
                        slot.heard()
                        provider.breaker.succeeded(outages)
                        call_round.hear(event)
                        hear(event)
            except ModelError as error:
                call_round.refused(error)
                if not isinstance(error, ModelUnreachable | ModelTimedOut):
                    provider.breaker.succeeded(outages)  # a server that refuses a request is up
                raise

    async def _close(self, call_round: CallRound, error: ModelError) -> None:
        """Close the row of a request that is about to be repeated."""
        assert call_round.call_id is not None  # noqa: S101 -- a request that was sent has a row
        await self._calls.close(call_round.call_id, call_round.end(error.reason), at=self._clock())
        call_round.repeats()


@asynccontextmanager
async def _longest(seconds: float) -> AsyncGenerator[Callable[[], None]]:
    """Bound an answer's time from its first event, at which the yielded function is called. Raises ModelEndless."""
    now = asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(None) as limit:

            def heard() -> None:
                if limit.when() is None:
                    limit.reschedule(now() + seconds)

            yield heard
    except TimeoutError as error:
        raise ModelEndless(f"the answer was not complete after {seconds:g} s (model.answer_seconds)") from error


def _may_go_on_without_images(call_round: CallRound, error: ModelRejected) -> bool:
    """Return whether a refused request may be repeated without its images, and record that if the refusal was not learnt.

    A server that refuses images in unknown words, or one image for its form, would refuse every later prompt with it.
    """
    if not call_round.has_images or call_round.heard or not call_round.may_adapt():
        return False
    if error.refused.images:
        return error.adapted
    call_round.without_images = type(error) is ModelRejected
    return call_round.without_images


def _unseen(call_round: CallRound) -> tuple[str, ...]:
    """Return a remark about the images of the newest question that its model does not get."""
    if call_round.context.images:
        return ()
    names = [one.name for one in media_in(call_round.context.exchanges[-1].question) if one.kind is MediaKind.IMAGE]
    remark = NOT_TAKEN if call_round.without_images else NOT_SEEN
    return (remark.format(names=", ".join(names)),) if names else ()


def _smaller(
    limits: ModelLimits, profile: Profile, sent: int, reply_tokens: int, error: ModelContextExceeded
) -> ModelLimits:
    """Return the limits after a refusal. The next request is smaller in any case: in its prompt, or in its longest answer."""
    learnt = limits.after_overflow(sent, reply_tokens, limit=error.limit, theirs=error.sent)
    if learnt.budget(profile) >= sent and learnt.reply_tokens(profile, sent) >= reply_tokens:
        return learnt.after_overflow(sent, reply_tokens, limit=None, theirs=None)
    return learnt
