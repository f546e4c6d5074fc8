"""The text of pptx files, slide by slide, from their XML (ECMA-376 part 1, 19.3 and 21.1): text needs no library."""

import posixpath
import re
import zipfile
from typing import Final
from xml.etree import ElementTree

from bot.files.archive import beginning_of, opened, xml_of
from bot.files.budget import Room
from bot.files.results import Document, Part, Unit, Unreadable

_RELATIONSHIPS: Final = "ppt/_rels/presentation.xml.rels"
_LOCAL_NAME: Final = re.compile(r"\{[^}]*\}")


def text_of_pptx(data: bytes, slides: int, room: Room) -> Document:
    """Return the text of the first slides, `slides` at most, in the order in which they are shown. Raises Unreadable."""
    with opened(data, ("ppt/slides/",)) as archive:
        names = _slides(archive)
        parts: list[Part] = []
        while len(parts) < min(slides, len(names)) and room.left:
            slide, whole = beginning_of(archive, names[len(parts)], room.extent)
            text = _text(slide)
            taken = room.take(text)
            parts.append(Part(taken, whole=whole and len(taken) == len(text)))
    if not any(part.text for part in parts):
        raise Unreadable(room.reason)
    return Document(Unit.SLIDE, tuple(parts), len(names))


def _slides(archive: zipfile.ZipFile) -> list[str]:
    """Return the names of the slides' entries."""
    targets = {one.get("Id"): one.get("Target", "") for one in xml_of(archive, _RELATIONSHIPS)}
    found: list[str] = []
    for element in xml_of(archive, "ppt/presentation.xml").iter():
        if _name(element) == "sldId":
            reference = next((value for key, value in element.items() if key.endswith("}id")), None)
            if target := targets.get(reference):
                found.append(posixpath.normpath(posixpath.join("/ppt", target)).lstrip("/"))
    return found


def _text(slide: ElementTree.Element) -> str:
    """Return the paragraphs of a slide; those of a table's row stand on one line."""
    lines: list[str] = []
    in_tables: set[ElementTree.Element] = set()
    for element in slide.iter():
        if _name(element) == "tr":
            cells = [cell for cell in element if _name(cell) == "tc"]
            lines.append(f"| {' | '.join(' '.join(_paragraphs(cell)) for cell in cells)} |")
            in_tables.update(element.iter())
        elif _name(element) == "p" and element not in in_tables:
            lines.append(_paragraph(element))
    return "\n".join(line for line in lines if line.strip())


def _paragraphs(element: ElementTree.Element) -> list[str]:
    return [text for one in element.iter() if _name(one) == "p" and (text := _paragraph(one))]


def _paragraph(element: ElementTree.Element) -> str:
    pieces = ["\n" if _name(one) == "br" else one.text or "" for one in element.iter() if _name(one) in {"t", "br"}]
    return "".join(pieces).strip()


def _name(element: ElementTree.Element) -> str:
    """Return an element's name without its namespace: the strict and the transitional form differ in nothing else."""
    return _LOCAL_NAME.sub("", element.tag)
