"""Exports conversations as files. `FORMATS` lists the formats."""

from collections.abc import Callable, Mapping
from typing import Final

from bot.export.format import Format
from bot.export.to_json import JsonFormat
from bot.export.to_markdown import MarkdownFormat
from bot.export.to_messages import MessagesFormat

FORMATS: Final[Mapping[str, Callable[[], Format]]] = {
    "markdown": MarkdownFormat,
    "json": JsonFormat,
    "messages": MessagesFormat,
}
"""The export formats by the name that people choose. Call one for each export, because a format object serves one export only."""
