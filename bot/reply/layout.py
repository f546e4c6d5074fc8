"""Lays out an answer: turns its appearance into the Discord messages that show it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from bot.chat.appearance import Appearance, Control, Shown
from bot.reply import texts
from bot.reply.split import LIMIT, Splitter, ends_in_big_quote, split

NOTE_MARK: Final = "-# "
"""The mark of Discord's small print, in which our remarks under an answer are written."""


class FileUse(Enum):
    """Whether an answer with too many messages gets a file with the whole text. Each value is the remark that people read."""

    ATTACHED = texts.IN_A_FILE
    FORBIDDEN = texts.FILE_FORBIDDEN
    REFUSED = texts.FILE_REFUSED


@dataclass(frozen=True, slots=True)
class Pieces:
    """The text of an answer, split into messages. `goes_on`: there is more of it, which was not read."""

    texts: Sequence[str]
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class MessageLayout:
    """One message as it should be: its text, the buttons under it, and the text of its file (empty for no file)."""

    text: str
    controls: tuple[Control, ...] = ()
    file: str = ""


def layout(appearance: Appearance, most: int, file_use: FileUse, pieces: Pieces | None = None) -> list[MessageLayout]:
    """Return the messages of an answer that has ended, at most `most` for its text; [] if there is nothing to show.

    `pieces` is the text split into messages, if that was done already. The last message gets the note with the remarks, the
    footer, the buttons and the file.
    """
    if pieces is None:
        splitter = Splitter(most=most)
        splitter.feed(appearance.text)
        pieces = Pieces(splitter.close(), splitter.is_full)
    texts = list(pieces.texts)
    notes, file = [*[appearance.note] * bool(appearance.note), *appearance.remarks], ""
    if pieces.goes_on or len(texts) > most:
        file = appearance.text if file_use is FileUse.ATTACHED else ""
        notes.append(file_use.value)
        room = LIMIT - len(_small_lines(" ".join(notes), appearance.footer))
        *before, last = texts[:most] or [""]
        texts = [*before, *split(last, room)[:1]]
    messages = [MessageLayout(text) for text in _with_lines(texts, _small_lines(" ".join(notes), appearance.footer))]
    return [*messages[:-1], replace(messages[-1], controls=appearance.controls, file=file)] if messages else []


def growing(pieces: Sequence[str], remark: str, most: int, controls: tuple[Control, ...] = ()) -> list[MessageLayout]:
    """Return at most `most` messages of an answer that still grows, or `remark` in small print while there is no text.

    The last of them gets the buttons.
    """
    *before, last = pieces[:most] or [small_print(remark) if remark else ""]
    return [*map(MessageLayout, before), MessageLayout(last, controls)] if last else []


def cut_short(messages: Sequence[MessageLayout], permission: str) -> list[MessageLayout]:
    """Return these messages with a remark that the rest is missing because the bot lacks `permission`."""
    note = texts.NO_MORE.format(permission=permission)
    *before, last = (message.text for message in messages)
    line = _small_lines(note)
    return [MessageLayout(text) for text in (*before, split(last, LIMIT - len(line))[0] + line)]


def small_print(text: str) -> str:
    """Return `text` as a line of small print."""
    return f"{NOTE_MARK}{text}"


def read_back(text: str) -> Shown:
    """Return the answer's own text and, if the last line is a remark of ours, that remark."""
    body, _, last = text.rpartition("\n")
    return Shown(body, last.removeprefix(NOTE_MARK)) if last.startswith(NOTE_MARK) else Shown(text)


def _with_lines(texts: list[str], lines: str) -> list[str]:
    """Return `texts` with `lines` of small print under the last one, or as a further message if they do not fit there.

    They do not fit into a `>>> ` quote either, which ends with its message only.
    """
    if not lines:
        return texts
    if texts and len(texts[-1]) + len(lines) <= LIMIT and not ends_in_big_quote(texts[-1]):
        return [*texts[:-1], texts[-1] + lines]
    return [*texts, lines.strip()]


def _small_lines(*lines: str) -> str:
    """Return lines of small print, each behind a line break, without the empty ones."""
    return "".join(f"\n{small_print(line)}" for line in lines if line)
