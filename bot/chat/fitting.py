"""Fits the prompt of a call into the limits of its model, and learns those limits from how its server answers.

Fitting changes what is stored: the anchors of the window, and the remarks about files that the model does not get.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from bot.chat.call_round import CallRound
from bot.chat.content import MediaKind
from bot.chat.media import images_in, media_in, recounted
from bot.chat.model_limits import ModelLimits
from bot.chat.ports.attempts import Attempts
from bot.chat.ports.conversations import Conversations
from bot.chat.profiles import Profile
from bot.chat.provider import Provider
from bot.chat.texts import NOT_SEEN, NOT_TAKEN
from bot.chat.tokens import Count
from bot.chat.window import Context, Window, fit
from bot.errors import ModelContextExceeded

log = logging.getLogger(__name__)

_NOTICEABLE_CUT: Final = 1_000
"""Tokens of a prompt from which on a usage of less than half of them means that the server cut it."""


class Fitting:
    """Fits windows into the limits of the models of all providers."""

    def __init__(
        self, attempts: Attempts, conversations: Conversations, providers: Mapping[str, Provider], count: Count
    ) -> None:
        self._attempts = attempts
        self._conversations = conversations
        self._providers = providers
        self._count = count

    async def fit(self, provider: Provider, call_round: CallRound) -> tuple[Window, int]:
        """Return the window as it is now, within the model's learnt limits, and the longest answer that they allow.

        Learnt limits that leave no room for a question are given up: a refusal for other reasons teaches them too. Raises
        ModelContextExceeded and StoreError.
        """
        await self._read_again(call_round)
        profile = call_round.context.profile
        model = profile.models[0].name
        limits = await provider.limits.of(model)
        images = not call_round.without_images and await provider.model.sees(model)
        exchanges = recounted(call_round.context.exchanges, model)
        call_round.context = replace(call_round.context, images=images, exchanges=exchanges)
        try:
            window = await self._fit_to(call_round, limits.budget(profile))
        except ModelContextExceeded:
            known, limits = limits, await provider.limits.learn(model, ModelLimits.given_up)
            if call_round.adaptations or limits == known:
                raise
            window = await self._fit_to(call_round, limits.budget(profile))
        return window, limits.reply_tokens(profile, window.receipt.tokens)

    async def _read_again(self, call_round: CallRound) -> None:
        """Read the window again where people may have changed it meanwhile. Raises StoreError."""
        position = call_round.call.position
        if not call_round.stale or not position:  # a summary has no window
            return
        call_round.stale = False
        started = await self._attempts.read_again(position)
        if started is not None:  # else the attempt is about to be stopped
            context = call_round.context
            left_out = sum(one.position < started.window_from for one in context.exchanges)
            call_round.context = replace(
                context,
                dropped=context.dropped + left_out,
                window_from=started.window_from,
                exchanges=started.exchanges,
                files_from=started.files_from,
                broken=started.broken,
            )

    async def _fit_to(self, call_round: CallRound, budget: int) -> Window:
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


async def learn_from_answer(provider: Provider, model: str, call_round: CallRound) -> None:
    """Learn from an answer that is complete."""
    await provider.slots.learn()
    receipt = call_round.receipt
    assert receipt is not None  # noqa: S101 -- a request that was answered was sent
    usage = call_round.usage
    if usage is None or not usage.prompt:  # some servers report 0 for a prompt in their cache
        await provider.limits.learn(model, lambda limits: limits.after_answer(receipt.tokens))
        return
    known = await provider.limits.of(model)
    if call_round.has_images and usage.prompt < known.factor * receipt.tokens:  # images are counted at their highest
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


async def learn_from_refusal(provider: Provider, call_round: CallRound, sent: int, error: ModelContextExceeded) -> None:
    """Learn from a server that finds `sent` tokens, with the longest answer that the request allowed, too many."""
    profile, reply_tokens = call_round.context.profile, call_round.reply_tokens
    model = profile.models[0].name
    smaller = partial(_smaller, profile=profile, sent=sent, reply=reply_tokens, error=error)
    limits = await provider.limits.learn(model, smaller)
    left = min(sent, limits.budget(profile))
    log.warning(
        "question %s: %s finds %s tokens with up to %s of answer too many: lower %s or set model.context_tokens; "
        "trying %s with %s; its words: %s",
        call_round.key,
        model,
        sent,
        reply_tokens,
        "history.max_tokens" if left < sent else "model.max_reply_tokens",
        left,
        limits.reply_tokens(profile, left),
        error.words or "none",
    )


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
