"""The bare format: one JSON list of `{"role", "content"}`, as scripts of other chat bots keep a history."""

import json

from bot.chat.content import Role
from bot.chat.places import Conversation, Place
from bot.chat.ports.history import Turn


class MessagesFormat:
    """An export as the messages that a model is sent: each question as it was rendered, then the answer that was chosen.

    Questions that were turned down or not begun are left out.
    """

    extension = "messages.json"

    def __init__(self) -> None:
        self._messages = 0

    def begin(self, place: Place, exported_at: int) -> str:
        """The beginning of the list."""
        del place, exported_at
        return "["

    def open(self, conversation: Conversation) -> str:
        """Nothing stands before a conversation."""
        del conversation
        return ""

    def turn(self, turn: Turn) -> str:
        """The question and its chosen answer, a line each."""
        question, answers = turn.record.question, turn.record.answers
        if question.prompt is None or question.turned_down is not None:
            return ""
        chosen = [answer.text for answer in answers if answer.chosen]
        return self._line(Role.USER, question.prompt) + "".join(self._line(Role.ASSISTANT, text) for text in chosen)

    def close(self) -> str:
        """Nothing stands after a conversation."""
        return ""

    def end(self) -> str:
        """The end of the list."""
        return "\n]\n"

    def _line(self, role: Role, text: str) -> str:
        before = ",\n" if self._messages else "\n"
        self._messages += 1
        return before + json.dumps({"role": role, "content": text}, ensure_ascii=False)
