"""The contents of a turn, and their conversion to the messages of a prompt.

A turn of plain text is one `Text`. An answer that called tools is a list of steps. Each step holds the model's text and tool
calls, then the results that were sent to the model.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from operator import itemgetter


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text."""

    text: str


class MediaKind(StrEnum):
    """The kind of a file that people sent."""

    IMAGE = "image"
    FILE = "file"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Media:
    """A file that people sent, as the model gets it.

    An image is a blob in the store: `hash` is its SHA-256, `media_type`, `size` in bytes, `width` and `height` in pixels are the
    blob's. A file and an audio have no blob: `text` is the text that was read or heard, with the file's name around it, as it is
    sent. `tokens` counts what it costs in a prompt. `name` is the file's name, cleaned. `file_id` is Discord's id of the file, 0
    where it is not known; the same content sent twice is equal.
    """

    kind: MediaKind
    name: str
    tokens: int
    text: str = ""
    hash: bytes = b""
    media_type: str = ""
    size: int = 0
    width: int = 0
    height: int = 0
    file_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Blob:
    """The bytes of a media, addressed by their SHA-256."""

    hash: bytes
    media_type: str
    data: bytes
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call that the model asked for. `ref` is the provider's id of the tool call, `arguments` is JSON."""

    ref: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of the tool call with the same `ref`."""

    ref: str
    text: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """An item in a provider's own format. `item` is JSON that must be sent back to that provider unchanged."""

    provider: str
    item: str


Content = Text | Media | ToolCall | ToolResult | Opaque


@dataclass(frozen=True, slots=True)
class StoredContent:
    """A content beside the plain text of a turn, with its address in the turn.

    `sibling` is 0 for the question, else the attempt. `step` is the step of the answer, and `number` the order within the step.
    `author_id` and `message_id` name the author and the Discord message when the words are not the asker's.
    """

    sibling: int
    step: int
    number: int
    content: Content
    author_id: int | None = None
    message_id: int | None = None


class Role(StrEnum):
    """The role of a message in a prompt, as in OpenAI's Chat Completions API."""

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
        """All text of the message, joined without separators."""
        return "".join(content.text for content in self.contents if isinstance(content, Text))


def plain(role: Role, text: str) -> PromptMessage:
    """Return a message with one text."""
    return PromptMessage(role, (Text(text),))


def in_messages(steps: Iterable[tuple[int, Content]]) -> tuple[PromptMessage, ...]:
    """Convert an answer's contents to messages. `steps` pairs each content with its step, in order.

    A step becomes one assistant message, followed by one tool message for each result.
    """
    messages: list[PromptMessage] = []
    for _, step in groupby(steps, key=itemgetter(0)):
        contents = [content for _, content in step]
        from_model = tuple(content for content in contents if not isinstance(content, ToolResult))
        messages += [PromptMessage(Role.ASSISTANT, from_model)] if from_model else []
        messages += [PromptMessage(Role.TOOL, (content,)) for content in contents if isinstance(content, ToolResult)]
    return tuple(messages)
