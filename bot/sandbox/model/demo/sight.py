"""Sight: the pictures, files and recordings in a message, told from their bytes and from the marks around their text.

How a bot marks a file's text is its own affair, so the marks are read as people would read them: a line with the name before the
text, a line with the name behind it, and lines such as `--- page 2 ---` between pages.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.sandbox.model.images import Image, image_of, urls_in
from bot.sandbox.model.tokens import message_text
from bot.sandbox.model.transcriptions import TranscriptionRequest
from bot.sandbox.wire import Json

_FILE = re.compile(
    r"^\[file: (?P<name>[^\n]+)\]\n(?P<body>(?:(?!^\[file: (?P=name)\]$).)*?)\n\[(?P<end>end|the rest) of (?P=name)[^\n]*\]$",
    re.DOTALL | re.MULTILINE,
)
_SPOKEN = re.compile(
    r"^\[(?P<kind>voice message|audio), transcribed(?:: (?P<name>[^\n]+))?\]\n(?P<body>.+?)(?=\n\[|\Z)",
    re.DOTALL | re.MULTILINE,
)
_NAMED = re.compile(r"^\[(?:picture|file|audio|voice message)(?:: (?P<name>[^\n]+))?\]\n?", re.MULTILINE)
_PICTURE = re.compile(r"^\[picture: (?P<name>[^\n]+)\]$", re.MULTILINE)
_PART = re.compile(r"^--- (?P<unit>page|sheet|slide) \d+[^\n]* ---$", re.MULTILINE)
_HEAD = re.compile(
    r"\A(?:\[\w{3} [\d-]{10} [^\]\n]{1,24}\]|[^\n]{1,80}? \(#\w{1,24}(?:, [^()\n]{1,48})?\):) (?=\[(?:picture|file|audio|voice))"
)
"""The time or the tag before a message that holds no words, only files: their marks stand on its line."""
_FIRST_CHARACTERS = 80
_BYTES_PER_KB = 1000


@dataclass(frozen=True, slots=True)
class Sight:
    """The words of a message without its files, and a line for each of its files."""

    text: str
    lines: tuple[str, ...] = ()


def sight_of(message: Json) -> Sight:
    """Look at a message."""
    text = _HEAD.sub(r"\g<0>\n", message_text(message))
    names = iter(found["name"] for found in _PICTURE.finditer(text))
    pictures = [_picture(image_of(url), next(names, "")) for url in urls_in(message)]
    files = list(_files(text))
    for pattern in (_FILE, _SPOKEN, _NAMED):
        text = pattern.sub("", text)
    return Sight(text.strip(), (*pictures, *files))


def heard_in(request: TranscriptionRequest) -> str:
    """Return what stands in for the transcript of a recording, of which nobody heard a word."""
    return f"This is the demo, and nobody listens: I was sent a recording of {_size(len(request.data))}."


def _picture(image: Image | None, name: str) -> str:
    what = f"the picture `{name}`" if name else "a picture"
    if image is None:
        return f"{what}, which I cannot read"
    pixels = f", {image.size[0]} × {image.size[1]} pixels" if image.size else ""
    return f"{what}: {image.media_type}{pixels}, {_size(len(image.data))}"


def _files(text: str) -> Iterator[str]:
    for found in _FILE.finditer(text):
        units = [part["unit"] for part in _PART.finditer(found["body"])]
        parts = f"{_number(len(units), units[0])}, " if units else ""
        body = " ".join(_PART.sub("", found["body"]).split())
        cut = "" if found["end"] == "end" else ", and not all of it"
        length = _number(len(body), "character")
        yield f"the text of `{found['name']}`: {parts}{length}{cut}; it begins {_quoted(body)}"
    for found in _SPOKEN.finditer(text):
        what = f"the recording `{found['name']}`" if found["name"] else "a voice message"
        yield f"{what}, as text: {_quoted(' '.join(found['body'].split()))}"


def _quoted(text: str) -> str:
    line = text.replace("`", "'")
    return f"“{line if len(line) <= _FIRST_CHARACTERS else line[:_FIRST_CHARACTERS] + '…'}”"


def _size(count: int) -> str:
    return f"{count} bytes" if count < _BYTES_PER_KB else f"{count / _BYTES_PER_KB:.0f} kB"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
