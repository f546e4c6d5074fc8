"""The window: the prompt of one call, made of the system text and as many recent exchanges as the budget holds.

It grows by whole exchanges from a stored anchor until it would pass the budget; then a trim moves the anchor so far forward that
the window falls to the low-water mark. Between two trims every prompt begins, byte for byte, with the whole of the one before,
so that a provider's prompt cache finds it. Everything here is pure.
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
"""Tokens that a trim leaves to a small window, where half of the budget would be less than one exchange or two."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that may be sent: the profile, and the exchanges from the anchor `window_from` to the question to be answered.

    `so_far` is the answer that the model is asked to go on with.
    """

    profile: Profile
    window_from: int
    exchanges: Sequence[Exchange]
    so_far: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """The prompt of a call, and its figures."""

    prompt: tuple[PromptMessage, ...]
    receipt: Receipt


def low_water(budget: int) -> int:
    """The size in tokens that a trim brings a window down to: half of the budget, more of a small one."""
    return int(budget * min(0.8, max(0.5, _ROOM_AFTER_A_TRIM / budget)))


def fit(context: Context, budget: int, count: Count) -> Window:
    """The window of at most `budget` tokens for the last of the context's exchanges, whose question is to be answered.

    The exchanges are in order, all rendered. Raises ValueError when there is nothing to answer, or when the system text leaves no
    room for a question.
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
    """The messages that ask the model to go on from `so_far`, and their tokens; only its end where it is large.

    They stand behind the newest question, outside the part of the prompt that stays the same.
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
    """The question of `exchange`, its tokens, and how many of its characters were cut to fit it into `room`.

    The stored question stays whole: the cut belongs to this window alone.
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
    """`text` with as little as possible taken from its middle so that it counts at most `tokens`, and a mark in the gap.

    Returns also how many characters were taken. Raises ValueError when not even the mark fits.
    """
    if count(text) <= tokens:
        return text, 0
    keep, excess = 0, len(text) - 1
    while keep < excess:  # the most characters that fit, by a binary search
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
    """`text` with only `keep` of its characters, from both ends, and the mark between them."""
    head = (keep + 1) // 2
    return text[:head] + CUT_MARK.format(len(text) - keep) + text[len(text) - keep // 2 :]
