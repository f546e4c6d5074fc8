"""What the contract suites let people do: ask, be answered, look at what the model is sent."""

from bot.chat.ports import Outcome, Store
from bot.chat.turns import (
    AnswerState,
    Asked,
    Author,
    Place,
    PlaceKind,
)

GENERAL = Place(1, PlaceKind.CHANNEL, "general", guild_id=9)


ALICE, BOB = Author(11, "Alice"), Author(12, "Bob")


DONE = Outcome(AnswerState.DONE, "an answer", 2)


def asked(
    message_id: int, text: str = "hello", *, place: Place = GENERAL, author: Author = ALICE, at: int | None = None
) -> Asked:
    """A mention; each a second after the one with the id before it."""
    return Asked(message_id, place, author, text, message_id * 1000 if at is None else at)


async def position_of(store: Store, question: Asked) -> int:
    """Claim a mention that must be new."""
    claim = await store.claim(question)
    assert claim is not None
    return claim.question.position


async def exchange(store: Store, message_id: int, *, place: Place = GENERAL) -> int:
    """A question with its answer; returns the position."""
    position = await position_of(store, asked(message_id, place=place))
    begun = await store.begin(position, f"Q{message_id}", 1, model="m", at=1)
    await store.finish(position, begun.sibling, Outcome(AnswerState.DONE, f"A{message_id}", 1), at=2)
    return position


async def window(store: Store, message_id: int, *, place: Place = GENERAL) -> list[str]:
    """What the model would be sent for a new question, as texts."""
    position = await position_of(store, asked(message_id, place=place))
    begun = await store.begin(position, f"Q{message_id}", 1, model="m", at=1)
    texts: list[str] = []
    for each in begun.exchanges:
        texts += [each.prompt, *([each.answer] if each.answer else [])]
    return texts
