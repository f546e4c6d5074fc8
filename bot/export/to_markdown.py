"""The readable format: a heading for each turn, only the chosen answers, every text unchanged."""

from bot.chat.places import Conversation, Place
from bot.chat.ports.history import Turn
from bot.chat.turns import AnswerState
from bot.export.format import moment


class MarkdownFormat:
    """An export as Markdown."""

    extension = "md"

    def begin(self, place: Place, exported_at: int) -> str:
        """Return the title."""
        return f"# Conversations in {_line(place.name)}\n\nExported {_time(exported_at)}.\n"

    def open(self, conversation: Conversation) -> str:
        """Return a conversation's heading."""
        closed = f", closed {_time(conversation.closed_at)}" if conversation.closed_at else ""
        heading = f"\n## Conversation {conversation.id}\n\nOpened {_time(conversation.opened_at)}{closed}.\n"
        if conversation.parent:
            heading += f"Goes on from conversation {conversation.parent.conversation_id}.\n"
        return heading

    def turn(self, turn: Turn) -> str:
        """Return the question with its chosen answer, or a remark that it was not answered."""
        question = turn.record.question
        text = f"\n### {_line(question.author.name)}, {_time(question.asked_at)}\n\n{question.text}\n"
        chosen = next((answer for answer in turn.record.answers if answer.chosen), None)
        if question.turned_down is not None:
            return text + "\n*Not answered: it was turned down.*\n"
        if chosen is None or not chosen.text:
            return text + "\n*Not answered.*\n"
        cut = "" if chosen.state is AnswerState.DONE else "\n*The answer ends here unfinished.*\n"
        return text + f"\n### Answer, {_time(chosen.finished_at or chosen.started_at)}\n\n{chosen.text}\n{cut}"

    def close(self) -> str:
        """Return an empty string: a conversation needs no closing text."""
        return ""

    def end(self) -> str:
        """Return an empty string: the export needs no closing text."""
        return ""


def _line(text: str) -> str:
    """Return `text` on one line, because a heading is one line."""
    return " ".join(text.split())


def _time(milliseconds: int) -> str:
    return moment(milliseconds).strftime("%Y-%m-%d %H:%M:%S UTC")
