"""Steps of the contract suites: ask, be answered, look at what the model is sent."""

from collections.abc import Sequence

from bot.chat.calls import CallEnd, Receipt, Usage
from bot.chat.content import Text
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.attempts import FinishedAttempt, NewAttempt, StartedAttempt
from bot.chat.ports.store import Store
from bot.chat.turns import Answer, AnswerState, Asked, Author, Exchange, Record

GENERAL = Place(1, PlaceKind.CHANNEL, "general", guild_id=9)
ALICE, BOB = Author(11, "Alice"), Author(12, "Bob")
END = CallEnd("stop", "default", "m", Receipt(0, 0, 0, 7, 20, 5), Usage(32, 16, 8, 4, 2))


def asked(
    key: int, text: str = "hello", *, place: Place = GENERAL, author: Author = ALICE, at: int | None = None
) -> Asked:
    """A mention; each a second after the one with the id before it."""
    return Asked(key, place, author, text, key * 1000 if at is None else at)


async def position_of(store: Store, question: Asked) -> int:
    """Claim a mention that must be new."""
    claim = await store.questions.claim(question)
    assert claim is not None
    return claim.question.position


async def begin(store: Store, position: int, prompt: str = "", *, at: int = 1) -> StartedAttempt:
    """Begin the first attempt at a question."""
    begun = await store.attempts.begin(
        NewAttempt(position, at, "default", 9000, contents=(Text(prompt or f"Q{position}"),), tokens=1)
    )
    assert begun is not None
    return begun


async def begin_after(
    store: Store, position: int, after: int, *, continues: bool = False, reserve: int | None = 9000
) -> StartedAttempt | None:
    """Begin another attempt."""
    return await store.attempts.begin(
        NewAttempt(position, 3, "default", reserve, after=after, continues=after * continues)
    )


async def end(
    store: Store,
    position: int,
    sibling: int = 1,
    text: str = "an answer",
    state: AnswerState = AnswerState.DONE,
    *,
    reason: str = "stop",
    call: CallEnd = END,
) -> None:
    """End an attempt."""
    answer = Answer(position, sibling, state, text, len(text), reason, finished_at=7)
    await store.attempts.end(FinishedAttempt(answer, call))


async def exchange(store: Store, key: int, *, place: Place = GENERAL) -> int:
    """A question with its answer; returns the position."""
    position = await position_of(store, asked(key, place=place))
    begun = await begin(store, position, f"Q{key}")
    await end(store, position, begun.sibling, f"A{key}")
    return position


def texts(exchanges: Sequence[Exchange]) -> list[str]:
    """The window that the model would be sent, as texts."""
    return [message.text for one in exchanges for message in (one.question, *one.answer)]


async def window(store: Store, key: int, *, place: Place = GENERAL) -> list[str]:
    """The window that the model would be sent for a new question, as texts."""
    position = await position_of(store, asked(key, place=place))
    return texts((await begin(store, position, f"Q{key}")).exchanges)


async def record_of(store: Store, key: int) -> Record:
    """The record of a question that must be there."""
    record = await store.questions.record(key)
    assert record is not None
    return record
