"""The JSON Schema of the complete format, which other programs may rely on."""

import json
from collections.abc import Iterator
from enum import StrEnum
from importlib import resources
from typing import Any, cast

import jsonschema_rs
import pytest
from hypothesis import given

from bot.chat.appearance import DisplayOutcome, MessageState
from bot.chat.calls import CallState, Purpose
from bot.chat.choices import ChoiceName, Scope
from bot.chat.content import MediaKind
from bot.chat.places import Conversation, Place, PlaceKind
from bot.chat.ports.store import Store
from bot.chat.turns import AnswerState, Change, TurnedDown
from bot.export.to_json import VERSION, JsonFormat
from bot.export.writer import export_chunks
from tests.contracts import stories
from tests.contracts.stories import asked, begin, begin_after, end, exchange, position_of
from tests.export.drawn import exports, many
from tests.export.exports import GENERAL, NOON, THREAD, Contents, answer, choice, everything, export, question, turn
from tests.export.reader import read
from tests.fakes.state import State
from tests.fakes.store import memory_store
from tests.truth.schema import faults

Object = dict[str, Any]

FILE = resources.files("bot.export") / "export.schema.json"
SCHEMA: Object = json.loads(FILE.read_text(encoding="utf-8"))
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)
NEW_THREAD = Place(3, PlaceKind.THREAD, "a thread", guild_id=9, parent_id=stories.GENERAL.id)


def objects(value: object) -> Iterator[Object]:
    """All JSON objects in a value, the outermost first."""
    if isinstance(value, dict):
        found = cast("Object", value)
        yield found
        for inner in found.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from objects(inner)


