"""The complete format: JSON with all that is stored."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from bot.chat.appearance import AnswerMessage, DisplayOutcome, DisplayState, Messages
from bot.chat.calls import CallState
from bot.chat.choices import ChoiceName
from bot.chat.content import StoredContent
from bot.chat.places import BranchPoint, Conversation, Place
from bot.export.to_json import JsonFormat
from tests.export.drawn import exports, many
from tests.export.exports import GENERAL, NOON, PICTURE, Contents, answer, call, choice, export, question, turn
from tests.export.reader import read

JSON = """\
{"format": "parley", "version": 2, "exported_at": "2023-11-14T22:14:20.000Z", "place": {"id": "800000000000000001", \
"kind": "channel", "name": "general", "guild_id": "900000000000000001", "parent_id": null}, "choices": [{"scope": "place", \
"scope_id": "800000000000000001", "name": "model", "value": "clever", "by": "700000000000000001", \
"at": "2023-11-14T22:13:20.000Z"}], "conversations": [
{"id": "1", "opened_at": "2023-11-14T22:13:20.000Z", "closed_at": "2023-11-14T22:13:30.000Z", "opened_by": null, \
"previous": null, "parent": null, "window_from": "0", "files_from": "0", "origin": null, "turns": [
{"kind": "question", "position": "1", "message_id": "600000000000000001", "author": {"id": "700000000000000001", \
"name": "Alice"}, "asked_at": "2023-11-14T22:13:20.000Z", "text": "Hello?", "prompt": "Alice: Hello?", "tokens": 5, \
"contents": [], "remarks": [], "calls": [], "refusal": null, \
"display": {"sibling": 1, "wanted": 1, "shown": 1, "outcome": "shown", \
"shown_at": "2023-11-14T22:13:22.000Z"}, "messages": [{"id": "9223372036854775807", "number": 1, "state": "live"}], \
"origin": null, "deleted": false, "revision": 0, "edited_at": null, "change": null, "changed_at": null},
{"kind": "answer", "position": "1", "sibling": 1, "chosen": true, "state": "done", "reason": "stop", \
"started_at": "2023-11-14T22:13:20.500Z", "finished_at": "2023-11-14T22:13:21.500Z", "text": "Hello!", "tokens": 3, \
"profile": "default", "continues": null, "contents": [], "remarks": [], "calls": [{"id": "1", "purpose": "answer", "step": 1, \
"state": "closed", "started_at": "2023-11-14T22:13:20.600Z", "ended_at": "2023-11-14T22:13:21.400Z", "reserved": 9000, \
"person_id": "700000000000000001", "provider": "default", "model": "m", "reason": "stop", \
"receipt": {"window_from": "1", "dropped": 2, "cut": 3, "system_tokens": 4, "turn_tokens": 5, "question_tokens": 6, \
"files_from": "0", "media_tokens": 0, "broken_from": null, "broken_by": null}, \
"usage": {"prompt": 15, "cached": 8, "written": 4, "completion": 7, "reasoning": 2}, "estimated": false}]}
]},
{"id": "2", "opened_at": "2023-11-14T22:13:40.000Z", "closed_at": null, "opened_by": null, "previous": null, \
"parent": {"conversation": "1", "position": "1", "sibling": 0}, "window_from": "1", "files_from": "0", "origin": null, "turns": [
]}
]}
"""


def test_a_small_export_in_json() -> None:
    """JSON has a line for each conversation, question and attempt, with ids as strings and times in UTC."""
    display = DisplayState(1, 1, 1, DisplayOutcome.SHOWN, NOON + 2000, Messages((AnswerMessage(2**63 - 1, 1),)))
    contents: Contents = [
        (
            Conversation(1, GENERAL.id, NOON, NOON + 10_000),
            [turn(question(prompt="Alice: Hello?"), answer(), calls=[call()], display=display)],
        ),
        (Conversation(2, GENERAL.id, NOON + 20_000, window_from=1, parent=BranchPoint(1, 1, 0)), []),
    ]

    assert export(JsonFormat(), GENERAL, contents, [choice(ChoiceName.MODEL, "clever")]) == JSON


def test_a_file_has_the_id_that_discord_gave_it() -> None:
    """A file has the id that Discord gave it, null where it is not known."""
    files = [StoredContent(0, 1, n, replace(PICTURE, file_id=file_id)) for n, file_id in enumerate((77, 0), start=1)]
    contents: Contents = [(Conversation(1, GENERAL.id, NOON), [turn(question(), contents=files)])]
    (held,) = json.loads(export(JsonFormat(), GENERAL, contents))["conversations"]
    assert [one["file_id"] for one in held["turns"][0]["contents"]] == ["77", None]


def test_json_holds_each_call_with_its_attempt() -> None:
    """Each attempt holds its own calls, in order."""
    calls = [call(step=1), call(step=2), call(sibling=3)]
    attempts = [answer(sibling=sibling, chosen=sibling == 3) for sibling in (1, 2, 3)]
    contents: Contents = [(Conversation(1, GENERAL.id, NOON), [turn(question(), *attempts, calls=calls)])]

    _, *found = json.loads(export(JsonFormat(), GENERAL, contents))["conversations"][0]["turns"]

    assert [[one["step"] for one in row["calls"]] for row in found] == [[1, 2], [], [1]]


@pytest.mark.parametrize("state", [CallState.OPEN, CallState.LOST])
def test_json_has_null_for_the_end_of_a_call_that_has_none(state: CallState) -> None:
    """A call that is open or lost has null in each field that only an end fills."""
    contents: Contents = [(Conversation(1, GENERAL.id, NOON), [turn(question(), answer(), calls=[call(state)])])]

    (found,) = json.loads(export(JsonFormat(), GENERAL, contents))["conversations"][0]["turns"][1]["calls"]

    unknown = {"provider", "model", "reason", "receipt", "usage", "estimated"}
    assert {key for key, value in found.items() if value is None} - {"ended_at"} == unknown
    assert (found["ended_at"] is None) is (state is CallState.OPEN)


def test_an_export_of_nothing_is_still_json() -> None:
    """An export without a conversation is a whole JSON object."""
    assert json.loads(export(JsonFormat(), GENERAL, []))["conversations"] == []


@given(exports())
@many
def test_json_can_be_read_back_as_it_was_stored(drawn: tuple[Place, Contents]) -> None:
    """A program reads everything that is stored out of the JSON, unchanged and in order."""
    place, contents = drawn

    assert read(export(JsonFormat(), place, contents)) == (place, contents)
