"""The layout of an answer: its appearance as the messages that show it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from bot.chat.appearance import Appearance, Control
from bot.reply import sentences
from bot.reply.split import LIMIT, split

NOTE_MARK: Final = "-# "
"""Discord's small print, in which our remarks stand under an answer."""


class FileUse(Enum):
    """The use of the file that holds an answer of too many messages, and the words for it."""

    ATTACHED = sentences.IN_A_FILE
    FORBIDDEN = sentences.FILE_FORBIDDEN
    REFUSED = sentences.FILE_REFUSED


@dataclass(frozen=True, slots=True)
class MessageLayout:
    """One message as it shall be: its text, the buttons under it, and the text of a file that it carries."""

    text: str
    controls: tuple[Control, ...] = ()
    file: str = ""


def layout(
    appearance: Appearance, most: int, file_use: FileUse, pieces: Sequence[str] | None = None
) -> list[MessageLayout]:
    """The messages of an answer that has ended, at most `most` for its text; none when there is nothing to see.

    `pieces` are its text as it was split already. The note, the buttons and the file belong to the last message.
    """
    texts = list(split(appearance.text) if pieces is None else pieces)
    notes, file = [appearance.note] * bool(appearance.note), ""
    if len(texts) > most:
        file = appearance.text if file_use is FileUse.ATTACHED else ""
        notes.append(file_use.value)
        room = LIMIT - len(_line(" ".join(notes)))
        texts = [*texts[: most - 1], split(texts[most - 1], room)[0]]
    messages = [MessageLayout(text) for text in _noted(texts, " ".join(notes))]
    return [*messages[:-1], replace(messages[-1], controls=appearance.controls, file=file)] if messages else []


def growing(pieces: Sequence[str], remark: str, most: int) -> list[MessageLayout]:
    """The messages of an answer that still grows, or a remark of ours while there is no text."""
    return [MessageLayout(text) for text in pieces[:most]] or [MessageLayout(small_print(remark))] * bool(remark)


def cut_short(messages: Sequence[MessageLayout], permission: str) -> list[MessageLayout]:
    """These messages with the remark that no more come, because the permission to send them is missing."""
    note = sentences.NO_MORE.format(permission=permission)
    *before, last = (message.text for message in messages)
    return [MessageLayout(text) for text in _noted([*before, split(last, LIMIT - len(_line(note)))[0]], note)]


def small_print(text: str) -> str:
    """A remark of ours as a line of its own."""
    return f"{NOTE_MARK}{text}"


def without_note(text: str) -> str:
    """The answer's own text; only the last line can be a remark of ours."""
    body, _, last = text.rpartition("\n")
    return body if last.startswith(NOTE_MARK) else text


def _noted(texts: list[str], note: str) -> list[str]:
    """`texts` with a remark in small letters under the last."""
    if not note:
        return texts
    line = _line(note)
    if texts and len(texts[-1]) + len(line) <= LIMIT:
        return [*texts[:-1], texts[-1] + line]
    return [*texts, line.strip()]


def _line(note: str) -> str:
    return f"\n{small_print(note)}"
