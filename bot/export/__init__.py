"""Conversations as files: `FORMATS` names what there is."""

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
"""The formats of an export by the name that people choose them by; each call gives one for one export."""
