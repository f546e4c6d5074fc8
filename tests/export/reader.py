"""Reads an export in JSON back, as another program would that knows its schema alone."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.chat.appearance import AnswerMessage, DisplayOutcome, DisplayState, Messages, MessageState
from bot.chat.calls import CallEnd, CallRecord, CallState, Purpose, Receipt, Usage
from bot.chat.content import Content, Media, MediaKind, Opaque, StoredContent, Text, ToolCall, ToolResult
from bot.chat.places import BranchPoint, Conversation, Place, PlaceKind
from bot.chat.ports.history import Turn
from bot.chat.turns import Answer, AnswerState, Author, Change, Question, TurnedDown
from tests.export.exports import Contents, turn

_Object = dict[str, Any]


def read(text: str) -> tuple[Place, Contents]:
    """The place and the conversations of an export in JSON."""
    whole: _Object = json.loads(text)
    one: _Object = whole["place"]
    place = Place(
        int(one["id"]), PlaceKind(one["kind"]), one["name"], _number(one["guild_id"]), _number(one["parent_id"])
    )
    conversations: list[_Object] = whole["conversations"]
    return place, [(_read_conversation(one, place), _read_turns(one, place)) for one in conversations]


def _read_conversation(one: _Object, place: Place) -> Conversation:
    parent: _Object | None = one["parent"]
    return Conversation(
        id=int(one["id"]),
        place_id=place.id,
        opened_at=_read_time(one["opened_at"]),
        closed_at=_time(one["closed_at"]),
        window_from=int(one["window_from"]),
        opened_by=_number(one["opened_by"]),
        previous_id=_number(one["previous"]),
        parent=BranchPoint(int(parent["conversation"]), int(parent["position"]), parent["sibling"]) if parent else None,
        origin=one["origin"],
        files_from=int(one["files_from"]),
    )


def _read_turns(conversation: _Object, place: Place) -> list[Turn]:
    turns: list[Turn] = []
    rows: list[_Object] = conversation["turns"]
    for row in rows:
        if row["kind"] == "question":
            asked = _read_question(row, place, int(conversation["id"]))
            calls = [_read_call(call, row, 0) for call in row["calls"]]
            turns.append(turn(asked, calls=calls, display=_read_display(row), contents=_read_contents(row, 0)))
        else:
            last = turns[-1]
            record = replace(last.record, answers=(*last.record.answers, _read_answer(row)))
            calls = [_read_call(call, row, row["sibling"]) for call in row["calls"]]
            contents = _read_contents(row, row["sibling"])
            turns[-1] = Turn(record, (*last.calls, *calls), (*last.contents, *contents))
    return turns


def _read_question(row: _Object, place: Place, conversation_id: int) -> Question:
    return Question(
        position=int(row["position"]),
        key=_number(row["message_id"]) or 0,
        conversation_id=conversation_id,
        place=place,
        author=Author(_number(row["author"]["id"]) or 0, row["author"]["name"]),
        text=row["text"],
        asked_at=_read_time(row["asked_at"]),
        prompt=row["prompt"],
        tokens=row["tokens"],
        turned_down=row["refusal"] and TurnedDown(row["refusal"]),
        origin=row["origin"],
        remarks=tuple(row["remarks"]),
        revision=row["revision"],
        edited_at=_time(row["edited_at"]),
        deleted=row["deleted"],
        change=row["change"] and Change(row["change"]),
        changed_at=_time(row["changed_at"]),
    )


def _read_display(row: _Object) -> DisplayState:
    one: _Object = row["display"]
    messages: list[_Object] = row["messages"]
    return DisplayState(
        sibling=one["sibling"],
        wanted=one["wanted"],
        shown=one["shown"],
        outcome=one["outcome"] and DisplayOutcome(one["outcome"]),
        shown_at=_time(one["shown_at"]),
        messages=Messages(tuple(AnswerMessage(int(m["id"]), m["number"], MessageState(m["state"])) for m in messages)),
    )


def _read_answer(row: _Object) -> Answer:
    return Answer(
        position=int(row["position"]),
        sibling=row["sibling"],
        state=AnswerState(row["state"]),
        text=row["text"],
        tokens=row["tokens"],
        reason=row["reason"],
        chosen=row["chosen"],
        profile=row["profile"],
        continues=row["continues"],
        started_at=_read_time(row["started_at"]),
        finished_at=_time(row["finished_at"]),
        remarks=tuple(row["remarks"]),
    )


def _read_contents(row: _Object, sibling: int) -> list[StoredContent]:
    return [
        StoredContent(
            sibling,
            one["step"],
            one["number"],
            _read_content(one),
            _number(one["author_id"]),
            _number(one["message_id"]),
        )
        for one in row["contents"]
    ]


def _read_content(one: _Object) -> Content:
    match one["kind"]:
        case "text":
            return Text(one["text"])
        case "media":
            return Media(
                MediaKind(one["media"]),
                one["name"],
                one["tokens"],
                one["text"],
                bytes.fromhex(one["hash"] or ""),
                one["media_type"] or "",
                one["size"] or 0,
                one["width"] or 0,
                one["height"] or 0,
                _number(one["file_id"]) or 0,
            )
        case "tool_call":
            return ToolCall(one["ref"], one["name"], one["arguments"])
        case "tool_result":
            return ToolResult(one["ref"], one["text"])
        case _:
            return Opaque(one["provider"], one["item"])


def _read_call(one: _Object, of: _Object, sibling: int) -> CallRecord:
    return CallRecord(
        id=int(one["id"]),
        purpose=Purpose(one["purpose"]),
        position=int(of["position"]),
        sibling=sibling,
        step=one["step"],
        state=CallState(one["state"]),
        started_at=_read_time(one["started_at"]),
        ended_at=_time(one["ended_at"]),
        reserved=one["reserved"],
        person_id=_number(one["person_id"]),
        end=None if one["reason"] is None else _read_end(one),
    )


def _read_end(one: _Object) -> CallEnd:
    receipt: _Object | None = one["receipt"]
    return CallEnd(
        reason=one["reason"],
        provider=one["provider"],
        model=one["model"],
        receipt=_read_receipt(receipt) if receipt else None,
        usage=one["usage"] and Usage(**one["usage"]),
        estimated=one["estimated"],
    )


def _read_receipt(one: _Object) -> Receipt:
    positions: dict[str, Any] = {name: _number(one[name]) or 0 for name in ("window_from", "files_from", "broken_from")}
    shape: dict[str, Any] = {**one, **positions, "broken_by": one["broken_by"] or ""}
    return Receipt(**shape)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _time(text: str | None) -> int | None:
    return None if text is None else _read_time(text)


def _read_time(text: str) -> int:
    return (datetime.fromisoformat(text) - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
