"""The minimal format: one JSON list of `{"role", "content"}` objects, in which scripts of other chat bots keep a history."""

import json
from collections.abc import Sequence

from bot.chat.choices import Choice
from bot.chat.content import Role
from bot.chat.places import Conversation, Place
from bot.chat.ports.history import Turn
from bot.export.files import quotes_of


class MessagesFormat:
    """An export as the messages that are sent to a model: each question as it was rendered, then its chosen answer.

    Questions that were turned down or not yet rendered are left out.
    """

    extension = "messages.json"

    def __init__(self) -> None:
        self._messages = 0

    def begin(self, place: Place, exported_at: int, choices: Sequence[Choice] = ()) -> str:
        """Return the beginning of the list."""
        del place, exported_at, choices
        return "["

    def open(self, conversation: Conversation) -> str:
        """Return an empty string: the list does not separate conversations."""
        del conversation
        return ""

    def turn(self, turn: Turn) -> str:
        """Return the question and its chosen answer, a line each."""
        question, answers = turn.record.question, turn.record.answers
        if question.prompt is None or question.turned_down is not None:
            return ""
        chosen = [answer.text for answer in answers if answer.chosen]
        asked = question.prompt + "".join(quotes_of(turn))
        return self._line(Role.USER, asked) + "".join(self._line(Role.ASSISTANT, text) for text in chosen)

    def close(self) -> str:
        """Return an empty string: the list does not separate conversations."""
        return ""

    def end(self) -> str:
        """Return the end of the list."""
        return "\n]\n"

    def _line(self, role: Role, text: str) -> str:
        before = ",\n" if self._messages else "\n"
        self._messages += 1
        return before + json.dumps({"role": role, "content": text}, ensure_ascii=False)
