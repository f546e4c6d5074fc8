"""The contents of a turn, and the messages of a prompt that they become.

A turn of plain text is one `Text`. An answer that called tools is a list of steps: the model's text and its calls, then the
results that it was sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import itemgetter


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the model asked for. `ref` is the provider's id of the call, `arguments` a JSON text."""

    ref: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of the tool call that has the same `ref`."""

    ref: str
    text: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A provider's own item, a JSON text, that must be sent back to that provider as it came."""

    provider: str
    item: str


Content = Text | ToolCall | ToolResult | Opaque


@dataclass(frozen=True, slots=True)
class StoredContent:
    """A content beyond the plain text of a turn, and where it stands: sibling 0 is the question, others its attempts.

    `author_id` and `message_id` tell whose words it is made of, where they are not the asker's.
    """

    sibling: int
    step: int
    number: int
    content: Content
    author_id: int | None = None
    message_id: int | None = None


class Role(StrEnum):
    """The author of a prompt's message, in the chat completions sense."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a prompt."""

    role: Role
    contents: tuple[Content, ...]

    @property
    def text(self) -> str:
        """All its text, without a break between pieces."""
        return "".join(content.text for content in self.contents if isinstance(content, Text))


def plain(role: Role, text: str) -> PromptMessage:
    """A message of one text."""
    return PromptMessage(role, (Text(text),))


def in_messages(steps: Iterable[tuple[int, Content]]) -> tuple[PromptMessage, ...]:
    """An answer's contents, each with its step and in order, as messages: a step's own contents, then a message a result."""
    messages: list[PromptMessage] = []
    for _, step in groupby(steps, key=itemgetter(0)):
        contents = [content for _, content in step]
        said = tuple(content for content in contents if not isinstance(content, ToolResult))
        messages += [PromptMessage(Role.ASSISTANT, said)] if said else []
        messages += [PromptMessage(Role.TOOL, (content,)) for content in contents if isinstance(content, ToolResult)]
    return tuple(messages)
