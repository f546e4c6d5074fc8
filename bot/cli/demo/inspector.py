"""Shows the bot's internal state on the demo's page, by wrapping the store and the models that the bot opens.

The models' wrapper keeps the newest request of each conversation, and the choices that stood when its attempt first asked a
model; everything else is read from the store, above all the receipt of the newest call. The wrappers do not change how the store
and the models behave.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bot.app import OpenModel, OpenStore
from bot.chat.calls import CallRecord, Usage
from bot.chat.choosing import Choosing
from bot.chat.content import Content, Media, MediaKind, PromptMessage, Text
from bot.chat.image_tokens import image_tokens
from bot.chat.media import BETWEEN, media_in
from bot.chat.places import Conversation, Place
from bot.chat.ports.alerts import Alerts
from bot.chat.ports.facts import Facts
from bot.chat.ports.model import ModelEvent, ModelRequest
from bot.chat.ports.store import Store
from bot.chat.ports.transcriber import Recording, Transcript
from bot.chat.tokens import MESSAGE_OVERHEAD, REPLY_PRIMER, count
from bot.chat.turns import Answer, Question, Record
from bot.cli.demo.profile_facts import answering, broken_prefix, facts_of
from bot.config import Current, Settings
from bot.errors import StoreError
from bot.gateway.clock import host_now
from bot.llm.configured import profiles_of
from bot.llm.server import ModelServer, Server
from bot.sandbox.page import Fact, Picture, Seen, SentMessage, SentPicture, StoredTurn

_MAX_EXCHANGES: Final = 200
"""Number of a history's newest exchanges that are shown."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A stored turn. `answer` is the sibling number of the attempt that is its answer in this conversation, or None."""

    record: Record
    answer: int | None


@dataclass(frozen=True, slots=True)
class _Noted:
    """A request without the bytes of its pictures, and the choices that stood when its attempt first asked a model."""

    request: ModelRequest
    choosing: Choosing


class _NoCategories:
    """Implements `chat.ports.categories.Categories`: the demo's server has none."""

    def of(self, place: Place) -> None:
        """See `Categories.of`."""
        del place

    async def look_up(self, place: Place) -> None:
        """See `Categories.look_up`."""
        del place


