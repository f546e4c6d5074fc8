"""The window: the prompt of one call, made of the system text and as many recent exchanges as the budget holds.

It grows by whole exchanges from a stored anchor until it would exceed the budget. Then a trim moves the anchor forward until the
window is down to the low-water mark. It sheds files before whole exchanges: a second anchor says from where files are sent; those
of earlier questions are only named. Between two trims every prompt begins, byte for byte, with the whole previous prompt, so
that a provider's prompt cache finds it. Everything here is pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.chat.breaks import Break
from bot.chat.calls import Receipt
from bot.chat.content import Content, MediaKind, PromptMessage, Role, Text, plain
from bot.chat.cutting import cut_middle
from bot.chat.media import MOST_BYTES, NOT_SENT, SHED, UNSEEN, media_in, named, shared_out, without
from bot.chat.profiles import Profile
from bot.chat.tokens import MESSAGE_OVERHEAD, REPLY_PRIMER, Count
from bot.chat.turns import Exchange

GO_ON: Final = "[Your answer reached its limit here. Go on exactly where it stops; repeat nothing and explain nothing.]"
_ROOM_AFTER_A_TRIM: Final = 1_200
"""Tokens that a trim leaves in a small window, because half of a small budget would hold less than an exchange or two."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that may be sent: the profile, and the exchanges from the anchor `window_from` to the question to answer.

    `so_far` is the unfinished answer that the model should continue. The files of exchanges before the position `files_from` are
    not sent any more. `images`: the model sees images. `broken` is where the exchanges differ from those of the call before.
    `dropped` exchanges were left out by an earlier call for the same answer.
    """

    profile: Profile
    window_from: int
    exchanges: Sequence[Exchange]
    so_far: str = ""
    files_from: int = 0
    images: bool = True
    broken: Break | None = None
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """The prompt of a call, and the receipt with its figures.

    `remarks` tell the asker what of the question's files is missing.
    """

    prompt: tuple[PromptMessage, ...]
    receipt: Receipt
    remarks: tuple[str, ...] = ()


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
    question = _cut(_as_seen(last, context, count), room - system_tokens, count)
    kept = [exchange for exchange in earlier if exchange.position >= context.window_from]
    has_files = any(len(exchange.question.contents) > 1 for exchange in kept)
    if has_files:
        kept = [_as_sent(exchange, context, count) for exchange in kept]
    trimmed = _trimmed(kept, question, system_tokens + question.tokens, room, count)
    messages = [plain(Role.SYSTEM, system)] if system else []
    for exchange in trimmed.exchanges:
        messages += (exchange.question, *exchange.answer)
    first = len(kept) - len(trimmed.exchanges)
    anchor = trimmed.exchanges[0].position if trimmed.exchanges else last.position
    window_from = anchor if first else context.window_from
    broken = context.broken if context.broken is not None and context.broken.position >= window_from else None
    with_files = (*messages, question.message) if has_files else (question.message,)
    receipt = Receipt(
        window_from=window_from,
        dropped=context.dropped + len(earlier) - len(kept) + first,
        cut=question.cut,
        system_tokens=system_tokens,
        turn_tokens=trimmed.tokens,
        question_tokens=question.tokens + tail_tokens,
        files_from=max(context.files_from, trimmed.files_from),
        media_tokens=sum(one.tokens for message in with_files for one in media_in(message)),
        broken_from=broken.position if broken else 0,
        broken_by=broken.cause if broken else "",
    )
    return Window((*messages, question.message, *tail), receipt, question.remarks)


@dataclass(frozen=True, slots=True)
class _Question:
    """The newest question as it is sent, with its tokens, the number of characters cut, and remarks about its files."""

    message: PromptMessage
    tokens: int
    cut: int = 0
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Trimmed:
    """The exchanges that a trim leaves, with their tokens.

    `files_from` is the position from which their files are sent, 0 where the trim shed none.
    """

    exchanges: Sequence[Exchange]
    tokens: int
    files_from: int = 0


def _trimmed(kept: list[Exchange], question: _Question, others: int, room: int, count: Count) -> _Trimmed:
    """Return the exchanges to send before the question. Where they do not fit, files are shed first, the oldest first.

    `others` are the tokens of all else that is sent.
    """
    sizes = [_tokens(exchange) for exchange in kept]
    total = others + sum(sizes)
    rich = (exchange.question for exchange in kept if len(exchange.question.contents) > 1)
    size = sum(one.size for message in rich for one in media_in(message))
    own = sum(one.size for one in media_in(question.message))
    if total <= room and size + own <= MOST_BYTES:
        return _Trimmed(kept, total - others)
    low = low_water(room)
    low_size = max(0, MOST_BYTES // 2 - own)
    files_from = 0
    left = list(kept)
    for at, exchange in enumerate(kept):
        if total <= low and size <= low_size:
            break
        if media := media_in(exchange.question):
            left[at] = _named(exchange, SHED, frozenset(MediaKind), count)
            total -= sizes[at] - _tokens(left[at])
            sizes[at] = _tokens(left[at])
            size -= sum(one.size for one in media)
            files_from = exchange.position + 1
    first = 0
    while first < len(left) and total > low:
        total -= sizes[first]
        first += 1
    return _Trimmed(left[first:], total - others, files_from)


def _as_sent(exchange: Exchange, context: Context, count: Count) -> Exchange:
    """Return an earlier exchange as it is sent: files before the anchor, and images that the model cannot see, are named."""
    seen = _as_seen(exchange, context, count)
    return _named(seen, SHED, frozenset(MediaKind), count) if exchange.position < context.files_from else seen


def _as_seen(exchange: Exchange, context: Context, count: Count) -> Exchange:
    return exchange if context.images else _named(exchange, UNSEEN, frozenset({MediaKind.IMAGE}), count)


def _named(exchange: Exchange, why: str, kinds: frozenset[MediaKind], count: Count) -> Exchange:
    if not media_in(exchange.question):
        return exchange
    question, less = without(exchange.question, why, kinds, count)
    return replace(exchange, question=question, tokens=exchange.tokens - less)


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


def _cut(exchange: Exchange, room: int, count: Count) -> _Question:
    """Return the question of `exchange`, cut to fit into `room` tokens: its files first, then its text.

    The stored question stays whole: only this window has the cut.
    """
    question, tokens = exchange.question, exchange.tokens + MESSAGE_OVERHEAD
    if tokens <= room:
        return _Question(question, tokens)
    media = media_in(question)
    lines = sum(count(named(one, NOT_SENT).text) for one in media)
    words = exchange.tokens - sum(one.tokens for one in media)
    left = room - MESSAGE_OVERHEAD - lines
    shares = shared_out(question.contents, max(0, left - words), count)
    text = "".join(content.text for content in shares.contents if isinstance(content, Text))
    others = tuple(content for content in shares.contents if not isinstance(content, Text))
    held = sum(one.tokens for one in media_in(PromptMessage(question.role, shares.contents)))
    if count(text) + held + MESSAGE_OVERHEAD <= room:
        return _Question(
            PromptMessage(question.role, shares.contents),
            count(text) + held + MESSAGE_OVERHEAD,
            shares.cut,
            shares.remarks,
        )
    shortened, cut = cut_middle(text, room - MESSAGE_OVERHEAD - held, count)
    contents: tuple[Content, ...] = (Text(shortened), *others)
    tokens = count(shortened) + held + MESSAGE_OVERHEAD
    return _Question(PromptMessage(question.role, contents), tokens, shares.cut + cut, shares.remarks)
