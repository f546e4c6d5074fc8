"""The writing of an export in pieces."""

import json

import pytest

from bot.chat.choices import ChoiceName, Scope
from bot.chat.ports.history import History
from bot.export import FORMATS
from bot.export.files import Pictures
from bot.export.writer import export_chunks
from tests.contracts.stories import ALICE, GENERAL, asked, begin, end, position_of
from tests.contracts.test_blobs import HASH, PICTURE, REPORT, shown
from tests.export.exports import choice
from tests.fakes.state import State
from tests.fakes.store import memory_store


async def history_of(exchanges: int, size: int) -> History:
    """A place with two conversations of that many exchanges, each answer of that many characters."""
    store = memory_store(State())
    for key in range(1, 2 * exchanges + 1):
        position = await position_of(store, asked(key))
        await begin(store, position)
        await end(store, position, text="é" * size)
        if key == exchanges:
            await store.conversations.reset(GENERAL, by=ALICE.id, at=key)
    return store.history


async def pieces_of(history: History, format_name: str) -> list[str]:
    """The pieces of an export of all conversations."""
    conversations = await history.conversations(GENERAL.id)
    return [text async for text in export_chunks(history, GENERAL, conversations, FORMATS[format_name](), 5000)]


@pytest.mark.parametrize("format_name", FORMATS)
async def test_the_pieces_joined_are_the_whole(format_name: str) -> None:
    """The pieces of a long export are of a moderate size each and give the whole export when joined."""
    history = await history_of(exchanges=20, size=40_000)
    made = FORMATS[format_name]()
    whole = made.begin(GENERAL, 5000)
    for conversation in await history.conversations(GENERAL.id):
        whole += made.open(conversation)
        async for turn in history.turns(conversation.id):
            whole += made.turn(turn)
        whole += made.close()
    whole += made.end()

    pieces = await pieces_of(history, format_name)

    assert "".join(pieces) == whole
    assert len(pieces) > 4
    assert max(map(len, pieces)) < 256 * 1024 + 50_000


async def test_a_long_archive_is_still_json() -> None:
    """An export of many pieces is valid JSON with every turn."""
    history = await history_of(exchanges=20, size=40_000)

    whole = json.loads("".join(await pieces_of(history, "json")))

    assert [len(conversation["turns"]) for conversation in whole["conversations"]] == [40, 40]


async def test_many_messages_are_still_json() -> None:
    """An export of many pieces as bare messages is one valid list."""
    history = await history_of(exchanges=20, size=40_000)

    whole = json.loads("".join(await pieces_of(history, "messages")))

    assert [message["role"] for message in whole] == ["user", "assistant"] * 40


@pytest.mark.parametrize("format_name", FORMATS)
async def test_a_short_export_is_one_piece(format_name: str) -> None:
    """A short export comes in one piece."""
    assert len(await pieces_of(await history_of(exchanges=2, size=10), format_name)) == 1


@pytest.mark.parametrize(("format_name", "key"), [("json", "conversations"), ("messages", None)])
async def test_a_place_without_conversations_has_a_whole_export(format_name: str, key: str | None) -> None:
    """A place without conversations has an export that is valid and empty."""
    whole = json.loads("".join(await pieces_of(memory_store(State()).history, format_name)))

    assert (whole[key] if key else whole) == []


async def test_the_pictures_of_an_export_are_noted_once() -> None:
    """Each picture in the turns of an export is noted once, with its name in the zip file; files of text are not."""
    store = memory_store(State())
    for key in (1, 2):
        await shown(store, key, PICTURE, REPORT)
    pictures = Pictures()
    conversations = await store.history.conversations(GENERAL.id)
    made = FORMATS["json"]()
    _ = [text async for text in export_chunks(store.history, GENERAL, conversations, made, 5000, pictures=pictures)]
    assert pictures.names == {HASH: f"files/{HASH.hex()[:16]}.jpg"}


async def test_the_choices_of_other_places_stay_out() -> None:
    """Of all choices an export holds those of its place and of its conversations."""
    history = await history_of(exchanges=1, size=10)
    conversations = await history.conversations(GENERAL.id)
    here = [
        choice(ChoiceName.MODEL, "clever", scope_id=GENERAL.id),
        choice(ChoiceName.MODEL, "small", Scope.CONVERSATION, conversations[0].id),
    ]
    elsewhere = [
        choice(ChoiceName.MODEL, "other", scope_id=GENERAL.id + 1),
        choice(ChoiceName.MODEL, "other", Scope.CONVERSATION, 99),
        choice(ChoiceName.MODEL, "other", Scope.GUILD, GENERAL.id),
    ]
    chunks = export_chunks(history, GENERAL, conversations, FORMATS["json"](), 5000, choices=[*elsewhere, *here])
    whole = json.loads("".join([text async for text in chunks]))
    assert [one["value"] for one in whole["choices"]] == ["clever", "small"]
