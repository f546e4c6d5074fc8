"""What servers that speak OpenAI's protocol accept, and how they report that something went wrong.

Errors are told apart by status and body. The body is the provider's: it goes to the log in short and never to Discord.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from bot.chat.ports import Request
from bot.config import Settings
from bot.errors import (
    ModelBusy,
    ModelContextExceeded,
    ModelError,
    ModelKeyRejected,
    ModelQuotaSpent,
    ModelRejected,
    ModelUnreachable,
)

RATE_CODES: Final = frozenset({"rate_limit_exceeded", "rate_limit_error"})
CONTEXT_CODES: Final = frozenset({"context_length_exceeded", "exceed_context_size_error"})
CONTEXT_PHRASES: Final = (
    "maximum context length is",
    "maximum context limit",
    "longer than the model's context length",
    "exceeds the available context size",
    "context size has been exceeded",
    "exceed context limit",
    "contextwindowexceeded",
    "context window exceeded",
    "prompt is too long",
    "input is too long",
    "too many input tokens",
    "too many tokens",
    "input tokens exceed the configured limit",
    "exceeds the maximum number of tokens allowed",
    "maximum input length is",
    "length limit exceeded",
    "string too long. expected a string with maximum length",
)
"""How servers say, in words, that a request is too long; collected from OpenAI, llama.cpp, vLLM, LiteLLM and others."""


def parameters(settings: Settings, request: Request) -> dict[str, Any]:
    """The body of a streamed chat completion for the configured server.

    OpenAI's own server gets `max_completion_tokens`, a cache key and a keyed hash of the asker's id; the others know only
    `max_tokens`.
    """
    model = settings.model
    body: dict[str, Any] = {"model": model.name, "stream_options": {"include_usage": True}}
    if model.dialect == "openai" or (model.dialect == "auto" and settings.is_openai):
        key = hashlib.sha256(model.api_key.get_secret_value().encode()).digest()
        author = hashlib.blake2b(str(request.author_id).encode(), key=key, digest_size=16)
        body |= {
            "max_completion_tokens": model.max_reply_tokens,
            "prompt_cache_key": f"parley-{request.conversation_id}",
            "safety_identifier": author.hexdigest(),
            "stream_options": {"include_usage": True, "include_obfuscation": False},
        }
    else:
        body["max_tokens"] = model.max_reply_tokens
    messages = [{"role": message.role, "content": message.content} for message in request.messages]
    return body | model.extra | {"messages": messages, "stream": True}


@dataclass(frozen=True, slots=True)
class Report:
    """What a server says of an error. `status` is None in the middle of a stream; `retry_after` is in seconds."""

    status: int | None
    body: object
    retry_after: float | None = None
    request_id: str | None = None


def error_from(report: Report) -> ModelError:
    """The error of ours that a server's report stands for. A limited rate is recognised before a context that is too long."""
    detail = _detail(report.body)
    code, kind = str(detail.get("code") or ""), str(detail.get("type") or "")
    what = f"status {report.status}, code {code or '-'}, type {kind or '-'}, request {report.request_id or '-'}"
    status = report.status or _status_in(code)
    if "insufficient_quota" in {code, kind}:
        return ModelQuotaSpent(f"the account behind the API key has no credit left ({what}): top it up")
    if status in {408, 409, 425, 429} or not RATE_CODES.isdisjoint({code, kind}):
        return ModelBusy(f"the model's server limits our rate ({what})", report.retry_after)
    if not CONTEXT_CODES.isdisjoint({code, kind}) or _speaks_of_context(report.body):
        return ModelContextExceeded(f"the request is too long for the model ({what}): lower history.max_tokens")
    if status is None or status >= 500:
        return ModelUnreachable(f"the model's server has a fault of its own ({what})")
    return _refusal(status, what)


def _refusal(status: int, what: str) -> ModelError:
    if status in {401, 403}:
        return ModelKeyRejected(
            f"the model's server refuses the API key ({what}): check OPENAI_API_KEY and OPENAI_BASE_URL"
        )
    if status == 404:
        return ModelRejected(
            f"the model's server knows no such model or address ({what}): check model.name and OPENAI_BASE_URL"
        )
    return ModelRejected(
        f"the model's server refuses the request ({what}): check the [model] section of the configuration"
    )


def _detail(body: object) -> Mapping[str, Any]:
    """The object that describes the error: `{"error": {…}}`, the object itself, or nothing where the body is something else.

    Google's servers put it into a list.
    """
    if isinstance(body, list) and body:
        body = cast("list[object]", body)[0]
    if not isinstance(body, dict):
        return {}
    table = cast("dict[str, Any]", body)
    inner = table.get("error")
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else table


def _status_in(code: str) -> int | None:
    """A status that stands in the place of the code, as LiteLLM and mid-stream errors have it."""
    return int(code) if code.isdecimal() and len(code) == 3 else None


def _speaks_of_context(body: object) -> bool:
    detail = _detail(body)
    said = (
        detail.get("message") or detail.get("detail") or detail.get("error") or (body if isinstance(body, str) else "")
    )
    return any(phrase in str(said).lower() for phrase in CONTEXT_PHRASES)
