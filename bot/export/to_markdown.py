"""The readable format: a heading for each turn, only the chosen answers, every text as a quote.

Each line of a text begins with `> `, so a text holds no heading of ours, no closing line and no end of its quote (CommonMark,
"Block quotes"). A text that could hold raw HTML, which a browser would let end the quote, also stands in a fence. A heading
begins with its time and ends with the speaker's short id, so a name cannot make it another's. JSON has every text unchanged.
"""

import re
from collections.abc import Sequence
from typing import Final

from bot.chat.choices import ON, Choice, ChoiceName, Scope
from bot.chat.content import Media
from bot.chat.places import Conversation, Place
from bot.chat.ports.history import Turn
from bot.chat.speakers import tag
from bot.chat.turns import AnswerState, Author
from bot.export.files import file_name, files_of
from bot.export.format import moment

_HTML: Final = re.compile(r"<(?!https?://[^\s<>]*>)[A-Za-z/!?]")
"""The beginning of a tag, a comment or a declaration, but for a link in angle brackets (CommonMark, "Raw HTML")."""
_TICKS: Final = re.compile("`+")
_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>&~$|]")


class MarkdownFormat:
    """An export as Markdown."""

    extension = "md"

    def begin(self, place: Place, exported_at: int, choices: Sequence[Choice] = ()) -> str:
        """Return the title, and what people chose for the place."""
        title = f"# Conversations in {_escaped(place.name)}\n\nExported {_time(exported_at)}.\n"
        return title + "".join(map(_chosen, choices))

    def open(self, conversation: Conversation) -> str:
        """Return a conversation's heading."""
        closed = f", closed {_time(conversation.closed_at)}" if conversation.closed_at else ""
        heading = f"\n## Conversation {conversation.id}\n\nOpened {_time(conversation.opened_at)}{closed}.\n"
        if conversation.parent:
            parent = conversation.parent
            end = "a question, without its answer" if parent.sibling == 0 else "an answer"
            heading += (
                f"Goes on from conversation {parent.conversation_id} of the place that it branched off, after {end}; "
                "an export of that place has what was said before.\n"
            )
        return heading

    def turn(self, turn: Turn) -> str:
        """Return the question with its chosen answer, or a remark that it was not answered."""
        question = turn.record.question
        text = f"\n### {_time(question.asked_at)} · {_speaker(question.author)}\n\n{_quoted(question.text)}\n"
        text += _files(files_of(turn))
        chosen = next((answer for answer in turn.record.answers if answer.chosen), None)
        if question.turned_down is not None:
            return text + "\n*Not answered: it was turned down.*\n"
        if chosen is None or not chosen.text:
            return text + "\n*Not answered.*\n"
        cut = "" if chosen.state is AnswerState.DONE else "\n*The answer ends here unfinished.*\n"
        return (
            text + f"\n### {_time(chosen.finished_at or chosen.started_at)} · Answer\n\n{_quoted(chosen.text)}\n{cut}"
        )

    def close(self) -> str:
        """Return an empty string: a conversation needs no closing text."""
        return ""

    def end(self) -> str:
        """Return an empty string: the export needs no closing text."""
        return ""


def _chosen(choice: Choice) -> str:
    """Return a choice of a model or persona, or the persona that was written, as a quote."""
    scope = "conversation" if choice.key.scope is Scope.CONVERSATION else "place"
    if choice.key.name is ChoiceName.SYSTEM_PROMPT:
        return f"\n## Persona of the {scope}\n\nWritten {_time(choice.at)}.\n\n{_quoted(choice.value)}\n"
    if choice.key.name is ChoiceName.FOLLOW:
        switched = "no" if choice.value == ON else "a"
        return f"\nSwitched to {switched} mention for each question {_time(choice.at)}.\n"
    return f"\nThe {choice.key.name} {_escaped(choice.value)} was chosen for the {scope} {_time(choice.at)}.\n"


def _files(files: Sequence[Media]) -> str:
    """Return a line that names a question's files, a picture with its name in the zip file too."""
    named = [
        f"{media.kind} {_escaped(media.name)}" + (f" (`{file_name(media)}`)" if media.hash else "") for media in files
    ]
    return f"\n*With it: {', '.join(named)}.*\n" if named else ""


def _speaker(author: Author) -> str:
    return _escaped(tag(author))


def _escaped(text: str) -> str:
    """Return `text` on one line, because a heading is one line, with its Markdown escaped."""
    return _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))


def _quoted(text: str) -> str:
    """Return `text` as a quote. All line separators that Unicode has begin another line of it."""
    if _HTML.search(text):
        fence = "`" * (max(2, *map(len, _TICKS.findall(text)), 2) + 1)
        text = f"{fence}\n{text}\n{fence}"
    return "".join(f"> {line}" for line in text.splitlines(keepends=True)) or ">"


def _time(milliseconds: int) -> str:
    return moment(milliseconds).strftime("%Y-%m-%d %H:%M:%S UTC")
