"""Contents of a question from what was read of its files, within a number of tokens. What has no room is cut, and said."""

from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from typing import Final

from bot.chat.content import Blob, Media, MediaKind
from bot.chat.image_tokens import Sight
from bot.chat.speakers import escaped
from bot.chat.tokens import PIECE, Count, count_in_pieces
from bot.files.results import Document, Part, Picture, Unit
from bot.files.text import fenced
from bot.intake import texts
from bot.intake.attachments import Attached
from bot.intake.loading import LeftOut, Loaded, TextFile, Transcript
from bot.intake.names import shown

_BETWEEN: Final = 2
"""Tokens of what separates a file's text from what stands before it, at most (`bot.chat.media.BETWEEN`)."""
_SPARE: Final = 8
"""Tokens kept for that, and for a count of the whole that is higher than that of its pieces."""
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

    def __init__(self, tokens: int, count: Count, sight: Sight, *, tags: bool) -> None:
        self._tokens = tokens
        self._count = count
        self._sight = sight
        self._tags = tags

    def fit(self, file: Attached, loaded: Loaded) -> Fitted:
        """Return a file as it is sent, cut to the tokens that are left, and take these away."""
        match loaded:
            case LeftOut():
                return Fitted(remark=loaded.sentence) if loaded.sentence else left_out(file, loaded.why)
            case Picture():
                return self._picture(file, loaded)
            case Transcript():
                return self._transcript(file, loaded.text)
            case TextFile():
                return self._text(file, loaded)
            case Document():
                return self._document(file, loaded)

    def _picture(self, file: Attached, picture: Picture) -> Fitted:
        tokens = self._sight.cost(picture.width, picture.height)
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
                file_id=file.id,
            ),
            Blob(key, picture.media_type, picture.data, picture.width, picture.height),
        )

    def _transcript(self, file: Attached, text: str) -> Fitted:
        head = "[voice message, transcribed]\n" if file.is_voice else f"[audio, transcribed: {file.name}]\n"
        kept, whole = self._taken(text, head)
        if not kept:
            return left_out(file, texts.NO_ROOM)
        heard = " ".join(text.split())
        quote = heard if len(heard) <= _HEARD_CHARACTERS else f"{heard[:_HEARD_CHARACTERS]}…"
        media = self._media(MediaKind.AUDIO, file, f"{head}{kept}{'' if whole else '…'}")
        return Fitted(media, remark=texts.HEARD.format(text=shown(quote)))

    def _text(self, file: Attached, found: TextFile) -> Fitted:
        read = found.found
        kept, whole = self._taken(read.text, _around(file) + fenced("", found.language))
        if not kept:
            return left_out(file, texts.NO_ROOM)
        remarks: list[str] = []
        if not (whole := whole and read.bytes_read == found.size):
            share = read.bytes_read * len(kept) // len(read.text)
            words = texts.size(share), texts.size(found.size)
            remarks.append(texts.READ_BYTES.format(read=words[0], total=words[1], name=shown(file.name)))
        if read.guessed:
            remarks.append(texts.GUESSED.format(name=shown(file.name), encoding=read.encoding))
        remark = " ".join(remarks)
        if file.is_paste:
            self._tokens -= self._counted(kept)
            return Fitted(paste=kept if whole else f"{kept}…", remark=remark)
        body = fenced(kept, found.language) if found.language else kept
        return Fitted(self._file(file, body, whole=whole), remark=remark)

    def _document(self, file: Attached, document: Document) -> Fitted:
        headed = [_headed(document.unit, number, part) for number, part in enumerate(document.parts, start=1)]
        body, _ = self._taken("".join(headed), _around(file))
        if not body.strip():
            return left_out(file, texts.NO_ROOM)
        ends = accumulate(len(text) for text in headed)
        read = sum(part.whole and end <= len(body) for part, end in zip(document.parts, ends, strict=True))
        media = self._file(file, body.strip(), whole=read == document.total)
        if read == document.total:
            return Fitted(media)
        words = texts.READ_PAGES if read else texts.READ_BEGINNING
        unit = texts.UNITS[document.unit]
        return Fitted(media, remark=words.format(read=read, total=document.total, unit=unit, name=shown(file.name)))

    def _file(self, file: Attached, body: str, *, whole: bool) -> Media:
        end = _END if whole else _CUT
        return self._media(MediaKind.FILE, file, f"{_BEGIN.format(name=file.name)}{body}{end.format(name=file.name)}")

    def _media(self, kind: MediaKind, file: Attached, text: str) -> Media:
        sent = escaped(text) if self._tags else text
        tokens = self._counted(sent)
        self._tokens -= tokens + _BETWEEN
        return Media(kind, file.name, tokens, sent, file_id=file.id)

    def _taken(self, text: str, around: str) -> tuple[str, bool]:
        """Return as much of the beginning of a text as there is room for with what stands around it, and whether that is all."""
        room = self._tokens - self._counted(around) - _SPARE
        end = 0
        for piece in _pieces(text):
            tokens = self._counted(piece)
            if tokens > room:
                end += self._most(piece, room)
                return text[:end], False
            room -= tokens
            end += len(piece)
        return text, True

    def _counted(self, text: str) -> int:
        """Return the tokens of a text as it is sent: with a backslash before each line that looks like a tag."""
        return count_in_pieces(escaped(text) if self._tags else text, self._count)

    def _most(self, piece: str, room: int) -> int:
        """Return how many of a piece's characters fit, by a binary search."""
        keep, excess = 0, len(piece)
        while keep + 1 < excess:
            middle = (keep + excess) // 2
            keep, excess = (middle, excess) if self._counted(piece[:middle]) <= room else (keep, middle)
        return keep if room > 0 else 0


def left_out(file: Attached, why: str) -> Fitted:
    """Return a file that is left out, for a reason that ends a sentence."""
    return Fitted(remark=texts.LEFT_OUT.format(name=shown(file.name), why=why))


def _around(file: Attached) -> str:
    """Return the longest lines that may stand around a file's text."""
    return f"{_BEGIN.format(name=file.name)}{_CUT.format(name=file.name)}"


def _headed(unit: Unit, number: int, part: Part) -> str:
    if unit is Unit.SECTION:
        return part.text
    return _PART.format(unit=unit, number=number, name=f": {part.name}" if part.name else "", text=part.text)


def _pieces(text: str) -> list[str]:
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
