"""Requests: one chat completion as it came, and what became of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import takewhile

from bot.sandbox.clock import monotonic
from bot.sandbox.model.tokens import message_text
from bot.sandbox.wire import Json, as_list, as_object


class Outcome(StrEnum):
    """The way in which a request ended."""

    ANSWERING = "answering"
    ANSWERED = "answered"
    REFUSED = "refused"
    BROKEN = "broken"
    ABANDONED = "abandoned"


@dataclass(eq=False)
class ModelRequest:
    """One chat completion. Times are monotonic; `text` and `completion_tokens` are what the client was sent so far.

    `cache_write_tokens` is None for a model that does not report them.

    It is kept before it is checked, so everything that is read from the body expects anything.
    """

    body: Json
    headers: Mapping[str, str]
    at: float = field(default_factory=monotonic)
    status: int = 0
    outcome: Outcome = Outcome.ANSWERING
    prompt_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int | None = None
    completion_tokens: int = 0
    reply: str = ""
    reply_tokens: int = 0
    text: str = ""
    first_chunk_at: float | None = None
    ended_at: float | None = None

    @property
    def messages(self) -> list[Json]:
        """The messages as they came."""
        return [message for one in as_list(self.body.get("messages")) or [] if (message := as_object(one)) is not None]

    @property
    def model(self) -> str:
        """The model asked for."""
        name = self.body.get("model")
        return name if isinstance(name, str) else ""

    @property
    def streams(self) -> bool:
        """Whether a stream was asked for."""
        return self.body.get("stream") is True

    @property
    def includes_usage(self) -> bool:
        """Whether the stream ends with the usage."""
        return self._stream_options.get("include_usage") is True

    @property
    def obfuscated(self) -> bool:
        """Whether the chunks are padded, which they are unless the client declines."""
        return self._stream_options.get("include_obfuscation") is not False

    @property
    def _stream_options(self) -> Json:
        return as_object(self.body.get("stream_options")) or {}

    @property
    def token_limit(self) -> int | None:
        """The most tokens the answer may have."""
        limits = (self.body.get("max_completion_tokens"), self.body.get("max_tokens"))
        return next((limit for limit in limits if type(limit) is int and limit > 0), None)

    @property
    def choices(self) -> int:
        """How many answers were asked for."""
        return self.body.get("n") or 1

    @property
    def stops(self) -> list[str]:
        """The texts at which the answer ends."""
        stop = self.body.get("stop")
        return [stop] if isinstance(stop, str) else [str(one) for one in as_list(stop) or []]

    @property
    def question(self) -> str:
        """The text of the last message of the user."""
        return next((message_text(message) for message in self._newest_first if message.get("role") == "user"), "")

    @property
    def so_far(self) -> list[Json]:
        """The messages behind the last one of the user: what there is of an answer that takes several requests."""
        return list(takewhile(lambda message: message.get("role") != "user", self._newest_first))[::-1]

    @property
    def _newest_first(self) -> Iterator[Json]:
        """The messages from the last on, made one at a time: whoever waits for an answer looks at them at every change."""
        messages = as_list(self.body.get("messages")) or []
        return (message for one in reversed(messages) if (message := as_object(one)) is not None)

    @property
    def usage(self) -> Json:
        """The usage once the whole reply is out, as OpenAI writes it."""
        written = {} if self.cache_write_tokens is None else {"cache_write_tokens": self.cache_write_tokens}
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.reply_tokens,
            "total_tokens": self.prompt_tokens + self.reply_tokens,
            "prompt_tokens_details": {"cached_tokens": self.cached_tokens, "audio_tokens": 0} | written,
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }

    def ended(self, outcome: Outcome) -> None:
        """Note how it ended, once."""
        if self.ended_at is None:
            self.outcome = outcome
            self.ended_at = monotonic()