def enums(value: object, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """All lists of words in a schema, each with the names of the properties on the way to it."""
    if isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from enums(inner, path)
    elif isinstance(value, dict):
        for key, inner in cast("Object", value).items():
            if key == "enum":
                yield path.removeprefix("/"), inner
            else:
                yield from enums(inner, path if key in {"$defs", "properties", "anyOf", "items"} else f"{path}/{key}")


def everything_exported() -> Object:
    """An export with every object and every word that there is."""
    return json.loads(export(JsonFormat(), THREAD, everything(), [choice(ChoiceName.MODEL, "clever")]))


# ------------------------------------------------------------------------------------------ the schema itself


def test_the_schema_is_part_of_the_package() -> None:
    """The package brings the schema beside its code, for this version of the format."""
    assert FILE.is_file()
    assert SCHEMA["properties"]["version"]["const"] == VERSION
    assert SCHEMA["title"] == f"A Parley export, version {VERSION}"


def test_the_schema_is_a_json_schema() -> None:
    """The schema follows the rules of the draft that it names."""
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert jsonschema_rs.meta.is_valid(SCHEMA)


def test_the_words_of_the_schema_are_those_of_the_code() -> None:
    """The schema lists exactly the words that each field may hold."""
    words: dict[str, type[StrEnum]] = {
        "place/kind": PlaceKind,
        "choices/scope": Scope,
        "choices/name": ChoiceName,
        "call/purpose": Purpose,
        "call/state": CallState,
        "message/state": MessageState,
        "question/refusal": TurnedDown,
        "question/display/outcome": DisplayOutcome,
        "question/change": Change,
        "receipt/broken_by": Change,
        "answer/state": AnswerState,
        "content/oneOf/media": MediaKind,
    }

    assert {path: sorted(listed) for path, listed in enums(SCHEMA)} == {
        path: sorted(kind) for path, kind in words.items()
    }


def test_the_schema_describes_every_object_and_no_other() -> None:
    """An export has every object that the schema describes, each with all of its fields."""
    described = {frozenset(one["properties"]) for one in objects(SCHEMA) if one.get("type") == "object"}

    assert {frozenset(one) for one in objects(everything_exported())} == described


def test_the_schema_is_closed() -> None:
    """The schema refuses an unknown field in any object."""
    whole = everything_exported()
    let_pass: list[list[str]] = []
    for one in list(objects(whole)):
        known = list(one)
        one["surprise"] = None
        if VALIDATOR.is_valid(whole):
            let_pass.append(known)
        del one["surprise"]

    assert VALIDATOR.is_valid(whole)
    assert let_pass == []


def test_the_schema_requires_every_field() -> None:
    """The schema refuses an object that lacks any of its fields."""
    whole = everything_exported()
    let_pass: list[str] = []
    for one in list(objects(whole)):
        for key, value in list(one.items()):
            del one[key]
            if VALIDATOR.is_valid(whole):
                let_pass.append(key)
            one[key] = value

    assert VALIDATOR.is_valid(whole)
    assert let_pass == []


@pytest.mark.parametrize(
    ("turn_number", "key", "value"),
    [
        (0, "position", 1),
        (0, "position", "-1"),
        (0, "position", "1.5"),
        (0, "position", ""),
        (0, "message_id", 600_000_000_000_000_001),
        (0, "author", {"id": 0, "name": "Alice"}),
        (0, "asked_at", NOON),
        (0, "asked_at", "2023-11-14T22:13:20Z"),
        (0, "asked_at", "2023-11-14T22:13:20.000"),
        (0, "asked_at", "2023-11-14T22:13:20.000+00:00"),
        (0, "asked_at", None),
        (0, "tokens", -1),
        (0, "tokens", 1.5),
        (0, "refusal", "bored"),
        (0, "kind", "answer"),
        (1, "kind", "question"),
        (1, "sibling", 0),
        (1, "sibling", "1"),
        (1, "chosen", 1),
        (1, "state", "waiting"),
        (1, "text", None),
        (1, "continues", 0),
        (1, "calls", None),
    ],
)
def test_the_schema_refuses_values_of_another_form(turn_number: int, key: str, value: object) -> None:
    """The schema refuses ids that are numbers, times without a zone, counts below zero and unknown words."""
    contents: Contents = [(Conversation(1, GENERAL.id, NOON), [turn(question(), answer())])]
    whole = json.loads(export(JsonFormat(), GENERAL, contents))
    assert VALIDATOR.is_valid(whole)

    whole["conversations"][0]["turns"][turn_number][key] = value

    assert not VALIDATOR.is_valid(whole)


# ------------------------------------------------------------------------------------------ exports


def test_exports_by_hand_fit_the_schema() -> None:
    """An export fits the schema, be it of nothing or of everything that there is."""
    assert faults(VALIDATOR, json.loads(export(JsonFormat(), GENERAL, []))) == []
    assert faults(VALIDATOR, everything_exported()) == []


def test_unknown_messages_and_authors_have_no_id() -> None:
    """An imported question whose message and author are not known has null for their ids."""
    imported = everything_exported()["conversations"][0]["turns"][0]

    assert (imported["message_id"], imported["author"]) == (None, {"id": None, "name": "Eve"})


@given(exports())
@many
def test_every_export_fits_the_schema(drawn: tuple[Place, Contents]) -> None:
    """An export of any history fits the schema."""
    assert faults(VALIDATOR, json.loads(export(JsonFormat(), *drawn))) == []


async def lived_in() -> Store:
    """A history of a channel and a thread in it, in which everything happened that the ports let happen."""
    store = memory_store(State())
    retried = await position_of(store, asked(1))
    await begin(store, retried, "Alice: hello")
    for number, message_id in ((1, 501), (2, 502)):
        await store.displays.sent(retried, number, message_id)
    await end(store, retried, text="half", state=AnswerState.INTERRUPTED, reason="cut_off")
    await store.displays.shown(retried, 1, DisplayOutcome.SHOWN, at=8)
    await begin_after(store, retried, 1)
    await store.displays.retire([501])
    await store.displays.gone([502])
    await store.calls.lose(at=9)
    await store.attempts.resume(retried, reserve=9000, at=10)
    continued = await position_of(store, asked(2))
    await begin(store, continued)
    await end(store, continued, reason="length")
    await begin_after(store, continued, 1, continues=True, reserve=None)
    await store.displays.shown(continued, 1, DisplayOutcome.REFUSED, at=11)
    await store.questions.claim(asked(4), turned_down=TurnedDown.QUEUE)
    await store.questions.close(await position_of(store, asked(5)))
    await store.conversations.reset(stories.GENERAL, by=stories.ALICE.id, at=12)
    await position_of(store, asked(NEW_THREAD.id))
    await exchange(store, 6, place=NEW_THREAD)
    return store


@pytest.mark.parametrize("place", [stories.GENERAL, NEW_THREAD])
async def test_an_export_of_a_history_fits_the_schema(place: Place) -> None:
    """An export of a history that was written through the ports fits the schema and holds everything."""
    history = (await lived_in()).history
    conversations = await history.conversations(place.id)
    stored = [(one, [found async for found in history.turns(one.id)]) for one in conversations]

    text = "".join([piece async for piece in export_chunks(history, place, conversations, JsonFormat(), NOON)])

    assert faults(VALIDATOR, json.loads(text)) == []
    assert read(text) == (place, stored)


async def test_a_history_shows_in_its_export() -> None:
    """An export says which conversation a reset closed, after which turn a thread goes on, and how each call ended."""
    history = (await lived_in()).history

    async def exported(place: Place) -> list[Object]:
        pieces = export_chunks(history, place, await history.conversations(place.id), JsonFormat(), NOON)
        return json.loads("".join([piece async for piece in pieces]))["conversations"]

    before, after = await exported(stories.GENERAL)
    (branch,) = await exported(NEW_THREAD)
    calls = [one for row in before["turns"] for one in row.get("calls", [])]
    assert (after["opened_by"], after["previous"]) == (str(stories.ALICE.id), before["id"])
    assert branch["parent"] == {"conversation": after["id"], "position": after["turns"][0]["position"], "sibling": 0}
    assert [one["state"] for one in calls] == ["closed", "lost", "open", "closed"]
    assert [row["refusal"] for row in before["turns"] if row["kind"] == "question"] == [
        None,
        None,
        "queue",
        "unanswerable",
    ]
