"""A server of language models."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from bot.chat.calls import Call, Usage
from bot.chat.content import PromptMessage


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request to a model.

    `conversation_id` is that of the root conversation, whose cached prefix all its branches share. `reply_tokens` bounds the
    answer.
    """

    call: Call
    model: str
    prompt: tuple[PromptMessage, ...]
    reply_tokens: int
    conversation_id: int


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of an answer's text: what came together."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """The model thinks before it answers. Sent at the first sign of it, and not once text has come."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of an answer, as the provider reports it.

    `reason` is `stop`, `length` (the token limit cut it), `content_filter`, `refusal` (the text says why the model will not), or
    another word of the server's.
    """

    reason: str
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class Spent:
    """The usage that the provider reported of an answer that an error ends. Sent before the error."""

    usage: Usage


ModelEvent = Delta | Thinking | Finish | Spent


class Model(Protocol):
    """A server of language models."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Ask once. Yields the answer as it is written, then exactly one Finish. What the model thinks is no part of it.

        Raises ModelError, also behind text: then the answer broke off and must not be asked for again. ModelSpentThinking
        comes instead of a Finish where the token limit left no room for text. The caller closes the iterator (`aclosing`);
        that ends the request.
        """
        ...