class BotInspector:
    """The page's `Inspector`: wraps the store and the models that the bot opens, and reports their state."""

    def __init__(self, settings: Settings, bot_name: str) -> None:
        """Raises ConfigError when a system prompt leaves no room for a question."""
        self._settings = settings
        self._profiles = Current(profiles_of(settings))
        self._bot_name = bot_name
        self._store: Store | None = None
        self._last: dict[int, _Noted] = {}

    def watching_store(self, opened: OpenStore) -> OpenStore:
        """Wrap `opened` so that the inspector reads the store while it is open."""

        @asynccontextmanager
        async def watching(path: Path, alerts: Alerts) -> AsyncGenerator[Store, None]:
            async with opened(path, alerts) as store:
                self._store = store
                try:
                    yield store
                finally:
                    self._store = None

        return watching

    def watching_model(self, connected: OpenModel) -> OpenModel:
        """Wrap `connected` so that the inspector keeps the requests to the model server."""

        @asynccontextmanager
        async def watching(server: Server, models: Iterable[str], facts: Facts) -> AsyncGenerator[ModelServer, None]:
            async with connected(server, models, facts) as model:
                yield _WatchedModel(model, self._note)

        return watching

    async def _note(self, request: ModelRequest) -> None:
        before = self._last.get(request.call.conversation_id)
        if before is not None and _attempt_of(before.request) == _attempt_of(request):
            choosing = before.choosing
        else:
            assert self._store is not None  # noqa: S101 -- the store is open for longer than the models
            choosing = Choosing(
                choices=self._store.choices, categories=_NoCategories(), profiles=self._profiles, clock=host_now
            )
            with suppress(StoreError):  # the wrapper disturbs no answer
                await choosing.load()
        self._last[request.call.conversation_id] = _Noted(replace(request, blobs={}), choosing)

    async def seen(self, place_id: int) -> Seen | None:
        """Return the last window sent in the place's open conversation, and that conversation as it is stored, or None."""
        try:
            return None if self._store is None else await self._seen(self._store, place_id)
        except StoreError:  # closed meanwhile
            return None

    async def _seen(self, store: Store, place_id: int) -> Seen | None:
        conversations = await store.history.conversations(place_id)
        conversation = next((one for one in conversations if one.closed_at is None), None)
        if conversation is None:
            return None
        noted = self._last.get(conversation.id)  # before the turns are read, so that its question is among them
        turns = await _turns(store, conversation)
        call = await store.calls.newest(noted.request.call.position) if noted else None
        sent = [_sent(one, noted.request.model) for one in noted.request.prompt] if noted else []
        prompt = sum(one.tokens for one in sent) + REPLY_PRIMER if sent else 0
        window = _Span.of(conversation, call)
        budget, facts = self._profile(noted, call, turns) if noted else (self._settings.prompt_tokens, ())
        return Seen(
            messages=sent,
            prompt_tokens=prompt,
            cached_tokens=_cached(prompt, call.end.usage if call and call.end else None),
            budget=budget,
            dropped=sum(_messages_of(turn) for turn in turns if turn.record.question.position < window.first),
            turns=[shown for turn in turns[-_MAX_EXCHANGES:] for shown in self._stored(turn, window)],
            path=str(self._settings.history.path),
            facts=facts,
        )

    def _profile(self, noted: _Noted, call: CallRecord | None, turns: Sequence[_Turn]) -> tuple[int, Sequence[Fact]]:
        """Return the budget of a request in tokens, and the facts about its profile."""
        asked = noted.request.call
        place = next(one.record.question.place for one in turns if one.record.question.position == asked.position)
        resolved = noted.choosing.resolve(place, asked.conversation_id)
        ref = answering(resolved.profile, noted.request.model, call)
        facts = [*facts_of(resolved, ref, place, self._settings), *broken_prefix(call)]
        return resolved.profile.asking(ref).budget, facts

    async def picture(self, key: str) -> Picture | None:
        """Return a picture of a message by its hash in hexadecimal digits, or None."""
        if self._store is None:
            return None
        try:
            hashed = bytes.fromhex(key)
            found = await self._store.blobs.read((hashed,))
        except (ValueError, StoreError):
            return None
        types = {
            media.hash: media.media_type for last in self._last.values() for media in _pictures(last.request.prompt)
        }
        return Picture(types[hashed], found[hashed]) if hashed in found and hashed in types else None

    def _stored(self, turn: _Turn, window: "_Span") -> list[StoredTurn]:
        question = turn.record.question
        sent = window.first <= question.position <= window.newest and _is_sendable(question)
        state = (
            "deleted"
            if question.deleted
            else "turned down"
            if question.turned_down
            else "waiting"
            if question.prompt is None
            else "asked"
        )
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
    """Wraps a model server and notes each request."""

    def __init__(self, model: ModelServer, note: Callable[[ModelRequest], Awaitable[None]]) -> None:
        self._model = model
        self._note = note

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See `Model.stream`."""
        await self._note(request)
        async with aclosing(self._model.stream(request)) as events:
            async for event in events:
                yield event

    async def sees(self, model: str) -> bool:
        """See `Model.sees`."""
        return await self._model.sees(model)

    async def reachable(self) -> bool:
        """See `Model.reachable`."""
        return await self._model.reachable()

    async def transcribe(self, recording: Recording) -> Transcript:
        """See `Transcriber.transcribe`."""
        return await self._model.transcribe(recording)


@dataclass(frozen=True, slots=True)
class _Span:
    """The positions of the first and the newest question in the newest call's window. `newest` is 0 if there was no call."""

    first: int
    newest: int

    @classmethod
    def of(cls, conversation: Conversation, call: CallRecord | None) -> "_Span":
        """Return the span by the call's receipt, or by the conversation's anchor while the call is open and has no receipt."""
        if call is None:
            return cls(conversation.window_from, 0)
        receipt = call.end.receipt if call.end else None
        return cls(receipt.window_from if receipt else conversation.window_from, call.position)


async def _turns(store: Store, conversation: Conversation) -> Sequence[_Turn]:
    """Return the turns of a conversation, after those of the conversations that it branched from."""
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
    """Return the conversation with this id, which holds `turns`."""
    place = turns[-1].record.question.place
    return next(one for one in await store.history.conversations(place.id) if one.id == conversation_id)


def _chosen(record: Record) -> int | None:
    return next((answer.sibling for answer in record.answers if answer.chosen), None)


def _pictures(prompt: Sequence[PromptMessage]) -> list[Media]:
    return [one for message in prompt for one in media_in(message) if one.kind is MediaKind.IMAGE]


def _sent(message: PromptMessage, model: str) -> SentMessage:
    """Return a message as the page shows it, with its tokens by the rule of the model that was asked."""
    pictures = [
        SentPicture(one.hash.hex(), one.name, one.width, one.height, image_tokens(one.width, one.height, model))
        for one in _pictures((message,))
    ]
    text = "".join(_text_of(content) for content in message.contents)
    tokens = count(text) + MESSAGE_OVERHEAD + sum(one.tokens for one in pictures)
    return SentMessage(message.role, text, tokens, pictures)


def _text_of(content: Content) -> str:
    if isinstance(content, Media):
        return "" if content.kind is MediaKind.IMAGE else BETWEEN + content.text
    return content.text if isinstance(content, Text) else ""


def _attempt_of(request: ModelRequest) -> tuple[int, int]:
    return request.call.position, request.call.sibling


def _is_sendable(question: Question) -> bool:
    return question.prompt is not None and question.turned_down is None


def _messages_of(turn: _Turn) -> int:
    """Return how many messages of the prompt a turn makes if it is in the window: 0, 1 or 2."""
    answered = any(one.sibling == turn.answer and one.text for one in turn.record.answers)
    return _is_sendable(turn.record.question) and 1 + answered


def _cached(prompt: int, usage: Usage | None) -> int:
    """Return how many of `prompt` tokens were cached: the server's share, because its own counts differ from ours."""
    if usage is None or not usage.prompt:
        return 0
    return min(prompt, round(prompt * usage.cached / usage.prompt))
