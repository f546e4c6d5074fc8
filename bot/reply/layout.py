"""Lays out an answer: turns its appearance into the Discord messages that show it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from bot.chat.appearance import Appearance, Control, Shown
from bot.reply import texts
from bot.reply.split import LIMIT, split

NOTE_MARK: Final = "-# "
"""The mark of Discord's small print, in which our remarks under an answer are written."""


class FileUse(Enum):
    """Whether an answer with too many messages gets a file with the whole text. Each value is the remark that people read."""

    ATTACHED = texts.IN_A_FILE
    FORBIDDEN = texts.FILE_FORBIDDEN
    REFUSED = texts.FILE_REFUSED


@dataclass(frozen=True, slots=True)
class MessageLayout:
    """One message as it should be: its text, the buttons under it, and the text of its file (empty for no file)."""

    text: str
    controls: tuple[Control, ...] = ()
    file: str = ""


def layout(
    appearance: Appearance, most: int, file_use: FileUse, pieces: Sequence[str] | None = None
) -> list[MessageLayout]:
    """Return the messages of an answer that has ended, at most `most` for its text; [] if there is nothing to show.

    `pieces` is the text split into messages, if that was done already. The last message gets the note, the buttons and the file.
    """
    texts = list(split(appearance.text) if pieces is None else pieces)
    notes, file = [appearance.note] * bool(appearance.note), ""
    if len(texts) > most:
        file = appearance.text if file_use is FileUse.ATTACHED else ""
        notes.append(file_use.value)
        room = LIMIT - len(_note_line(" ".join(notes)))
        texts = [*texts[: most - 1], split(texts[most - 1], room)[0]]
    messages = [MessageLayout(text) for text in _with_note(texts, " ".join(notes))]
    return [*messages[:-1], replace(messages[-1], controls=appearance.controls, file=file)] if messages else []


def growing(pieces: Sequence[str], remark: str, most: int) -> list[MessageLayout]:
    """Return at most `most` messages of an answer that still grows, or `remark` in small print while there is no text."""
    return [MessageLayout(text) for text in pieces[:most]] or [MessageLayout(small_print(remark))] * bool(remark)


def cut_short(messages: Sequence[MessageLayout], permission: str) -> list[MessageLayout]:
    """Return these messages with a remark that the rest is missing because the bot lacks `permission`."""
    note = texts.NO_MORE.format(permission=permission)
    *before, last = (message.text for message in messages)
    return [MessageLayout(text) for text in _with_note([*before, split(last, LIMIT - len(_note_line(note)))[0]], note)]


def small_print(text: str) -> str:
    """Return `text` as a line of small print."""
    return f"{NOTE_MARK}{text}"


def read_back(text: str) -> Shown:
    """Return the answer's own text and, if the last line is a remark of ours, that remark."""
    body, _, last = text.rpartition("\n")
    return Shown(body, last.removeprefix(NOTE_MARK)) if last.startswith(NOTE_MARK) else Shown(text)


def _with_note(texts: list[str], note: str) -> list[str]:
    """Return `texts` with `note` in small print under the last one, or as a further message if it does not fit there."""
    if not note:
        return texts
    line = _note_line(note)
    if texts and len(texts[-1]) + len(line) <= LIMIT:
        return [*texts[:-1], texts[-1] + line]
    return [*texts, line.strip()]


def _note_line(note: str) -> str:
    return f"\n{small_print(note)}"
