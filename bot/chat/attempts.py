"""One attempt at an answer, from the moment it is in the store to the moment Discord shows all of it.

The order of the steps is the promise: each part's id is stored as soon as the part exists, the whole text before the last
edit. Whatever dies in between, the next start finds where it was.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.chat.breaker import Breaker
from bot.chat.ports import (
    Begun,
    Clock,
    Display,
    Model,
    Offer,
    OnPart,
    Outcome,
    Request,
    Store,
    Target,
)
from bot.chat.tokens import Count
from bot.chat.turns import AnswerState, Asked, Question, clean
from bot.chat.window import Budget, ChatMessage, continuation, fit
from bot.chat.writing import FILTERED, STOPPED, STOPPED_EARLY, End, Writing
from bot.errors import (
    DisplayError,
    DisplayRefused,
    ModelContextExceeded,
    ModelCutOff,
    ModelError,
    ModelFiltered,
    ModelTimedOut,
    ModelUnreachable,
    ParleyError,
    StoreError,
)

log = logging.getLogger(__name__)

Render = Callable[[], Awaitable[str]]
"""Makes the text for the model of a question; called in the lane, at most once an attempt."""

TOO_OLD: Final = "I was away when you asked this."
DOWN: Final = "I cannot reach my language model right now. I answer as soon as it is back."
NOT_KEPT: Final = "I could not keep this answer, so I will not remember it."
_BACK_SECONDS: Final = (15.0, 30.0, *(60.0,) * 60)
_LARGE: Final = 16_384
"""Characters above which counting tokens would hold up the loop for more than a millisecond or two."""


@dataclass(frozen=True, slots=True)
class ChatRules:
    """The settings that conversations go by.

    The figures are tokens, questions a minute, seconds, requests at a time, and questions that may wait in a place.
    `discord_pauses` are the seconds after each look at a Discord that is down; then the next start goes on.
    """

    system: str
    prompt_tokens: int
    count: Count
    user_per_minute: int = 0
    answer_within_seconds: float = 900
    last_edit_seconds: float = 5
    model_requests: int = 32
    place_queue: int = 20
    discord_pauses: tuple[float, ...] = _BACK_SECONDS


class Attempts:
    """Makes attempts: asks the model, shows what it writes, stores how it ended."""

    def __init__(
        self, *, store: Store, model: Model, display: Display, clock: Clock, breaker: Breaker, rules: ChatRules
    ) -> None:
        self._store = store
        self._model = model
        self._display = display
        self._clock = clock
        self._breaker = breaker
        self._rules = rules
        self._calls = asyncio.Semaphore(rules.model_requests)

    @property
    def discord_pauses(self) -> tuple[float, ...]:
        """How many seconds to wait after each look at a Discord that is down."""
        return self._rules.discord_pauses

    async def answer(self, question: Question, render: Render) -> None:
        """Begin the first attempt at a question and make it. A question that cannot be begun is closed, visibly."""
        try:
            begun = await self.begin(question, render)
        except Exception:
            log.exception("question %s could not be begun", question.message_id)
            await self.notice(question, ModelError.public)
            with suppress(StoreError):  # told to ask again, so not answered by the next start as well
                await self._store.refuse(question.position)
            return
        await self.make(question, begun)

    async def give_up(self, question: Question, render: Render) -> None:
        """Close a question that is too old to be answered, with one line. Raises what `begin` raises."""
        sibling = (await self.begin(question, render)).sibling
        end = End(AnswerState.FAILED, TOO_OLD, Offer.RETRY)
        on_part = await self.keep(question, sibling, ())
        async with self._display.open(target(question, sibling), (), on_part, self._store.drop_part) as showing:
            await self._end(question, sibling, Writing(showing), end)

    async def again(self, question: Question, after: int, parts: Sequence[int], *, going_on: bool = False) -> None:
        """Make another attempt after this one, in its messages, unless another followed before. Raises StoreError.

        One that is `going_on` begins with the text of the one before.
        """
        begun = await self._store.begin_again(
            question.position, after=after, model=self._model.name, at=self._clock(), going_on=going_on
        )
        if begun is not None:
            await self.make(question, begun, parts)

    async def begin(self, question: Question, render: Render) -> Begun:
        """Store step (b). Raises what `render` raises, and StoreError."""
        prompt = clean(await render())
        tokens = self._rules.count(prompt)
        return await self._store.begin(question.position, prompt, tokens, model=self._model.name, at=self._clock())

    async def make(self, question: Question, begun: Begun, parts: Sequence[int] = ()) -> None:
        """Make an attempt that the store has as begun, to its end; `parts` are messages that it takes over."""
        sibling = begun.sibling
        on_part = await self.keep(question, sibling, parts)
        async with self._display.open(target(question, sibling), parts, on_part, self._store.drop_part) as showing:
            writing = Writing(showing, begun.so_far, kept=begun.so_far)
            try:
                end = await self._written(question, begun, writing)
            except asyncio.CancelledError:
                await self._stopped(question, sibling, writing)
                raise
            await self._end(question, sibling, writing, end)

    async def _stopped(self, question: Question, sibling: int, writing: Writing) -> None:
        end = writing.broken_by(STOPPED, STOPPED_EARLY)
        try:
            async with asyncio.timeout(self._rules.last_edit_seconds):
                await self._end(question, sibling, writing, end)
        except TimeoutError:
            log.warning("question %s: stopped before its last edit; the next start makes it", question.message_id)

    async def _written(self, question: Question, begun: Begun, writing: Writing) -> End:
        """Let the model write; whatever goes wrong becomes an end that can be shown."""
        try:
            await self._write_when_up(question, begun, writing)
        except ModelError as error:
            log.warning("question %s: %s: %s", question.message_id, type(error).__name__, error)
            note = FILTERED if isinstance(error, ModelFiltered) else ModelCutOff.public
            return writing.broken_by(note, error.public, Offer.RETRY if error.may_pass else None)
        except Exception:
            log.exception("question %s failed for an unforeseen reason", question.message_id)
            return writing.broken_by(ModelError.public)
        return writing.ended()

    async def _write_when_up(self, question: Question, begun: Begun, writing: Writing) -> None:
        """Let the model write, and wait for one that is down while the question is young. Raises ModelError.

        One that took the question and said nothing for too long is asked twice: each time may cost.
        """
        slow = False
        while True:
            if self._breaker.is_open:
                writing.showing.remark(DOWN)
                with suppress(TimeoutError):  # then it has one last try
                    async with asyncio.timeout(max(0.0, self._rules.answer_within_seconds - self._age(question))):
                        await self._breaker.wait()
            try:
                return await self._write(question, begun, writing)
            except (ModelUnreachable, ModelTimedOut) as error:
                self._breaker.failed()
                if writing.text != begun.so_far or self.is_old(question) or (slow and isinstance(error, ModelTimedOut)):
                    raise
                slow = isinstance(error, ModelTimedOut)
                log.info("question %s waits: %s", question.message_id, error)
            except ModelError:
                self._breaker.succeeded()  # it is there, whatever it says
                raise

    def is_old(self, question: Question) -> bool:
        """Tell whether a question is too old for an answer; one that Discord's clock dates ahead of ours is new."""
        return self._age(question) > self._rules.answer_within_seconds

    def _age(self, question: Question) -> float:
        return max(0, self._clock() - question.asked_at) / 1000

    async def _write(self, question: Question, begun: Begun, writing: Writing) -> None:
        """Stream the answer; when the model finds the request too long, trim once more and try again."""
        tokens = self._rules.prompt_tokens
        try:
            await self._stream(question, await self._messages(question, begun, tokens), writing)
        except ModelContextExceeded as error:
            if writing.text != begun.so_far:
                raise
            fewer = min(tokens, error.limit or tokens) // 2
            log.warning(
                "question %s: the model's context is smaller than the budget of %s tokens: lower history.max_tokens "
                "or set model.context_tokens; trying with %s",
                question.message_id,
                tokens,
                fewer,
            )
            await self._stream(question, await self._messages(question, begun, fewer), writing)

    async def _messages(self, question: Question, begun: Begun, tokens: int) -> Sequence[ChatMessage]:
        """The window, with what an answer that goes on needs at its end. Raises ModelContextExceeded and StoreError."""
        tail = continuation(begun.so_far, Budget(tokens, self._rules.count))
        try:
            budget = Budget(tokens - tail.tokens, self._rules.count)
            window = fit(self._rules.system, begun.anchor, begun.exchanges, budget)
        except ValueError as error:
            raise ModelContextExceeded(f"{tokens} tokens are too few: {error}") from error
        newest = begun.exchanges[-1] if tail.messages else window.newest  # cut only to make room for its own answer
        if window.anchor != begun.anchor or newest.prompt != begun.exchanges[-1].prompt:
            await self._store.settle(question.conversation_id, anchor=window.anchor, newest=newest)
        return (*window.messages, *tail.messages)

    async def _stream(self, question: Question, messages: Sequence[ChatMessage], writing: Writing) -> None:
        request = Request(messages, question.conversation_id, question.author.id)
        async with self._calls, aclosing(self._model.stream(request)) as stream:
            async for piece in stream:
                self._breaker.succeeded()
                writing.add(piece)

    # --------------------------------------------------------------------------------------------------- ends

    async def _end(self, question: Question, sibling: int, writing: Writing, end: End) -> None:
        try:
            await self.store_end(question, sibling, writing, end)
            await self.show_end(question, sibling, writing, end)
        except DisplayRefused as error:
            log.warning("question %s: the answer is stored but could not be shown: %s", question.message_id, error)
        except DisplayError as error:
            log.warning(
                "question %s: the answer is stored and shown when Discord is back: %s", question.message_id, error
            )
            await self._show_later(question, sibling, writing.text, end)
        except StoreError as error:
            log.error("question %s: the answer could not be stored: %s", question.message_id, error)  # noqa: TRY400 -- the message says it all
            with suppress(ParleyError):
                await writing.showing.finish(writing.text, end.note or NOT_KEPT, end.offer)

    async def _show_later(self, question: Question, sibling: int, text: str, end: End) -> None:
        """Make the last edit as soon as Discord is back; its place waits, so that order holds. Raises StoreError."""
        for pause in self._rules.discord_pauses:
            await asyncio.sleep(pause)
            try:
                left = await self._store.newest(question.message_id)
                known = left.answer.parts if left is not None and left.answer is not None else ()
                await self.show_anew(question, sibling, text, end, await self.found(question, sibling, known))
            except DisplayRefused as error:
                log.warning("question %s: the answer is stored but could not be shown: %s", question.message_id, error)
            except DisplayError as error:
                log.info("question %s: Discord is not back yet: %s", question.message_id, error)
                continue
            return

    async def found(self, question: Question, sibling: int, known: Sequence[int]) -> Sequence[int]:
        """The messages that show an attempt, as far as Discord lets us look: its nonces may be forgotten by now.

        Raises DisplayError while Discord is down.
        """
        try:
            return await self._display.found(target(question, sibling), known)
        except DisplayRefused as error:
            log.info("question %s: its answer cannot be looked for: %s", question.message_id, error)
            return known

    async def show_anew(self, question: Question, sibling: int, text: str, end: End, parts: Sequence[int]) -> None:
        """Bring `parts` to the end that the store has. Raises DisplayError or StoreError."""
        on_part = await self.keep(question, sibling, parts)
        async with self._display.open(target(question, sibling), parts, on_part, self._store.drop_part) as showing:
            await self.show_end(question, sibling, Writing(showing, text), end)

    async def store_end(self, question: Question, sibling: int, writing: Writing, end: End) -> None:
        """Step (d): the store knows the whole text before Discord does. Raises StoreError."""
        text, count = writing.text, self._rules.count
        tokens = count(text) if len(text) < _LARGE else await asyncio.to_thread(count, text)
        outcome = Outcome(end.state, text, tokens, writing.usage, writing.reason)
        try:
            await self._store.finish(question.position, sibling, outcome, at=self._clock())
        except StoreError as error:  # a lock passes
            log.info("question %s: its answer could not be stored yet: %s", question.message_id, error)
            await self._store.finish(question.position, sibling, outcome, at=self._clock())

    async def show_end(self, question: Question, sibling: int, writing: Writing, end: End) -> None:
        """Bring Discord to the end that the store has. Raises DisplayError or StoreError."""
        await writing.showing.finish(writing.text, end.note, end.offer)
        await self._store.mark_shown(question.position, sibling, at=self._clock())
        log.info("question %s: %s", question.message_id, end.state)

    async def keep(self, question: Question, sibling: int, parts: Sequence[int]) -> OnPart:
        """Store the messages that show an attempt so far; returns step (c) for those to come. Raises StoreError."""
        on_part = partial(self._store.add_part, question.position, sibling)
        for index, message_id in enumerate(parts):
            await on_part(index, message_id)
        return on_part

    async def notice(self, question: Question | Asked, text: str) -> None:
        """Say something to the asker that is no turn, of a question that gets no attempt."""
        try:
            await self._display.notice(target(question), text)
        except DisplayError as error:
            log.warning("question %s: a notice could not be shown: %s", question.message_id, error)


def target(question: Question | Asked, sibling: int = 1) -> Target:
    """Where and to what an answer is shown."""
    place_id = question.place.id if isinstance(question, Asked) else question.place_id
    return Target(place_id, question.message_id, question.author.id, sibling)
