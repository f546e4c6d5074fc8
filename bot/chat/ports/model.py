"""The port for a server of language models, and the events of an answer that it streams."""

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.chat.calls import Call, Usage
from bot.chat.content import PromptMessage


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request to a model.

    `conversation_id` is the root conversation, because all its branches share its cached prefix. `reply_tokens` is the longest
    answer in tokens. `could_begin` returns since when, in the event loop's time, the server could have worked on the request, and
    None while it may wait there behind other requests of ours; without it, that is since the request was sent. `shortened`:
    `reply_tokens` is less than the profile's, because the prompt leaves no more room. `blobs` holds the bytes of the prompt's
    images by hash; an image without bytes is only named.
    """

    call: Call
    model: str
    prompt: tuple[PromptMessage, ...]
    reply_tokens: int
    conversation_id: int
    could_begin: Callable[[], float | None] | None = None
    shortened: bool = False
    blobs: Mapping[bytes, bytes] = field(default_factory=dict[bytes, bytes], repr=False)


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of an answer's text: all text that arrived together."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """The model is thinking before it answers. Sent at the first sign of thoughts, and never after text."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """All text so far was the model's thoughts, as their end has shown. The answer begins behind this event."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of an answer, as the provider reports it.

    `reason` is `stop`, `length` (the token limit cut the answer), `content_filter`, `refusal` (the text says why the model does
    not answer), or another word of the server's. `usage` is None when the server reports none.
    """

    reason: str
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class Spent:
    """The usage that the provider reported for an answer that ends in an error. Sent before the error is raised."""

    usage: Usage


ModelEvent = Delta | Thinking | Withdrawn | Finish | Spent


class Model(Protocol):
    """Sends requests to one server of language models."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Send one request. Yield the answer as it is written, then exactly one Finish. The model's thoughts are not yielded.

        Raises ModelError. An error after text means that the answer broke off, and the request must not be repeated. Instead of
        a Finish, an answer without text raises ModelSpentThinking, ModelCalledTool or ModelOnlyThought where one of them is the
        cause. The caller closes the iterator (`aclosing`), which ends the request.
        """
        ...

    async def sees(self, model: str) -> bool:
        """Return whether images may be sent to a model: as the operator has set it, else until the model refused one.

        Raises StoreError.
        """
        ...

    async def reachable(self) -> bool:
        """Return whether the server takes connections and does not say that it is away. Asks for no answer of a model."""
        ...
