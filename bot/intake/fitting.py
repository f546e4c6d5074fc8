"""Contents of a question from what was read of its files, within a number of tokens. What has no room is cut, and said."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from bot.chat.content import Blob, Media, MediaKind
from bot.chat.speakers import escaped
from bot.chat.tokens import Count
from bot.files.results import Document, Part, Picture, Unit
from bot.files.text import fenced
from bot.intake import texts
from bot.intake.attachments import Attached
from bot.intake.loading import LeftOut, Loaded, TextFile, Transcript
from bot.intake.names import shown

ImageTokens = Callable[[int, int], int]
"""Counts the tokens of a picture by its width and height in pixels."""

_PIECE: Final = 2_000
"""Text is counted in pieces of so many characters: a piece of any characters is counted in a few milliseconds."""
_AROUND: Final = 48
"""Tokens kept for the lines around a file's text."""
_HEARD_CHARACTERS: Final = 300

# What stands around a file's text for the model.
_BEGIN: Final = "[file: {name}]\n"
_END: Final = "\n[end of {name}]"
_CUT: Final = "\n[the rest of {name} was left out]"
_PART: Final = "--- {unit} {number}{name} ---\n{text}\n"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A file as it is sent. `media` is None where it was left out or is the question's own text, which is `paste`."""

    media: Media | None = None
    blob: Blob | None = None
    paste: str = ""
    remark: str = ""


class Room:
    """Counts down the tokens that the files of a question may still fill. Lines like speakers' tags are escaped if `tags`."""

    def __init__(self, tokens: int, count: Count, image_tokens: ImageTokens, *, tags: bool) -> None:
        self._tokens = tokens
        self._count = count
        self._image_tokens = image_tokens
        self._tags = tags

    def fit(self, file: Attached, loaded: Loaded) -> Fitted:
        """Return a file as it is sent, cut to the tokens that are left, and take these away."""
        match loaded:
            case LeftOut():
                return left_out(file, loaded.why)
            case Picture():
                return self._picture(file, loaded)
            case Transcript():
                return self._transcript(file, loaded.text)
            case TextFile():
                return self._text(file, loaded)
            case Document():
                return self._document(file, loaded)

    def _picture(self, file: Attached, picture: Picture) -> Fitted:
        tokens = self._image_tokens(picture.width, picture.height)
        if tokens > self._tokens:
            return left_out(file, texts.NO_ROOM)
        self._tokens -= tokens
        key = sha256(picture.data).digest()
        return Fitted(
            Media(
                MediaKind.IMAGE,
                file.name,
                tokens,
                hash=key,
                media_type=picture.media_type,
                size=len(picture.data),
                width=picture.width,
                height=picture.height,
            ),
            Blob(key, picture.media_type, picture.data, picture.width, picture.height),
        )

    def _transcript(self, file: Attached, text: str) -> Fitted:
        kept = self._taken(text)
        if not kept:
            return left_out(file, texts.NO_ROOM)
        head = "[voice message, transcribed]" if file.is_voice else f"[audio, transcribed: {file.name}]"
        heard = " ".join(text.split())
        quote = heard if len(heard) <= _HEARD_CHARACTERS else f"{heard[:_HEARD_CHARACTERS]}…"
        remark = texts.HEARD.format(text=shown(quote))
        media = self._media(MediaKind.AUDIO, file, f"{head}\n{kept}{'' if kept == text else '…'}")
        return Fitted(media, remark=remark)

    def _text(self, file: Attached, found: TextFile) -> Fitted:
        text = found.found.text
        kept = self._taken(text)
        if not kept:
            return left_out(file, texts.NO_ROOM)
        remarks: list[str] = []
        whole = kept == text and found.found.bytes_read == found.size
        if not whole:
            read = len(kept.encode()) * found.found.bytes_read // max(1, len(text.encode()))
            remarks.append(
                texts.READ_BYTES.format(read=texts.size(read), total=texts.size(found.size), name=shown(file.name))
            )
        if found.found.guessed:
            remarks.append(texts.GUESSED.format(name=shown(file.name), encoding=found.found.encoding))
        remark = " ".join(remarks)
        if file.is_paste:
            return Fitted(paste=kept if whole else f"{kept}…", remark=remark)
        body = fenced(kept, found.language) if found.language else kept
        return Fitted(self._file(file, body, whole=whole), remark=remark)

    def _document(self, file: Attached, document: Document) -> Fitted:
        pieces: list[str] = []
        whole = 0
        for number, part in enumerate(document.parts, start=1):
            text = _headed(document.unit, number, part)
            kept = self._taken(text)
            pieces.append(kept)
            if len(kept) < len(text):
                break
            whole += part.whole
        body = "".join(pieces).strip()
        if not body:
            return left_out(file, texts.NO_ROOM)
        if whole == document.total:
            return Fitted(self._file(file, body, whole=True))
        name, unit = shown(file.name), texts.UNITS[document.unit]
        remark = (
            texts.READ_PAGES.format(read=whole, total=document.total, unit=unit, name=name)
            if whole
            else texts.READ_BEGINNING.format(name=name)
        )
        return Fitted(self._file(file, body, whole=False), remark=remark)

    def _file(self, file: Attached, body: str, *, whole: bool) -> Media:
        end = _END if whole else _CUT
        return self._media(MediaKind.FILE, file, f"{_BEGIN.format(name=file.name)}{body}{end.format(name=file.name)}")

    def _media(self, kind: MediaKind, file: Attached, text: str) -> Media:
        sent = escaped(text) if self._tags else text
        self._tokens -= _AROUND
        return Media(kind, file.name, sum(self._count(piece) for piece in _pieces(sent)), sent)

    def _taken(self, text: str) -> str:
        """Return as much of the beginning of a text as there is room for, and take its tokens away."""
        room = self._tokens - _AROUND
        end = 0
        for piece in _pieces(text):
            tokens = self._count(piece)
            if tokens > room:
                end += self._most(piece, room)
                room = 0
                break
            room -= tokens
            end += len(piece)
        self._tokens = max(0, room) + _AROUND if end else self._tokens
        return text[:end]

    def _most(self, piece: str, room: int) -> int:
        """Return how many of a piece's characters fit, by a binary search."""
        keep, excess = 0, len(piece)
        while keep + 1 < excess:
            middle = (keep + excess) // 2
            keep, excess = (middle, excess) if self._count(piece[:middle]) <= room else (keep, middle)
        return keep if room > 0 else 0


def left_out(file: Attached, why: str) -> Fitted:
    """Return a file that is left out, for a reason that ends a sentence."""
    return Fitted(remark=texts.LEFT_OUT.format(name=shown(file.name), why=why))


def _headed(unit: Unit, number: int, part: Part) -> str:
    if unit is Unit.SECTION:
        return part.text
    return _PART.format(unit=unit, number=number, name=f": {part.name}" if part.name else "", text=part.text)


def _pieces(text: str) -> list[str]:
    return [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
