"""The window: the prompt of one call, made of the system text and as many recent exchanges as the budget holds.

It grows by whole exchanges from a stored anchor until it would exceed the budget. Then a trim moves the anchor forward until the
window is down to the low-water mark. Between two trims every prompt begins, byte for byte, with the whole previous prompt, so
that a provider's prompt cache finds it. Everything here is pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.chat.calls import Receipt
from bot.chat.content import Content, PromptMessage, Role, Text, plain
from bot.chat.profiles import Profile
from bot.chat.tokens import MESSAGE_OVERHEAD, REPLY_PRIMER, Count
from bot.chat.turns import Exchange

GO_ON: Final = "[Your answer reached its limit here. Go on exactly where it stops; repeat nothing and explain nothing.]"
CUT_MARK: Final = "\n[… {} characters left out here …]\n"
_ROOM_AFTER_A_TRIM: Final = 1_200
"""Tokens that a trim leaves in a small window, because half of a small budget would hold less than an exchange or two."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that may be sent: the profile, and the exchanges from the anchor `window_from` to the question to answer.

    `so_far` is the unfinished answer that the model should continue.
    """

    profile: Profile
    window_from: int
    exchanges: Sequence[Exchange]
    so_far: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """The prompt of a call, and the receipt with its figures."""

    prompt: tuple[PromptMessage, ...]
    receipt: Receipt


def low_water(budget: int) -> int:
    """Return the size in tokens that a trim reduces a window to: half of the budget, or more when the budget is small."""
    return int(budget * min(0.8, max(0.5, _ROOM_AFTER_A_TRIM / budget)))


def fit(context: Context, budget: int, count: Count) -> Window:
    """Return the window of at most `budget` tokens for the question of the context's last exchange.

    The exchanges are in order, and all are rendered. Raises ValueError when there is no exchange, or when the system text leaves
    no room for a question.
    """
    if not context.exchanges:
        raise ValueError("a window needs a question to answer")
    tail, tail_tokens = _continuation(context.so_far, budget, count)
    room = budget - tail_tokens
    system = context.profile.system
    system_tokens = (count(system) + MESSAGE_OVERHEAD if system else 0) + REPLY_PRIMER
    *earlier, last = context.exchanges
    question, question_tokens, cut = _cut(last, room - system_tokens, count)
    kept = [exchange for exchange in earlier if exchange.position >= context.window_from]
    sizes = [_tokens(exchange) for exchange in kept]
    total = system_tokens + sum(sizes) + question_tokens
    first = 0
    if total > room:
        low = low_water(room)
        while first < len(kept) and total > low:
            total -= sizes[first]
            first += 1
    messages = [plain(Role.SYSTEM, system)] if system else []
    for exchange in kept[first:]:
        messages += (exchange.question, *exchange.answer)
    trimmed = kept[first].position if first < len(kept) else last.position
    receipt = Receipt(
        window_from=trimmed if first else context.window_from,
        dropped=len(earlier) - len(kept) + first,
        cut=cut,
        system_tokens=system_tokens,
        turn_tokens=total - system_tokens - question_tokens,
        question_tokens=question_tokens + tail_tokens,
    )
    return Window((*messages, question, *tail), receipt)


def _continuation(so_far: str, budget: int, count: Count) -> tuple[tuple[PromptMessage, ...], int]:
    """Return the messages that ask the model to continue `so_far`, and their tokens. Of a long text only the end is sent.

    The messages follow the newest question, after the part of the prompt that stays the same in later calls.
    """
    if not so_far:
        return (), 0
    text = so_far
    while count(text) > budget // 2 and len(text) > 1:
        text = text[len(text) // 4 or 1 :]
    tokens = count(text) + count(GO_ON) + 2 * MESSAGE_OVERHEAD
    return (plain(Role.ASSISTANT, text), plain(Role.USER, GO_ON)), tokens


def _tokens(exchange: Exchange) -> int:
    return exchange.tokens + MESSAGE_OVERHEAD * (1 + len(exchange.answer))


def _cut(exchange: Exchange, room: int, count: Count) -> tuple[PromptMessage, int, int]:
    """Return the question of `exchange`, cut to fit into `room` tokens, with its tokens and the number of characters cut.

    The stored question stays whole: only this window has the cut.
    """
    tokens = exchange.tokens + MESSAGE_OVERHEAD
    if tokens <= room:
        return exchange.question, tokens, 0
    text = exchange.question.text
    shortened, cut = cut_middle(text, room - MESSAGE_OVERHEAD, count)
    others = tuple(content for content in exchange.question.contents if not isinstance(content, Text))
    contents: tuple[Content, ...] = (Text(shortened), *others)
    return PromptMessage(exchange.question.role, contents), count(shortened) + MESSAGE_OVERHEAD, cut


def cut_middle(text: str, tokens: int, count: Count) -> tuple[str, int]:
    """Cut as little as possible from the middle of `text`, so that with a mark in the gap it has at most `tokens` tokens.

    Return the shortened text and the number of characters cut. Raises ValueError when not even the mark fits.
    """
    if count(text) <= tokens:
        return text, 0
    keep, excess = 0, len(text) - 1
    while keep < excess:  # a binary search for the most characters that fit
        middle = (keep + excess + 1) // 2
        if count(_without_middle(text, middle)) <= tokens:
            keep = middle
        else:
            excess = middle - 1
    shortened = _without_middle(text, keep)
    if count(shortened) > tokens:
        raise ValueError("the system prompt leaves no room for a question: shorten it or raise the token budget")
    return shortened, len(text) - keep


def _without_middle(text: str, keep: int) -> str:
    """Return `keep` characters of `text`, taken from both ends, with the mark between them."""
    head = (keep + 1) // 2
    return text[:head] + CUT_MARK.format(len(text) - keep) + text[len(text) - keep // 2 :]
