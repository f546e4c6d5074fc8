"""Conversations as files: `FORMATS` names what there is."""

from collections.abc import Callable, Mapping
from typing import Final

from bot.export.shape import Shape
from bot.export.to_json import JsonShape
from bot.export.to_markdown import MarkdownShape

FORMATS: Final[Mapping[str, Callable[[], Shape]]] = {"markdown": MarkdownShape, "json": JsonShape}
"""What an export can look like, by the name that people choose it by; each call gives one for one export."""
