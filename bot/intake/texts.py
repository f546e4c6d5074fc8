"""Sentences about files that people read on Discord, in small print under the answer."""

from typing import Final

from bot.files.kinds import Kind
from bot.files.results import Reason, Unit

READ_PAGES: Final = "Read {read} of {total} {unit}s of {name}."
READ_BEGINNING: Final = "Read only the beginning of {name}."
READ_BYTES: Final = "Read the first {read} of {total} of {name}."
GUESSED: Final = "The encoding of {name} is not declared; I read it as {encoding}."
HEARD: Final = "Heard: {text}"
LEFT_OUT: Final = "{name} was left out: {why}."
NOT_READ_MANY: Final = "I read {most} files of a question, so these were left out: {names}."
AND_MORE: Final = "{names} and {number} more"

# Why a file is left out.
TOO_MANY_BYTES: Final = "it is larger than {most}"
TOO_LATE: Final = "it was not fetched and read in {seconds:g} seconds"
NOT_FETCHED: Final = "Discord did not hand it over"
GONE: Final = "it is not on Discord any more"
NO_ROOM: Final = "the files of this question have no room for it"
NO_KIND: Final = "I cannot read this kind of file"
NO_KIND_NAMED: Final = "I cannot read {kind}"
SWITCHED_OFF: Final = "I am set up not to read {kind}"
NO_TRANSCRIPTION: Final = "no transcription is set up"
NOT_TRANSCRIBED: Final = "it could not be transcribed"
NO_BYTES: Final = "it is empty"
FAILED: Final = "something went wrong while I read it"
IMAGES: Final = "pictures"
TEXT: Final = "text files"
DOCUMENTS: Final = "documents"
AUDIO: Final = "audio"

REASONS: Final = {
    Reason.BROKEN: "it is damaged or incomplete",
    Reason.EMPTY: NO_BYTES,
    Reason.TOO_LARGE: "it is too large when it is unpacked",
    Reason.TOO_SLOW: "it takes too long to read",
    Reason.ENCRYPTED: "it is protected by a password",
    Reason.NO_TEXT: "there is no text in it (is it a scan?)",
    Reason.ENTITIES: "it refers to things outside of itself",
}
KINDS: Final = {Kind.HEIC: "HEIC pictures", Kind.SVG: "SVG drawings", Kind.VIDEO: "videos", Kind.ZIP: "archives"}
UNITS: Final = {Unit.PAGE: "page", Unit.SHEET: "sheet", Unit.SLIDE: "slide", Unit.SECTION: "section"}


def size(number: int) -> str:
    """Return a number of bytes in words: `12 bytes`, `340 kB`, `20 MB`."""
    if number < 1000:
        return f"{number} bytes"
    return f"{number / 1000:.0f} kB" if number < 999_500 else f"{number / 1_000_000:.3g} MB"
