"""Sends requests to models and repeats them where that may help. No other module asks a model.

Each provider has slots, which limit its concurrent requests, and a breaker. A request that failed before the model sent anything
is repeated: at once, without the parameters that the server rejects; after a pause, when the failure may pass, up to three tries
of each question; with a smaller window, when the prompt was too long; and, while the question is young, as soon as a provider
that was down is back (the rule stands in `bot.chat.breaker`). A time-out is not repeated: another try would take as long, may be
billed again, and would make a server that loads its model begin anew. Each request has its own row in `calls`. The first row is
opened with the attempt and the last is closed with it; the rows between are opened and closed here.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Final

from bot.chat.answer_time import bounded
from bot.chat.breaker import any_reachable
from bot.chat.budget import TokenBudget
from bot.chat.call_round import CallRound
from bot.chat.content import MediaKind
from bot.chat.fair_queue import Requester
from bot.chat.fallback import in_order, passes_on
from bot.chat.growing_text import ProviderDown
from bot.chat.image_tokens import Sight
from bot.chat.media import images_in, media_in, recounted
from bot.chat.model_limits import ModelLimits
from bot.chat.ports.alerts import Alerts, tell_of
from bot.chat.ports.attempts import Attempts
from bot.chat.ports.blobs import Blobs
from bot.chat.ports.calls import Calls
from bot.chat.ports.clock import Clock
from bot.chat.ports.conversations import Conversations
from bot.chat.ports.model import ModelEvent, ModelRequest
from bot.chat.profiles import ModelRef, Profile
from bot.chat.provider import Provider
from bot.chat.sight import sight_of
from bot.chat.texts import NOT_SEEN, NOT_TAKEN
from bot.chat.tokens import Count
from bot.chat.tries import AllAway, Moved, Tries
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
"""Called with each event of a call as it arrives."""

_NOTICEABLE_CUT: Final = 1_000
"""Tokens of a prompt from which on a usage of less than half of them means that the server cut it."""


class Caller:
    """Sends requests to the models of all providers."""

    def __init__(
        self,
        *,
        attempts: Attempts,
        calls: Calls,
        conversations: Conversations,
        providers: Mapping[str, Provider],
        budget: TokenBudget,
        clock: Clock,
        count: Count,
        alerts: Alerts,
        blobs: Blobs,
        first_pause_seconds: float | None = None,
    ) -> None:
        self._attempts = attempts
        self._calls = calls
        self._conversations = conversations
        self._providers = providers
        self._budget = budget
        self._clock = clock
        self._count = count
        self._alerts = alerts
        self._blobs = blobs
        self._tries = Tries(calls, clock, first_pause_seconds)

    async def ask(self, call_round: CallRound, hear: Hear) -> None:
        """Send requests until one answer is complete, and pass its events to `hear`. Raises ModelError and StoreError."""
        profile = call_round.context.profile
        # Looked up once, because a reload may give a name to another server, where these models are not known.
        servers = [self._providers[ref.provider] for ref in profile.models]
        provider, *others = servers
        if others:
            await self._ask_any(profile, servers, call_round, hear)
            return
        if provider.breaker.holds_back:
            hear(ProviderDown())
            await self._tries.while_young(call_round, provider.breaker.until_reachable)
        try:
            await self._ask(provider, call_round, hear)
        except ModelError as error:
            tell_of(error, self._alerts)
            raise

    async def _ask_any(self, profile: Profile, servers: Sequence[Provider], call_round: CallRound, hear: Hear) -> None:
        """Ask the models of a profile, one after the other, until one answers (the rule stands in `bot.chat.fallback`).

        `servers` are those of the models. While none can be reached, the question waits for any of them, as long as it is young.
        Raises ModelError and StoreError.
        """
        while True:
            servers = [server.of(ref.name) for server, ref in zip(servers, profile.models, strict=True)]
            by_ref = dict(zip(profile.models, servers, strict=True))
            resting = [server.rests.rests(ref.name) for server, ref in zip(servers, profile.models, strict=True)]
            for server in servers:
                if server.breaker.away:
                    server.look_until_back()
            *others, last = in_order(profile.models, [server.breaker.away for server in servers], resting)
            try:
                for ref in others:
                    if await self._answers(profile, ref, by_ref[ref], call_round, hear, has_next=True):
                        return
                await self._answers(profile, last, by_ref[last], call_round, hear, has_next=False)
            except AllAway:
                hear(ProviderDown())
                await self._tries.while_young(
                    call_round, partial(any_reachable, [server.breaker for server in servers])
                )
            else:
                return

    async def _answers(
        self,
        profile: Profile,
        ref: ModelRef,
        server: Provider,
        call_round: CallRound,
        hear: Hear,
        *,
        has_next: bool,
    ) -> bool:
        """Ask one model of several. Return False where the next one shall answer. Raises ModelError, StoreError and AllAway."""
        kept = profile.asking(profile.models[0]) if ref is not profile.models[0] else None
        call_round.asks(profile.asking(ref), has_next=has_next, kept=kept)
        if server.breaker.away and not has_next and self._tries.is_young(call_round):
            raise AllAway
        try:
            await self._ask(server, call_round, hear)
        except ModelError as error:
            tell_of(error, self._alerts)
            if call_round.written or not passes_on(error):
                raise
            server.failed(ref.name, error)
            if not has_next:
                raise
            log.warning("question %s: %s cannot answer (%s): the next model is asked", call_round.key, ref.name, error)
            await self._tries.close(call_round, error)
            return False
        server.rests.answered(ref.name)
        return True

    async def _ask(self, provider: Provider, call_round: CallRound, hear: Hear) -> None:
        """Ask within the model's learnt limits.

        When the server finds the request too long, learn from that and ask again with less, until only the system text and the
        question are left.
        """
        profile = call_round.context.profile
        model = profile.models[0].name
        provider = provider.of(model)
        limits = await provider.limits.of(model)
        while True:
            images = not call_round.without_images and await provider.model.sees(model)
            exchanges = recounted(call_round.context.exchanges, model)
            call_round.context = replace(call_round.context, images=images, exchanges=exchanges)
            limits, window = await self._fit_within(limits, provider, call_round)
            reply_tokens = limits.reply_tokens(profile, window.receipt.tokens)
            try:
                await self._try(provider, call_round, window, reply_tokens, hear)
            except Moved:
                provider = provider.of(model)
                limits = await provider.limits.of(model)
                call_round.moves()
            except ModelContextExceeded as error:
                if call_round.written or call_round.receipt is None or not call_round.may_adapt():
                    raise
                sent = window.receipt.tokens
                await self._tries.close(call_round, error)
                smaller = partial(_smaller, profile=profile, sent=sent, reply=reply_tokens, error=error)
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
                if not call_round.may_leave_out_images(error):
                    raise
                log.warning("question %s: asked again without its images: %s", call_round.key, error)
                await self._tries.close(call_round, error)
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

        Learnt limits that leave no room for a question are given up: a refusal for other reasons teaches them too.
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
        """Return the window of at most `budget` tokens. Its new anchor and its remarks are stored before anything is sent.

        A model that answers in place of another moves the anchor no further than that one would have, whose budget may be larger
        and whose images may cost less. Raises ModelContextExceeded and StoreError.
        """
        try:
            window = fit(call_round.context, budget, self._count)
        except ValueError as error:
            raise ModelContextExceeded(f"{budget} tokens are too few: {error}") from error
        context = call_round.context
        anchors = _anchors(window)
        if anchors != (context.window_from, context.files_from) and call_round.kept is not None:
            anchors = await self._no_further(anchors, call_round.kept, context)
        if anchors != (context.window_from, context.files_from):
            window_from, files_from = anchors
            conversation_id = call_round.call.conversation_id
            await self._conversations.trim(conversation_id, window_from=window_from, files_from=files_from)
        call_round.has_images = bool(images_in(window.prompt))
        remarks = (*window.remarks, *_unseen(call_round))
        if remarks != call_round.remarks:
            await self._attempts.remark(call_round.call.position, call_round.call.sibling, remarks)
            call_round.remarks = remarks
        return window

    async def _no_further(self, anchors: tuple[int, int], preferred: Profile, context: Context) -> tuple[int, int]:
        """Return the anchors, but no further than those of a window for the preferred model. Raises StoreError."""
        ref = preferred.models[0]
        images = await self._providers[ref.provider].model.sees(ref.name)
        exchanges = recounted(context.exchanges, ref.name)
        kept = fit(
            replace(context, profile=preferred, images=images, exchanges=exchanges), preferred.budget, self._count
        )
        return min(anchors[0], kept.receipt.window_from), min(anchors[1], kept.receipt.files_from)

    async def charge(self, call_round: CallRound, reason: str, completion: int) -> None:
        """Store the figures of a call that the deletion of its question closed. Raises StoreError."""
        if call_round.call_id is not None:
            await self._calls.close(call_round.call_id, call_round.end(reason, completion), at=self._clock())

    async def sight(self, profile: Profile) -> Sight:
        """Return what the model sees that would be asked now."""
        return await sight_of(profile, self._providers)

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
                await self._tries.close(call_round, error)
            except ModelBusy as error:
                call_round.tries += 1
                if call_round.heard:
                    raise
                await self._tries.pause(call_round, error)
            except ModelUnreachable as error:
                if call_round.written:
                    raise
                await self._until_next_try(provider, call_round, error, hear)

    async def _until_next_try(
        self, provider: Provider, call_round: CallRound, error: ModelUnreachable, hear: Hear
    ) -> None:
        """Return when the window may be sent again; raise the error when it may not, and Moved where another server gets it."""
        model = call_round.context.profile.models[0].name
        if provider.of(model) is provider:
            await self._tries.until_next_try(provider.breaker, call_round, error, lambda: hear(ProviderDown()))
        else:  # settings changed while the request was under way: the old server is not waited for
            await self._tries.close(call_round, error)
        if provider.of(model) is not provider:
            raise Moved from error

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
                profile.models[0].parameters,
                await self._blobs.read(images) if images else {},
            )
            call_round.sent(provider.name, model, window.receipt)
            outages = provider.breaker.outages
            try:
                async with (
                    bounded(profile.answer_seconds) as heard,
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


def _anchors(window: Window) -> tuple[int, int]:
    return window.receipt.window_from, window.receipt.files_from


def _unseen(call_round: CallRound) -> tuple[str, ...]:
    """Return a remark about the images of the newest question that its model does not get."""
    if call_round.context.images:
        return ()
    names = [one.name for one in media_in(call_round.context.exchanges[-1].question) if one.kind is MediaKind.IMAGE]
    remark = NOT_TAKEN if call_round.without_images else NOT_SEEN
    return (remark.format(names=", ".join(names)),) if names else ()


def _smaller(limits: ModelLimits, profile: Profile, sent: int, reply: int, error: ModelContextExceeded) -> ModelLimits:
    return limits.smaller(profile, sent, reply, limit=error.limit, theirs=error.sent)
