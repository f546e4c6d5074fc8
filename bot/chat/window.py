"""What is sent to the model for one answer: the system prompt and as many recent exchanges as the budget holds.

The window grows by whole exchanges from a stored anchor until it would pass the budget; then a trim moves the anchor
so far forward that the window falls to the low-water mark. Between two trims every request therefore begins, byte for
byte, with the whole of the one before, and a provider's prompt cache pays for it. All of it is pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from bot.chat.tokens import MESSAGE_OVERHEAD, REPLY_PRIMER, Count
from bot.chat.turns import Exchange

LOW_WATER: Final = 0.5
GO_ON: Final = "[Your answer reached its limit here. Go on exactly where it stops; repeat nothing and explain nothing.]"
CUT_MARK: Final = "\n[… {} characters left out here …]\n"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a request, in the chat completions sense."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Window:
    """What goes into a request, and what was decided on the way.

    `anchor` is the position of the first exchange inside; `tokens` counts the whole request; `dropped` is how many of the
    given exchanges were trimmed. `newest` is the newest exchange as it was sent, which differs from the given one where it
    had to be cut to fit.
    """

    messages: tuple[ChatMessage, ...]
    anchor: int
    tokens: int
    dropped: int
    newest: Exchange


@dataclass(frozen=True, slots=True)
class Budget:
    """How large a request may be, in tokens, and how its text is counted."""

    tokens: int
    count: Count
    low_water: float = LOW_WATER


def fit(system: str, anchor: int, exchanges: Sequence[Exchange], budget: Budget) -> Window:
    """The window for the last of `exchanges`, whose question is to be answered now.

    `exchanges` are in order, all rendered, from the anchor's on. An answer of the last one is left out. Raises ValueError when
    there is nothing to answer, or when the system prompt alone leaves no room for a question.
    """
    if not exchanges:
        raise ValueError("a window needs a question to answer")
    base = budget.count(system) + MESSAGE_OVERHEAD + REPLY_PRIMER
    newest = _cut(replace(exchanges[-1], answer="", answer_tokens=0), budget.tokens - base, budget.count)
    kept = [*(exchange for exchange in exchanges[:-1] if exchange.position >= anchor), newest]
    sizes = [_tokens(exchange) for exchange in kept]
    total = base + sum(sizes)
    first = 0
    if total > budget.tokens:
        low = int(budget.tokens * budget.low_water)
        while first < len(kept) - 1 and total > low:
            total -= sizes[first]
            first += 1
    messages = (ChatMessage("system", system), *(message for e in kept[first:] for message in _messages(e)))
    dropped = len(exchanges) - len(kept) + first
    return Window(messages, kept[first].position if first else anchor, total, dropped, newest)


@dataclass(frozen=True, slots=True)
class Tail:
    """What stands behind the newest question, outside the part that stays the same; `tokens` counts its messages."""

    messages: tuple[ChatMessage, ...] = ()
    tokens: int = 0


def continuation(so_far: str, budget: Budget) -> Tail:
    """What asks the model to go on from `so_far`, of which only the end is sent where it is more than half of the budget."""
    if not so_far:
        return Tail()
    text = so_far
    while budget.count(text) > budget.tokens // 2 and len(text) > 1:
        text = text[len(text) // 4 or 1 :]
    messages = (ChatMessage("assistant", text), ChatMessage("user", GO_ON))
    return Tail(messages, sum(budget.count(message.content) + MESSAGE_OVERHEAD for message in messages))


def _messages(exchange: Exchange) -> list[ChatMessage]:
    question = ChatMessage("user", exchange.prompt)
    return [question, ChatMessage("assistant", exchange.answer)] if exchange.answer else [question]


def _tokens(exchange: Exchange) -> int:
    question = exchange.prompt_tokens + MESSAGE_OVERHEAD
    return question + exchange.answer_tokens + MESSAGE_OVERHEAD if exchange.answer else question


def _cut(exchange: Exchange, room: int, count: Count) -> Exchange:
    """`exchange` with its question cut in the middle, if it alone is larger than `room`."""
    if _tokens(exchange) <= room:
        return exchange
    text = cut_middle(exchange.prompt, room - MESSAGE_OVERHEAD, count)
    return replace(exchange, prompt=text, prompt_tokens=count(text))


def cut_middle(text: str, tokens: int, count: Count) -> str:
    """`text` with as little as possible taken from its middle so that it counts at most `tokens`, and a mark in the gap.

    Raises ValueError when not even the mark fits.
    """
    if count(text) <= tokens:
        return text
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
    return shortened


def _without_middle(text: str, keep: int) -> str:
    """`text` with only `keep` of its characters, from both ends, and the mark between them."""
    head = (keep + 1) // 2
    return text[:head] + CUT_MARK.format(len(text) - keep) + text[len(text) - keep // 2 :]
