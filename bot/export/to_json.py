"""The archive format: `{"format": "parley", "version": 1, …}` with all that is stored; ids are strings, times RFC 3339 UTC."""

import json
from collections.abc import Sequence
from typing import Any, Final

from bot.chat.turns import Answer, Conversation, Place, Question
from bot.export.shape import moment

VERSION: Final = 1


class JsonShape:
    """An export as one JSON object, a line a turn."""

    extension = "json"

    def __init__(self) -> None:
        self._conversations = 0
        self._turns = 0

    def begin(self, place: Place, exported_at: int) -> str:
        """The head, up to the list of conversations."""
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
        }
        return _dumps(head).removesuffix("}") + ', "conversations": ['

    def open(self, conversation: Conversation) -> str:
        """A conversation's head, up to the list of its turns."""
        parent = conversation.parent
        head = {
            "id": str(conversation.id),
            "opened_at": _time(conversation.opened_at),
            "closed_at": _time(conversation.closed_at),
            "parent": parent
            and {
                "conversation": str(parent.conversation_id),
                "position": str(parent.position),
                "sibling": parent.sibling,
            },
        }
        before = ",\n" if self._conversations else "\n"
        self._conversations += 1
        self._turns = 0
        return before + _dumps(head).removesuffix("}") + ', "turns": ['

    def turn(self, question: Question, answers: Sequence[Answer]) -> str:
        """The question, then every attempt, each an object of its own."""
        text = ""
        for turn in (_question(question), *(_answer(answer) for answer in answers)):
            text += (",\n" if self._turns else "\n") + _dumps(turn)
            self._turns += 1
        return text

    def close(self) -> str:
        """The end of the list of turns."""
        return "\n]}"

    def end(self) -> str:
        """The end of the object."""
        return "\n]}\n"


def _question(question: Question) -> dict[str, Any]:
    return {
        "kind": "question",
        "position": str(question.position),
        "message_id": str(question.message_id),
        "author": {"id": str(question.author.id), "name": question.author.name},
        "asked_at": _time(question.asked_at),
        "text": question.text,
        "prompt": question.prompt,
        "refused": question.refused,
    }


def _answer(answer: Answer) -> dict[str, Any]:
    usage = answer.usage
    return {
        "kind": "answer",
        "position": str(answer.position),
        "sibling": answer.sibling,
        "chosen": answer.chosen,
        "state": answer.state,
        "started_at": _time(answer.started_at),
        "finished_at": _time(answer.finished_at),
        "text": answer.text,
        "model": answer.model,
        "usage": usage
        and {
            "prompt_tokens": usage.prompt_tokens,
            "cached_tokens": usage.cached_tokens,
            "completion_tokens": usage.completion_tokens,
        },
        "message_ids": [str(part) for part in answer.parts],
    }


def _dumps(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _id(value: int | None) -> str | None:
    return None if value is None else str(value)


def _time(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return moment(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")
