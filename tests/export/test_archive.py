"""An export is written in pieces, so that a long history never has to be whole in memory."""

import json

import pytest

from bot.chat.ports import Outcome
from bot.chat.turns import AnswerState, Asked, Author, Place, PlaceKind
from bot.export import FORMATS
from bot.export.archive import archived
from tests.fakes import MemoryStore

GENERAL = Place(1, PlaceKind.CHANNEL, "general")
ALICE = Author(11, "Alice")


async def history(exchanges: int, size: int) -> MemoryStore:
    """A place with two conversations of that many exchanges, each answer of that many characters."""
    store = MemoryStore()
    for number in range(1, 2 * exchanges + 1):
        await store.claim(Asked(1000 + number, GENERAL, ALICE, f"question {number}", number))
        begun = await store.begin(number, f"prompt {number}", 1, model="m", at=number)
        outcome = Outcome(AnswerState.DONE, "é" * size, size)
        await store.finish(number, begun.sibling, outcome, at=number)
        if number == exchanges:
            await store.reset(GENERAL, by=ALICE.id, at=number)
    return store


async def pieces_of(store: MemoryStore, format_name: str) -> list[str]:
    """The pieces of an export of all conversations."""
    conversations = await store.conversations(GENERAL.id)
    return [text async for text in archived(store, GENERAL, conversations, FORMATS[format_name](), 5000)]


@pytest.mark.parametrize("format_name", FORMATS)
async def test_the_pieces_joined_are_the_whole(format_name: str) -> None:
    """If a turn were lost or doubled where pieces meet, a long export would not be the conversation."""
    store = await history(exchanges=20, size=40_000)
    shape = FORMATS[format_name]()
    whole = shape.begin(GENERAL, 5000)
    for conversation in await store.conversations(GENERAL.id):
        whole += shape.open(conversation)
        async for question, answers in store.turns(conversation.id):
            whole += shape.turn(question, answers)
        whole += shape.close()
    whole += shape.end()

    pieces = await pieces_of(store, format_name)

    assert "".join(pieces) == whole
    assert len(pieces) > 4
    assert max(map(len, pieces)) < 256 * 1024 + 50_000


async def test_a_long_archive_is_still_json() -> None:
    """If the commas between pieces were wrong, exactly the long archives could not be read back."""
    store = await history(exchanges=20, size=40_000)

    whole = json.loads("".join(await pieces_of(store, "json")))

    assert [len(conversation["turns"]) for conversation in whole["conversations"]] == [40, 40]


@pytest.mark.parametrize("format_name", FORMATS)
async def test_a_short_export_is_one_piece(format_name: str) -> None:
    """If a short export came in many pieces, each would cost a switch of threads, and people would wait for nothing."""
    assert len(await pieces_of(await history(exchanges=2, size=10), format_name)) == 1


async def test_a_place_without_conversations_has_a_whole_export() -> None:
    """If an empty place broke the export, `/export` would end in an error there."""
    assert json.loads("".join(await pieces_of(MemoryStore(), "json")))["conversations"] == []
