"""Insight: what the page may know of the bot's inside, by watching what the bot opens.

The model is watched for the newest request of each conversation, the store is asked. Neither behaves otherwise for it.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.chat.ports import Delta, Finish, Model, Request, Store
from bot.chat.tokens import MESSAGE_OVERHEAD, REPLY_PRIMER, count
from bot.chat.turns import Answer, Conversation, Question, Usage
from bot.config import Settings
from bot.errors import StoreError
from bot.llm.refused import Facts
from bot.sandbox.page import Seen, SentMessage, StoredTurn

_MOST_EXCHANGES: Final = 200
"""The most that are told of a history, the newest ones."""

OpenStore = Callable[[Path], AbstractAsyncContextManager[Store]]
OpenModel = Callable[[Settings, Facts], AbstractAsyncContextManager[Model]]
_Exchange = tuple[Question, Sequence[Answer]]


@dataclass(slots=True)
class _Last:
    """The newest request of a conversation, and what the model's server said that it cost."""

    request: Request
    usage: Usage | None = None


class Insight:
    """Wraps what the bot opens, and tells what was seen: the `Inspector` of the page."""

    def __init__(self, settings: Settings, bot_name: str) -> None:
        self._settings = settings
        self._bot_name = bot_name
        self._store: Store | None = None
        self._last: dict[int, _Last] = {}

    def watching_store(self, opened: OpenStore) -> OpenStore:
        """Open a store and know it for as long as it is open."""

        @asynccontextmanager
        async def watched(path: Path) -> AsyncGenerator[Store, None]:
            async with opened(path) as store:
                self._store = store
                try:
                    yield store
                finally:
                    self._store = None

        return watched

    def watching_model(self, connected: OpenModel) -> OpenModel:
        """Connect to a model whose requests are seen."""

        @asynccontextmanager
        async def watched(settings: Settings, facts: Facts) -> AsyncGenerator[Model, None]:
            async with connected(settings, facts) as model:
                yield _WatchedModel(model, self._last)

        return watched

    async def seen(self, place_id: int) -> Seen | None:
        """What the model was sent last in the place's open conversation, and that conversation as it is stored."""
        try:
            return None if self._store is None else await self._seen(self._store, place_id)
        except StoreError:  # closed meanwhile
            return None

    async def _seen(self, store: Store, place_id: int) -> Seen | None:
        conversations = await store.conversations(place_id)
        conversation = next((one for one in conversations if one.closed_at is None), None)
        if conversation is None:
            return None
        history = await _history(store, conversation)
        last = self._last.get(conversation.id)
        sent = [
            SentMessage(one.role, one.content, count(one.content) + MESSAGE_OVERHEAD)
            for one in (last.request.messages if last else ())
        ]
        window = _Window.of(conversation, history, last)
        prompt = sum(one.tokens for one in sent) + REPLY_PRIMER if sent else 0
        return Seen(
            messages=sent,
            prompt_tokens=prompt,
            cached_tokens=_cached(prompt, last),
            budget=self._settings.prompt_tokens,
            dropped=sum(_turns_sent(exchange) for exchange in history if exchange[0].position < window.first),
            turns=[turn for exchange in history[-_MOST_EXCHANGES:] for turn in self._turns(exchange, window)],
            path=str(self._settings.history.path),
        )

    def _turns(self, exchange: _Exchange, window: "_Window") -> list[StoredTurn]:
        question, answers = exchange
        sent = window.first <= question.position <= window.newest and _is_sendable(question)
        state = "refused" if question.refused else "waiting" if question.prompt is None else "asked"
        asked = StoredTurn(question.author.name, question.text, state, question.tokens, sent)
        answered = sent and question.position < window.newest
        return [asked, *(self._attempt(one, sent=answered and one.chosen and bool(one.text)) for one in answers)]

    def _attempt(self, answer: Answer, *, sent: bool) -> StoredTurn:
        return StoredTurn(self._bot_name, answer.text, answer.state, answer.tokens, sent)


class _WatchedModel:
    """A model that notes the newest request of each conversation."""

    def __init__(self, model: Model, last: dict[int, _Last]) -> None:
        self._model = model
        self._last = last
        self.name = model.name

    async def stream(self, request: Request) -> AsyncGenerator[Delta | Finish, None]:
        """See `Model.stream`."""
        last = self._last[request.conversation_id] = _Last(request)
        async with aclosing(self._model.stream(request)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Finish):
                    last.usage = piece.usage
                yield piece


@dataclass(frozen=True, slots=True)
class _Window:
    """The positions between which the last request lay; `newest` is 0 where there was none."""

    first: int
    newest: int

    @classmethod
    def of(cls, conversation: Conversation, history: Sequence[_Exchange], last: _Last | None) -> "_Window":
        if last is None or not last.request.messages:
            return cls(conversation.window_from, 0)
        positions = {question.prompt: question.position for question, _ in history}
        asked = (one.content for one in reversed(last.request.messages) if one.role == "user")
        newest = next((positions[text] for text in asked if text in positions), 0)  # what asks to go on is no question
        return cls(min(conversation.window_from, newest), newest)


async def _history(store: Store, conversation: Conversation) -> Sequence[_Exchange]:
    """The exchanges of a conversation, those of its parent up to the branch before them."""
    history: list[_Exchange] = []
    if (parent := conversation.parent) is not None:
        history += [one async for one in store.turns(parent.conversation_id) if one[0].position <= parent.position]
    return [*history, *[one async for one in store.turns(conversation.id)]]


def _is_sendable(question: Question) -> bool:
    return question.prompt is not None and not question.refused


def _turns_sent(exchange: _Exchange) -> int:
    """How many messages of a request an exchange is, where it is inside the window."""
    question, answers = exchange
    return _is_sendable(question) and 1 + any(one.chosen and one.text for one in answers)


def _cached(prompt: int, last: _Last | None) -> int:
    """How many of `prompt` tokens were cached, by the share that the server reports in tokens of its own count."""
    usage = last.usage if last else None
    if usage is None or not usage.prompt_tokens:
        return 0
    return min(prompt, round(prompt * usage.cached_tokens / usage.prompt_tokens))
