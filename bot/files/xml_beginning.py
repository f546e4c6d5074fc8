"""The beginning of an XML entry of an office file, as far as it is read: what is behind it costs no time and no memory."""

import codecs
import zipfile
from typing import Final
from xml.parsers import expat

_CHUNK: Final = 65_536
_TEXT: Final = ("t", "tab", "br")
"""The elements whose characters count as text, and those that stand for one (ECMA-376 part 1, 17.3.3 and 21.1.2.3)."""
_UTF16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class _Enough(Exception):
    """So much was read as is kept."""


class Extent:
    """How much is read of the XML of a file: counts down characters of its text, and elements, over all its entries."""

    def __init__(self, characters: int, elements: int) -> None:
        self.characters = characters
        self.elements = elements

    def beginning_of(self, archive: zipfile.ZipFile, name: str) -> tuple[bytes, bool]:
        """Return the XML of an entry, or of its beginning with all open elements closed, and whether it is the whole.

        What is no XML is returned as it is, up to where that is found. Raises KeyError, and what reading a damaged zip raises.
        """
        with archive.open(name) as file:
            parser = _Parser(self)
            try:
                while chunk := file.read(_CHUNK):
                    parser.feed(chunk)
            except expat.ExpatError:
                return bytes(parser.read), True
            except _Enough:
                return parser.closed(), False
        return bytes(parser.read), True


class _Parser:
    """Finds the place where an entry is cut: before an element, or between characters."""

    def __init__(self, extent: Extent) -> None:
        self.read = bytearray()
        self._extent = extent
        self._open: list[str] = []
        self._cut = 0
        self._is_cdata = False
        self._expat = parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartCdataSectionHandler = lambda: self._in_cdata(begins=True)
        parser.EndCdataSectionHandler = lambda: self._in_cdata(begins=False)

    def feed(self, chunk: bytes) -> None:
        """Read on. Raises _Enough where the entry is cut, and expat.ExpatError."""
        self.read += chunk
        self._expat.Parse(chunk)

    def closed(self) -> bytes:
        """Return what was read up to the cut, with the ends of the elements that are open there."""
        ends = "".join(f"</{name}>" for name in reversed(self._open))
        return bytes(self.read[: self._cut]) + ends.encode(_UTF16.get(bytes(self.read[:2]), "utf-8"))

    def _start(self, name: str, _: object) -> None:
        self._check()
        self._open.append(name)
        self._extent.elements -= 1
        if name.rpartition(":")[2] in _TEXT[1:]:
            self._extent.characters -= 1

    def _end(self, _: str) -> None:
        self._open.pop()

    def _characters(self, data: str) -> None:
        if self._open[-1].rpartition(":")[2] == _TEXT[0]:
            self._check()
            self._extent.characters -= len(data)

    def _in_cdata(self, *, begins: bool) -> None:
        self._is_cdata = begins

    def _check(self) -> None:
        """Cut here, unless there is room for more. An entry keeps its root element, and a section of CDATA its end."""
        if self._open and not self._is_cdata and min(self._extent.characters, self._extent.elements) <= 0:
            self._cut = self._expat.CurrentByteIndex
            raise _Enough
