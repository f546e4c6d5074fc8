"""Sends requests to models and repeats them where that may help. No other module asks a model.

Each provider has slots, which limit its concurrent requests, and a breaker. A request that had to wait holds the window as it is
when its turn has come: people may have changed it meanwhile. A request that failed before the model sent anything
is repeated: at once, without the parameters that the server rejects; after a pause, when the failure may pass, up to three tries
of each question; with a smaller window, when the prompt was too long; and, while the question is young, as soon as a provider
that was down is back (the rule stands in `bot.chat.breaker`). A time-out is not repeated: another try would take as long, may be
billed again, and would make a server that loads its model begin anew. Each request has its own row in `calls`. The first row is
opened with the attempt and the last is closed with it; the rows between are opened and closed here.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from functools import partial

from bot.chat.answer_time import bounded
from bot.chat.breaker import any_reachable
from bot.chat.budget import TokenBudget
from bot.chat.call_round import CallRound
from bot.chat.fair_queue import Requester
from bot.chat.fallback import in_order, passes_on
from bot.chat.fitting import Fitting, learn_from_answer, learn_from_refusal
from bot.chat.growing_text import ProviderDown
from bot.chat.image_tokens import Sight
from bot.chat.media import images_in
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
from bot.chat.tokens import Count
from bot.chat.tries import AllAway, Moved, Tries
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
        self._calls = calls
        self._providers = providers
        self._budget = budget
        self._clock = clock
        self._alerts = alerts
        self._blobs = blobs
        self._fitting = Fitting(attempts, conversations, providers, count)
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
        """Ask, and ask again as long as that may help.

        When the server finds the request too long, learn from that and ask again with less, until only the system text and the
        question are left.
        """
        model = call_round.context.profile.models[0].name
        provider = provider.of(model)
        while True:
            try:
                if await self._try(provider, call_round, hear):
                    return await learn_from_answer(provider, model, call_round)
            except Moved:
                provider = provider.of(model)
                call_round.moves()
            except ModelContextExceeded as error:
                receipt = call_round.receipt
                if call_round.written or receipt is None or not call_round.may_adapt():
                    raise
                await self._tries.close(call_round, error)
                await learn_from_refusal(provider, call_round, receipt.tokens, error)
            except ModelRejected as error:
                if not call_round.may_leave_out_images(error):
                    raise
                log.warning("question %s: asked again without its images: %s", call_round.key, error)
                await self._tries.close(call_round, error)

    async def charge(self, call_round: CallRound, reason: str, completion: int) -> None:
        """Store the figures of a call that the deletion of its question closed. Raises StoreError."""
        if call_round.call_id is not None:
            await self._calls.close(call_round.call_id, call_round.end(reason, completion), at=self._clock())

    async def sight(self, profile: Profile) -> Sight:
        """Return what the model sees that would be asked now."""
        return await sight_of(profile, self._providers)

    async def _try(self, provider: Provider, call_round: CallRound, hear: Hear) -> bool:
        """Send a request. Return False when another may follow: the model has sent nothing and the error may pass."""
        try:
            await self._send(provider, call_round, hear)
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
        else:
            return True
        return False

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

    async def _send(self, provider: Provider, call_round: CallRound, hear: Hear) -> None:
        """Send one request, with the window as it is when its turn has come, and pass its events to `hear`."""
        profile, call = call_round.context.profile, call_round.call
        model = profile.models[0].name
        if call_round.call_id is None:
            call_round.call_id = await self._calls.open(call, reserve=profile.reserve, at=self._clock())
        waited = await self._budget.admit(call_round.call_id, profile.reserve)
        async with provider.slots.taken(Requester(call.person_id, call.guild_id or call.place_id)) as slot:
            call_round.stale = call_round.stale or waited or slot.queued
            window, reply_tokens = await self._fitting.fit(provider, call_round)
            images = images_in(window.prompt)
            request = ModelRequest(
                call,
                model,
                window.prompt,
                reply_tokens,
                call_round.root_id,
                slot.could_begin,
                reply_tokens < profile.reply_tokens,
                profile.models[0].parameters,
                await self._blobs.read(images) if images else {},
            )
            call_round.sent(provider.name, model, window.receipt, reply_tokens)
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
