"""Parameters: a chat completion's body, checked field by field as OpenAI checks it.

Names, types and bounds are those of OpenAI's OpenAPI document (`CreateChatCompletionRequest`); what it leaves out (the
longest text, the most messages) is what people report of the API.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bot.sandbox.model.errors import (
    ModelError,
    empty_array,
    invalid_choice,
    invalid_type,
    missing_parameter,
    out_of_range,
    too_long,
    unknown_parameter,
    unsupported_parameter,
    unsupported_value,
)
from bot.sandbox.wire import Json, as_list, as_object


@dataclass(frozen=True, slots=True)
class _Rule:
    types: tuple[type, ...]
    expected: str
    low: float | None = None
    high: float | None = None
    longest: int | None = None
    allowed: tuple[str, ...] = ()


def _number(low: float, high: float) -> _Rule:
    return _Rule((int, float), "a decimal", low, high)


_TEXT = _Rule((str,), "a string")
_FLAG = _Rule((bool,), "a boolean")
_OBJECT = _Rule((dict,), "an object")
_ARRAY = _Rule((list,), "an array")
_TOKENS = _Rule((int,), "an integer", low=1)


def _one_of(*allowed: str) -> _Rule:
    return _Rule((str,), "a string", allowed=allowed)


_RULES: dict[str, _Rule] = {
    "audio": _OBJECT,
    "frequency_penalty": _number(-2, 2),
    "function_call": _Rule((str, dict), "one of a string or object"),
    "functions": _ARRAY,
    "logit_bias": _OBJECT,
    "logprobs": _FLAG,
    "max_completion_tokens": _TOKENS,
    "max_tokens": _TOKENS,
    "messages": _Rule((list,), "an array of objects", longest=2048),
    "metadata": _OBJECT,
    "modalities": _ARRAY,
    "model": _TEXT,
    "moderation": _OBJECT,
    "n": _Rule((int,), "an integer", 1, 128),
    "parallel_tool_calls": _FLAG,
    "prediction": _OBJECT,
    "presence_penalty": _number(-2, 2),
    "prompt_cache_key": _TEXT,
    "prompt_cache_options": _OBJECT,
    "prompt_cache_retention": _one_of("in_memory", "24h"),
    "reasoning_effort": _one_of("none", "minimal", "low", "medium", "high", "xhigh", "max"),
    "response_format": _OBJECT,
    "safety_identifier": _Rule((str,), "a string", longest=64),
    "seed": _Rule((int,), "an integer"),
    "service_tier": _one_of("auto", "default", "flex", "scale", "priority", "fast"),
    "stop": _Rule((str, list), "one of a string or array of strings"),
    "store": _FLAG,
    "stream": _FLAG,
    "stream_options": _OBJECT,
    "temperature": _number(0, 2),
    "tool_choice": _Rule((str, dict), "one of a string or object"),
    "tools": _Rule((list,), "an array of objects", longest=128),
    "top_logprobs": _Rule((int,), "an integer", 0, 20),
    "top_p": _number(0, 1),
    "user": _TEXT,
    "verbosity": _one_of("low", "medium", "high"),
    "web_search_options": _OBJECT,
}
PARAMETERS = frozenset(_RULES)
OLD_PARAMETERS = frozenset(
    {
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "max_tokens",
        "messages",
        "model",
        "n",
        "presence_penalty",
        "response_format",
        "seed",
        "stop",
        "stream",
        "temperature",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
    }
)
"""The parameters that OpenAI's own API knew before 2024, and that many servers know to this day."""

STREAM_OPTIONS = frozenset({"include_usage", "include_obfuscation"})
MOST_STOPS = 4


def check(body: Json, names: AbstractSet[str] = PARAMETERS) -> None:
    """Check the fields of these names, except the messages one by one. Raises ModelError 400 for the first fault."""
    for name in ("model", "messages"):
        if name not in body:
            raise missing_parameter(name)
    for name, value in body.items():
        if value is not None and name in names:
            _check_value(name, value, _RULES[name])
    if body["messages"] is None or body["model"] is None:
        name = "messages" if body["messages"] is None else "model"
        raise invalid_type(name, _RULES[name].expected, None)
    if not body["messages"]:
        raise empty_array("messages")
    _check_stops(body.get("stop"))
    if "stream_options" in names:
        _check_stream_options(body)


def _check_value(name: str, value: object, rule: _Rule) -> None:
    """Check one field against its rule. Raises ModelError 400."""
    if not isinstance(value, rule.types) or (isinstance(value, bool) and bool not in rule.types):
        raise invalid_type(name, rule.expected, value)
    if isinstance(value, int | float):
        _check_range(name, value, rule)
    sized = value if isinstance(value, str) else as_list(value)
    if rule.longest is not None and sized is not None and len(sized) > rule.longest:
        raise too_long(name, "string" if isinstance(value, str) else "array", rule.longest, len(sized))
    if rule.allowed and value not in rule.allowed:
        raise invalid_choice(name, value, rule.allowed)


def _check_range(name: str, value: float, rule: _Rule) -> None:
    if rule.low is not None and value < rule.low:
        raise out_of_range(name, value, low=rule.low)
    if rule.high is not None and value > rule.high:
        raise out_of_range(name, value, high=rule.high)


def _check_stops(stop: object) -> None:
    stops = as_list(stop)
    if stops is None:
        return
    if not stops:
        raise empty_array("stop")
    if len(stops) > MOST_STOPS:
        raise too_long("stop", "array", MOST_STOPS, len(stops))
    for index, one in enumerate(stops):
        if not isinstance(one, str):
            raise invalid_type(f"stop[{index}]", "a string", one)


def _check_stream_options(body: Json) -> None:
    options = as_object(body.get("stream_options"))
    if options is None:
        return
    if body.get("stream") is not True:
        text = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ModelError(400, text, param="stream_options")
    for name, value in options.items():
        if name not in STREAM_OPTIONS:
            raise unknown_parameter(f"stream_options.{name}")
        if not isinstance(value, bool):
            raise invalid_type(f"stream_options.{name}", "a boolean", value)


def is_reasoning(model: str) -> bool:
    """Tell whether a model is one of those that reason, which take fewer parameters."""
    return model.startswith(("gpt-5", "gpt-6", "o1", "o3", "o4"))


def check_for_model(body: Json) -> None:
    """Check what depends on the model: those that reason have no `max_tokens`, no `stop`, and sample as they like.

    Newer ones take a temperature while their reasoning is off; that is not modelled: a bot that passes here passes there.
    """
    limits = [name for name in ("max_tokens", "max_completion_tokens") if body.get(name) is not None]
    if not is_reasoning(body["model"]):
        if len(limits) == 2:
            text = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
            raise ModelError(400, text, code="invalid_parameter_combination")
        return
    if "max_tokens" in limits:
        raise unsupported_parameter("max_tokens", "max_completion_tokens")
    if body.get("stop") is not None:
        raise unsupported_parameter("stop")
    for name, only in (("temperature", 1), ("top_p", 1), ("presence_penalty", 0), ("frequency_penalty", 0)):
        if body.get(name) not in {None, only}:
            raise unsupported_value(name, body[name]) if name == "temperature" else unsupported_parameter(name)
