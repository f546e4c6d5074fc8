"""A process that reads one picture or document: `python -m bot.files.worker KIND PAGES CHARACTERS SECONDS`.

The file comes by standard input. A line of JSON goes out, behind it the bytes of a picture. The process limits its own memory and
time, writes no file, starts no process and opens no connection, so that a hostile file harms nothing.
"""

import json
import os
import sys
from contextlib import suppress
from typing import BinaryIO, Final

from bot.files.budget import Room
from bot.files.kinds import IMAGES, Kind
from bot.files.results import Document, Picture, Reason, Unreadable

_MEMORY: Final = 1024 * 1024 * 1024
"""The most bytes of address space. A picture of 40 megapixels needs half of it."""
_READS_FOR: Final = 0.6
"""The part of the time after which no further page is begun, so that those which were read can be handed over."""
_FORBIDDEN: Final = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.remove",
    "os.rename",
)
_WRITING: Final = frozenset("wax+")


def main(arguments: list[str], source: BinaryIO, target: BinaryIO) -> None:
    """Read the file from `source` and write what was read of it to `target`."""
    kind, pages, characters, seconds = Kind(arguments[0]), int(arguments[1]), int(arguments[2]), float(arguments[3])
    data = source.read()
    picture = b""
    try:
        if kind in IMAGES:
            shown = _picture(data, kind)
            header = {"media_type": shown.media_type, "width": shown.width, "height": shown.height}
            picture = shown.data
        else:
            document = _document(data, kind, pages, Room(characters, seconds * _READS_FOR))
            parts = [[part.text, part.name, part.whole] for part in document.parts]
            header = {"unit": document.unit, "parts": parts, "total": document.total}
    except Unreadable as error:
        header = {"reason": error.reason}
    except MemoryError:
        header = {"reason": Reason.TOO_LARGE}
    target.write(json.dumps(header).encode("ascii") + b"\n" + picture)
    target.flush()


def _picture(data: bytes, kind: Kind) -> Picture:
    from bot.files.images import scaled  # noqa: PLC0415 -- each kind loads its own library only

    return scaled(data, kind)


def _document(data: bytes, kind: Kind, pages: int, room: Room) -> Document:
    if kind is Kind.PDF:
        from bot.files.pdf import text_of_pdf  # noqa: PLC0415 -- each process loads one reader

        return text_of_pdf(data, pages, room)
    if kind is Kind.DOCX:
        from bot.files.docx import text_of_docx  # noqa: PLC0415 -- each process loads one reader

        return text_of_docx(data, room)
    if kind is Kind.XLSX:
        from bot.files.xlsx import text_of_xlsx  # noqa: PLC0415 -- each process loads one reader

        return text_of_xlsx(data, pages, room)
    from bot.files.pptx import text_of_pptx  # noqa: PLC0415 -- each process loads one reader

    return text_of_pptx(data, pages, room)


def limit(seconds: float) -> None:
    """Limit this process for good: its memory and its processor time; and files, processes and connections to none.

    Windows has no such limits of memory and time, and macOS none of memory: there the time-out of whoever started the process
    has to serve.
    """
    sys.addaudithook(_refuse)
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 -- not on Windows

    os.nice(10)  # the bot's own loop goes first
    whole = int(seconds) + 1
    for what, most, at_last in (
        (resource.RLIMIT_AS, _MEMORY, _MEMORY),
        (resource.RLIMIT_CPU, whole, whole + 1),  # where both are the same, the system kills without SIGXCPU
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        hard = resource.getrlimit(what)[1]
        soft, hard = (most, at_last) if hard == resource.RLIM_INFINITY else (min(most, hard), min(at_last, hard))
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (soft, hard))


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook. Raises PermissionError for what no reader of files needs."""
    if event.startswith(_FORBIDDEN) or (event == "open" and _WRITING & set(str(arguments[1] or ""))):
        raise PermissionError(event)


if __name__ == "__main__":
    limit(float(sys.argv[4]))
    main(sys.argv[1:], sys.stdin.buffer, sys.stdout.buffer)
