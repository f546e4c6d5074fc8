"""The complete format: `{"format": "parley", "version": 2, …}` with everything that is stored.

Ids are strings, times are RFC 3339 in UTC. `export.schema.json` beside this file is the format's JSON Schema.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from bot.chat.calls import CallRecord, Receipt, Usage
from bot.chat.choices import Choice
from bot.chat.content import Media, StoredContent, Text, ToolCall, ToolResult
from bot.chat.places import Conversation, Place
from bot.chat.ports.history import Turn
from bot.chat.turns import Answer, Question
from bot.export.format import moment

VERSION: Final = 2


class JsonFormat:
    """An export as one JSON object, with one line for each question and each attempt."""

    extension = "json"

    def __init__(self) -> None:
        self._conversations = 0
        self._turns = 0

    def begin(self, place: Place, exported_at: int, choices: Sequence[Choice] = ()) -> str:
        """Return the beginning of the object, up to the list of conversations."""
        head = {
            "format": "parley",
            "version": VERSION,
            "exported_at": _time(exported_at),
            "place": {
                "id": str(place.id),
                "kind": place.kind,
                "name": place.name,
                "guild_id": _id(place.guild_id),
                "parent_id": _id(place.parent_id),
            },
            "choices": [
                {
                    "scope": choice.key.scope,
                    "scope_id": str(choice.key.scope_id),
                    "name": choice.key.name,
                    "value": choice.value,
                    "by": str(choice.by),
                    "at": _time(choice.at),
                }
                for choice in choices
            ],
        }
        return _dumps(head).removesuffix("}") + ', "conversations": ['

    def open(self, conversation: Conversation) -> str:
        """Return the beginning of a conversation, up to the list of its turns."""
        parent = conversation.parent
        head = {
            "id": str(conversation.id),
            "opened_at": _time(conversation.opened_at),
            "closed_at": _time(conversation.closed_at),
            "opened_by": _id(conversation.opened_by),
            "previous": _id(conversation.previous_id),
            "parent": parent
            and {
                "conversation": str(parent.conversation_id),
                "position": str(parent.position),
                "sibling": parent.sibling,
            },
            "window_from": str(conversation.window_from),
            "files_from": str(conversation.files_from),
            "origin": conversation.origin,
        }
        before = ",\n" if self._conversations else "\n"
        self._conversations += 1
        self._turns = 0
        return before + _dumps(head).removesuffix("}") + ', "turns": ['

    def turn(self, turn: Turn) -> str:
        """Return the question, then every attempt, each as an object of its own."""
        record, text = turn.record, ""
        answers = (_answer(answer, turn) for answer in record.answers)
        for shape in (_question(record.question, turn), *answers):
            text += (",\n" if self._turns else "\n") + _dumps(shape)
            self._turns += 1
        return text

    def close(self) -> str:
        """Return the end of the list of turns and of the conversation."""
        return "\n]}"

    def end(self) -> str:
        """Return the end of the list of conversations and of the object."""
        return "\n]}\n"


def _question(question: Question, turn: Turn) -> dict[str, Any]:
    display = turn.record.display
    return {
        "kind": "question",
        "position": str(question.position),
        "message_id": _id(question.key or None),
        "author": {"id": _id(question.author.id or None), "name": question.author.name},
        "asked_at": _time(question.asked_at),
        "text": question.text,
        "prompt": question.prompt,
        "tokens": question.tokens,
        "contents": _contents(turn, 0),
        "remarks": list(question.remarks),
        "calls": _calls(turn, 0),
        "refusal": question.turned_down,
        "display": {
            "sibling": display.sibling,
            "wanted": display.wanted,
            "shown": display.shown,
            "outcome": display.outcome,
            "shown_at": _time(display.shown_at),
        },
        "messages": [
            {"id": str(message.id), "number": message.number, "state": message.state}
            for message in display.messages.all
        ],
        "origin": question.origin,
        "deleted": question.deleted,
        "revision": question.revision,
        "edited_at": _time(question.edited_at),
        "change": question.change,
        "changed_at": _time(question.changed_at),
    }


def _answer(answer: Answer, turn: Turn) -> dict[str, Any]:
    return {
        "kind": "answer",
        "position": str(answer.position),
        "sibling": answer.sibling,
        "chosen": answer.chosen,
        "state": answer.state,
        "reason": answer.reason,
        "started_at": _time(answer.started_at),
        "finished_at": _time(answer.finished_at),
        "text": answer.text,
        "tokens": answer.tokens,
        "profile": answer.profile,
        "continues": answer.continues,
        "contents": _contents(turn, answer.sibling),
        "remarks": list(answer.remarks),
        "calls": _calls(turn, answer.sibling),
    }


def _contents(turn: Turn, sibling: int) -> list[dict[str, Any]]:
    return [_content(content) for content in turn.contents if content.sibling == sibling]


def _content(stored: StoredContent) -> dict[str, Any]:
    shape: dict[str, Any]
    match stored.content:
        case Text(text):
            shape = {"kind": "text", "text": text}
        case ToolCall(ref, name, arguments):
            shape = {"kind": "tool_call", "ref": ref, "name": name, "arguments": arguments}
        case ToolResult(ref, text):
            shape = {"kind": "tool_result", "ref": ref, "text": text}
        case Media() as media:
            shape = {
                "kind": "media",
                "media": media.kind,
                "name": media.name,
                "text": media.text,
                "tokens": media.tokens,
                "hash": media.hash.hex() or None,
                "media_type": media.media_type or None,
                "size": media.size or None,
                "width": media.width or None,
                "height": media.height or None,
                "file_id": _id(media.file_id or None),
            }
        case opaque:
            shape = {"kind": "opaque", "provider": opaque.provider, "item": opaque.item}
    place = {"step": stored.step, "number": stored.number}
    return place | shape | {"author_id": _id(stored.author_id), "message_id": _id(stored.message_id)}


def _calls(turn: Turn, sibling: int) -> list[dict[str, Any]]:
    return [_call(call) for call in turn.calls if call.sibling == sibling]


def _call(call: CallRecord) -> dict[str, Any]:
    end = call.end
    return {
        "id": str(call.id),
        "purpose": call.purpose,
        "step": call.step,
        "state": call.state,
        "started_at": _time(call.started_at),
        "ended_at": _time(call.ended_at),
        "reserved": call.reserved,
        "person_id": _id(call.person_id),
        "provider": end and end.provider,
        "model": end and end.model,
        "reason": end and end.reason,
        "receipt": end and end.receipt and _receipt(end.receipt),
        "usage": end and end.usage and _usage(end.usage),
        "estimated": end and end.estimated,
    }


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "window_from": str(receipt.window_from),
        "dropped": receipt.dropped,
        "cut": receipt.cut,
        "system_tokens": receipt.system_tokens,
        "turn_tokens": receipt.turn_tokens,
        "question_tokens": receipt.question_tokens,
        "files_from": str(receipt.files_from),
        "media_tokens": receipt.media_tokens,
        "broken_from": _id(receipt.broken_from or None),
        "broken_by": receipt.broken_by or None,
    }


def _usage(usage: Usage) -> dict[str, int]:
    return {
        "prompt": usage.prompt,
        "cached": usage.cached,
        "written": usage.written,
        "completion": usage.completion,
        "reasoning": usage.reasoning,
    }


def _dumps(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _id(value: int | None) -> str | None:
    return None if value is None else str(value)


def _time(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return moment(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")
