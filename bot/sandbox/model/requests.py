"""Requests: a chat completion's body, checked as OpenAI checks it, and what became of it.

The list of parameters is the one of OpenAI's OpenAPI document (`CreateChatCompletionRequest`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.sandbox.clock import monotonic
from bot.sandbox.model.errors import ModelError, invalid_type, unknown_parameter
from bot.sandbox.model.tokens import message_text
from bot.sandbox.wire import Json, as_list, as_object

PARAMETERS = frozenset(
    {
        "audio",
        "frequency_penalty",
        "function_call",
        "functions",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "metadata",
        "modalities",
        "model",
        "moderation",
        "n",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning_effort",
        "response_format",
        "safety_identifier",
        "seed",
        "service_tier",
        "stop",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
        "verbosity",
        "web_search_options",
    }
)
ROLES = ("system", "assistant", "user", "function", "tool", "developer")

_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "model": ((str,), "a string"),
    "stream": ((bool,), "a boolean"),
    "stream_options": ((dict,), "an object"),
    "temperature": ((int, float), "a decimal"),
    "top_p": ((int, float), "a decimal"),
    "max_completion_tokens": ((int,), "an integer"),
    "max_tokens": ((int,), "an integer"),
    "prompt_cache_key": ((str,), "a string"),
    "safety_identifier": ((str,), "a string"),
    "user": ((str,), "a string"),
}
PARTS = ("text", "image_url", "input_audio", "file", "refusal")


class Outcome(StrEnum):
    """What became of a request."""

    ANSWERING = "answering"
    ANSWERED = "answered"
    REFUSED = "refused"
    BROKEN = "broken"
    ABANDONED = "abandoned"


@dataclass(eq=False)
class ModelRequest:
    """One chat completion. Times are monotonic; `text` is what the client was sent so far."""

    body: Json
    headers: Mapping[str, str]
    at: float = field(default_factory=monotonic)
    status: int = 0
    outcome: Outcome = Outcome.ANSWERING
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    reply: str = ""
    text: str = ""
    first_chunk_at: float | None = None
    ended_at: float | None = None

    @property
    def messages(self) -> list[Json]:
        """The messages as they came."""
        return self.body.get("messages", [])

    @property
    def model(self) -> str:
        """The model asked for."""
        return self.body.get("model", "")

    @property
    def streams(self) -> bool:
        """Whether a stream was asked for."""
        return self.body.get("stream") is True

    @property
    def includes_usage(self) -> bool:
        """Whether the stream ends with the usage."""
        options: Json = self.body.get("stream_options") or {}
        return bool(options.get("include_usage"))

    @property
    def token_limit(self) -> int | None:
        """The most tokens the answer may have."""
        return self.body.get("max_completion_tokens") or self.body.get("max_tokens")

    @property
    def question(self) -> str:
        """The text of the last message of the user."""
        for message in reversed(self.messages):
            if message.get("role") == "user":
                return message_text(message)
        return ""

    @property
    def usage(self) -> Json:
        """The usage as it stands on the wire."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": self.cached_tokens, "audio_tokens": 0},
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


def check(request: Json) -> None:
    """Check a body. Raises ModelError 400 for the first fault."""
    for name in request:
        if name not in PARAMETERS:
            raise unknown_parameter(name)
    for name in ("model", "messages"):
        if name not in request:
            raise ModelError(
                400, f"Missing required parameter: '{name}'.", code="missing_required_parameter", param=name
            )
    _check_types(request)
    _check_messages(request)
    _check_combinations(request)


def _check_combinations(request: Json) -> None:
    if request.get("stream_options") is not None and request.get("stream") is not True:
        text = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ModelError(400, text, param="stream_options")
    if request.get("max_tokens") is not None and request.get("max_completion_tokens") is not None:
        text = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        raise ModelError(400, text, code="invalid_parameter_combination")
    if request.get("n") not in {None, 1}:
        raise ModelError(
            400, "Unsupported value: 'n'. This server gives one choice.", code="unsupported_value", param="n"
        )


def _check_types(request: Json) -> None:
    for name, (types, expected) in _TYPES.items():
        value: object = request.get(name)
        wrong = not isinstance(value, types) or (isinstance(value, bool) and bool not in types)
        if value is not None and wrong:
            raise invalid_type(name, expected, value)


def _check_messages(request: Json) -> None:
    messages = as_list(request["messages"])
    if messages is None:
        raise invalid_type("messages", "an array of objects", request["messages"])
    if not messages:
        text = (
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."
        )
        raise ModelError(400, text, code="empty_array", param="messages")
    for index, one in enumerate(messages):
        path = f"messages[{index}]"
        if (message := as_object(one)) is None:
            raise invalid_type(path, "an object", one)
        _check_message(path, message)


def _check_message(path: str, message: Json) -> None:
    role: object = message.get("role")
    if role not in ROLES:
        raise _invalid_value(f"{path}.role", role, ROLES)
    content: object = message.get("content")
    if content is None and (message.get("tool_calls") or message.get("function_call")):
        return
    parts = as_list(content)
    if parts:
        _check_parts(path, parts)
    elif not isinstance(content, str):
        raise invalid_type(f"{path}.content", "one of a string or array of objects", content)


def _check_parts(path: str, parts: list[object]) -> None:
    for index, one in enumerate(parts):
        here = f"{path}.content[{index}]"
        if (part := as_object(one)) is None:
            raise invalid_type(here, "an object", one)
        if part.get("type") not in PARTS:
            raise _invalid_value(f"{here}.type", part.get("type"), PARTS)


def _invalid_value(param: str, value: object, allowed: tuple[str, ...]) -> ModelError:
    supported = ", ".join(f"'{one}'" for one in allowed)
    text = f"Invalid value: '{value}'. Supported values are: {supported}."
    return ModelError(400, text, code="invalid_value", param=param)
