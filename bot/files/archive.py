"""Office files as zip archives: what they may unpack to, and XML without entities.

A zip bomb is recognised by the sizes in the archive's directory, beyond which `zipfile` does not read. ECMA-376 part 2 forbids
document type definitions in office files: one which has any is hostile, and names files, addresses or a bomb.
"""

import io
import zipfile
from typing import Final
from xml.etree import ElementTree
from xml.parsers import expat

from bot.files.directory import names_in
from bot.files.kinds import MOST_ENTRIES
from bot.files.results import Reason, Unreadable
from bot.files.xml_beginning import Extent

_MOST_BYTES: Final = 200_000_000
"""The most bytes that all entries of an office file may unpack to."""
_MOST_XML_BYTES: Final = 60_000_000
"""The most bytes of one XML entry that is read whole."""
_ENCRYPTED: Final = 0x1
_CHUNK: Final = 65_536


class _RootBegins(Exception):
    """The root element begins, so that no document type definition can follow."""


def opened(data: bytes, in_part: tuple[str, ...] = ()) -> zipfile.ZipFile:
    """Open an office file. Raises Unreadable where its entries are too many or too large, or where its XML declares entities.

    Entries whose names begin with one of `in_part` are not read whole, and may be large.
    """
    if len(names_in(data, MOST_ENTRIES + 1)) > MOST_ENTRIES:
        raise Unreadable(Reason.TOO_LARGE)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except Exception as error:
        raise Unreadable(Reason.BROKEN) from error
    sizes = [entry.file_size for entry in entries]
    if len(sizes) > MOST_ENTRIES or sum(sizes) > _MOST_BYTES:
        raise Unreadable(Reason.TOO_LARGE)
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise Unreadable(Reason.ENCRYPTED)
    for entry in entries:
        if entry.file_size > _MOST_XML_BYTES and is_xml(entry.filename) and not entry.filename.startswith(in_part):
            raise Unreadable(Reason.TOO_LARGE)
        _check(archive, entry)
    return archive


def xml_of(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """Return the XML of an entry of a file that `opened` has checked. Raises Unreadable where it is missing or damaged."""
    return beginning_of(archive, name, None)[0]


def beginning_of(archive: zipfile.ZipFile, name: str, extent: Extent | None) -> tuple[ElementTree.Element, bool]:
    """Return the XML of an entry as far as `extent` goes, and whether that is the whole. Raises Unreadable as `xml_of` does."""
    try:
        data, whole = (archive.read(name), True) if extent is None else extent.beginning_of(archive, name)
        return ElementTree.fromstring(data), whole  # noqa: S314 -- `_check` refuses entities
    except (ElementTree.ParseError, KeyError, ValueError, LookupError, OSError, zipfile.BadZipFile) as error:
        raise Unreadable(Reason.BROKEN) from error


def is_xml(name: str) -> bool:
    """Return whether an entry of this name is XML."""
    return name.lower().endswith((".xml", ".rels"))


def _check(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Raise Unreadable where an entry is XML that has a document type definition."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = _stop
    try:
        with archive.open(entry) as file:
            while chunk := file.read(_CHUNK):
                parser.Parse(chunk)
    except (_RootBegins, expat.ExpatError):
        return
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(Reason.BROKEN) from error


def _refuse(*_: object) -> None:
    raise Unreadable(Reason.ENTITIES)


def _stop(*_: object) -> None:
    raise _RootBegins
