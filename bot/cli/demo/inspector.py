"""Insight: the bot's inside as the page may show it, by watching what the bot opens.

The models are watched for the newest request of each conversation; everything else is read in the store, above all the receipt of
the newest call. Neither behaves otherwise for it.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.app import OpenModel, OpenStore
from bot.chat.calls import CallRecord, Usage
from bot.chat.content import PromptMessage
from bot.chat.places import Conversation
from bot.chat.ports.facts import Facts
from bot.chat.ports.model import Model, ModelEvent, ModelRequest
from bot.chat.ports.store import Store
from bot.chat.tokens import MESSAGE_OVERHEAD, REPLY_PRIMER, count
from bot.chat.turns import Answer, Question, Record
from bot.config import Settings
from bot.errors import StoreError
from bot.llm.server import Server
from bot.sandbox.page import Seen, SentMessage, StoredTurn

_MOST_EXCHANGES: Final = 200
"""The most that are told of a history, the newest ones."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A stored turn, and the attempt that stands for its answer in this conversation; None where none does."""

    record: Record
    answer: int | None


class BotInspector:
    """Wraps what the bot opens, and tells what was seen: the `Inspector` of the page."""

    def __init__(self, settings: Settings, bot_name: str) -> None:
        self._settings = settings
        self._bot_name = bot_name
        self._store: Store | None = None
        self._last: dict[int, ModelRequest] = {}

    def watching_store(self, opened: OpenStore) -> OpenStore:
        """Open a store and know it for as long as it is open."""

        @asynccontextmanager
        async def watching(path: Path) -> AsyncGenerator[Store, None]:
            async with opened(path) as store:
                self._store = store
                try:
                    yield store
                finally:
                    self._store = None

        return watching

    def watching_model(self, connected: OpenModel) -> OpenModel:
        """Connect to a server of models whose requests are seen."""

        @asynccontextmanager
        async def watching(server: Server, models: Iterable[str], facts: Facts) -> AsyncGenerator[Model, None]:
            async with connected(server, models, facts) as model:
                yield _WatchedModel(model, self._last)

        return watching

    async def seen(self, place_id: int) -> Seen | None:
        """The last window sent in the place's open conversation, and that conversation as it is stored."""
        try:
            return None if self._store is None else await self._seen(self._store, place_id)
        except StoreError:  # closed meanwhile
            return None

    async def _seen(self, store: Store, place_id: int) -> Seen | None:
        conversations = await store.history.conversations(place_id)
        conversation = next((one for one in conversations if one.closed_at is None), None)
        if conversation is None:
            return None
        turns = await _turns(store, conversation)
        request = self._last.get(conversation.id)
        call = await store.calls.newest(request.call.position) if request else None
        sent = [SentMessage(one.role, one.text, count(one.text) + MESSAGE_OVERHEAD) for one in _prompt(request)]
        prompt = sum(one.tokens for one in sent) + REPLY_PRIMER if sent else 0
        window = _Span.of(conversation, call)
        return Seen(
            messages=sent,
            prompt_tokens=prompt,
            cached_tokens=_cached(prompt, call.end.usage if call and call.end else None),
            budget=self._settings.prompt_tokens,
            dropped=sum(_messages_of(turn) for turn in turns if turn.record.question.position < window.first),
            turns=[shown for turn in turns[-_MOST_EXCHANGES:] for shown in self._stored(turn, window)],
            path=str(self._settings.history.path),
        )

    def _stored(self, turn: _Turn, window: "_Span") -> list[StoredTurn]:
        question = turn.record.question
        sent = window.first <= question.position <= window.newest and _is_sendable(question)
        state = "turned down" if question.turned_down else "waiting" if question.prompt is None else "asked"
        asked = StoredTurn(question.author.name, question.text, state, question.tokens, sent)
        answered = sent and question.position < window.newest
        return [
            asked,
            *(
                self._attempt(one, sent=answered and one.sibling == turn.answer and bool(one.text))
                for one in turn.record.answers
            ),
        ]

    def _attempt(self, answer: Answer, *, sent: bool) -> StoredTurn:
        return StoredTurn(self._bot_name, answer.text, answer.state, answer.tokens, sent)


class _WatchedModel:
    """A server of models that notes the newest request of each conversation."""

    def __init__(self, model: Model, last: dict[int, ModelRequest]) -> None:
        self._model = model
        self._last = last

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See `Model.stream`."""
        self._last[request.call.conversation_id] = request
        async with aclosing(self._model.stream(request)) as events:
            async for event in events:
                yield event


@dataclass(frozen=True, slots=True)
class _Span:
    """The positions between which the newest call's window lies; `newest` is 0 where there was none."""

    first: int
    newest: int

    @classmethod
    def of(cls, conversation: Conversation, call: CallRecord | None) -> "_Span":
        """The window by the call's receipt; one that is open has none yet, but the anchor that it was sent with."""
        if call is None:
            return cls(conversation.window_from, 0)
        receipt = call.end.receipt if call.end else None
        return cls(receipt.window_from if receipt else conversation.window_from, call.position)


async def _turns(store: Store, conversation: Conversation) -> Sequence[_Turn]:
    """The turns of a conversation, those of the conversations that it branched from before them."""
    turns = [_Turn(one.record, _chosen(one.record)) async for one in store.history.turns(conversation.id)]
    while (parent := conversation.parent) is not None:
        before = [
            _Turn(one.record, parent.sibling if at == parent.position else _chosen(one.record))
            async for one in store.history.turns(parent.conversation_id)
            if (at := one.record.question.position) <= parent.position
        ]
        turns = [*before, *turns]
        conversation = await _conversation(store, parent.conversation_id, before)
    return turns


async def _conversation(store: Store, conversation_id: int, turns: Sequence[_Turn]) -> Conversation:
    """The conversation that holds these turns."""
    place = turns[-1].record.question.place
    return next(one for one in await store.history.conversations(place.id) if one.id == conversation_id)


def _chosen(record: Record) -> int | None:
    return next((answer.sibling for answer in record.answers if answer.chosen), None)


def _prompt(request: ModelRequest | None) -> Sequence[PromptMessage]:
    return request.prompt if request else ()


def _is_sendable(question: Question) -> bool:
    return question.prompt is not None and question.turned_down is None


def _messages_of(turn: _Turn) -> int:
    """How many messages of a prompt a turn is, where it is inside the window."""
    answered = any(one.sibling == turn.answer and one.text for one in turn.record.answers)
    return _is_sendable(turn.record.question) and 1 + answered


def _cached(prompt: int, usage: Usage | None) -> int:
    """How many of `prompt` tokens were cached, by the share that the server reports in tokens of its own count."""
    if usage is None or not usage.prompt:
        return 0
    return min(prompt, round(prompt * usage.cached / usage.prompt))
