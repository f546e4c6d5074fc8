"""Dialects: the servers that people run instead of OpenAI's, each with what a bot trips over.

Sources: llama.cpp's `tools/server` (server-common.cpp, server-task.cpp, server-http.cpp); LiteLLM's proxy and its issues
7259, 8450, 20837 and 21553.
"""

import asyncio
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType

from bot.sandbox.model import errors
from bot.sandbox.model.dialect import Dialect, Limits
from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.messages import check_messages
from bot.sandbox.model.parameters import OLD_PARAMETERS, check
from bot.sandbox.model.requests import ModelRequest
from bot.sandbox.model.vocabularies import LARGE, SMALL, Vocabulary
from bot.sandbox.wire import Json, as_list, as_object


class Compatible(Dialect):
    """The dialect that the other servers share: unknown parameters are ignored, chunks are bare."""

    official = False
    opening = '{"role":"assistant","content":""}'
    after_delta = ""
    pads = False
    vocabulary: Vocabulary = LARGE

    def check(self, body: Json) -> None:
        """Check the messages, and what OpenAI's API has always had.

        llama.cpp puts its default in the place of most values that are of a wrong type (json_value in server-common.h);
        they are refused here all the same, for no server makes use of them.
        """
        check(body, OLD_PARAMETERS)
        check_messages(body["messages"])

    def check_length(self, request: ModelRequest, limits: Limits) -> None:
        """Check the prompt alone."""
        if request.prompt_tokens > limits.context_tokens:
            raise errors.context_exceeded(limits.context_tokens, request.prompt_tokens, reasoning=False)

    def error_headers(self, headers: dict[str, str]) -> dict[str, str]:
        """Return no header of OpenAI's."""
        return headers

    def headers(self, request: ModelRequest) -> dict[str, str]:
        """Return no header of OpenAI's."""
        del request
        return {}

    def envelope(self) -> Json:
        """Return nothing of OpenAI's tiers."""
        return {}

    def chunk_tail(self, request: ModelRequest) -> str:
        """Return nothing: a usage that is still to come is not announced."""
        del request
        return ""

    def whole_choice(self, content: str | None, refusal: str | None) -> Json:
        """Return the choice without OpenAI's annotations."""
        return {"message": {"role": "assistant", "content": content if refusal is None else refusal}}


_PUBLIC = ("/health", "/v1/health", "/models", "/v1/models")


class LlamaCpp(Compatible):
    """llama.cpp's server: one model under any name, numbers as codes, counts in the overflow, timings at the end.

    What is served to another method, or a model by its name, is not found, like everything else. Not here: its own web page
    under `/`, `X-Api-Key`, the dozens of routes besides.

    `slots` answers are written at a time, the others wait; while it is `loading`, there is none. `sees_images` is false where
    no projector was loaded.
    """

    json_type = "application/json; charset=utf-8"
    stream_headers = MappingProxyType({"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    opening = '{"role":"assistant","content":null}'

    def __init__(
        self, *, slots: int = 4, loading: bool = False, sees_images: bool = False, vocabulary: Vocabulary = SMALL
    ) -> None:
        self.loading = loading
        self.sees_images = sees_images
        self.vocabulary = vocabulary
        self._slots = asyncio.Semaphore(slots)

    def unavailable(self) -> ModelError | None:
        """503 for everything until the model is loaded."""
        return ModelError(503, "Loading model", type="unavailable_error") if self.loading else None

    def completes(self, method: str, path: str) -> bool:
        """Serve them without the version too."""
        return method == "POST" and path in {"/chat/completions", "/v1/chat/completions"}

    def resource(self, method: str, path: str, models: list[str]) -> Json:
        """Return the one model, or that all is well."""
        if method != "GET" or path not in _PUBLIC:
            raise ModelError(404, "File Not Found")
        return {"status": "ok"} if path.endswith("/health") else self.models(models[:1])

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Wait for a free slot: a request that finds none is put off, not refused."""
        return self._slots

    def key_error(self, path: str, given: str | None, key: str) -> ModelError | None:
        """401 with its own type; models and health are open to all."""
        if path in _PUBLIC or given == key:
            return None
        return ModelError(401, "Invalid API Key", type="authentication_error")

    def check(self, body: Json) -> None:
        """Refuse pictures that it cannot see, as a fault of its own. The model need not be named."""
        if "messages" not in body:
            raise ModelError(400, "'messages' is required")
        if as_list(body["messages"]) is None:
            raise ModelError(400, "Expected 'messages' to be an array")
        super().check({"model": "", **body})
        if not self.sees_images and any(_has_image(message) for message in body["messages"]):
            text = "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
            raise ModelError(500, text, type="server_error")

    def model_error(self, name: str, models: list[str]) -> ModelError | None:
        """Take any name: there is one model."""
        del name, models
        return None

    def check_length(self, request: ModelRequest, limits: Limits) -> None:
        """Refuse a prompt that fills the context, with both counts."""
        used, room = request.prompt_tokens, limits.context_tokens
        if used >= room:
            text = f"request ({used} tokens) exceeds the available context size ({room} tokens), try increasing it"
            kind = "exceed_context_size_error"
            body: Json = {"code": 400, "message": text, "type": kind, "n_prompt_tokens": used, "n_ctx": room}
            raise ModelError(400, text, type=kind, body={"error": body})

    def error_body(self, error: ModelError) -> object:
        """Repeat the status as the code."""
        kind = "not_found_error" if error.status == 404 else error.type
        return {"error": {"code": error.status, "message": error.message, "type": kind}}

    def headers(self, request: ModelRequest) -> dict[str, str]:
        """Name the server."""
        del request
        return {"Server": "llama.cpp"}

    def model(self, name: str) -> Json:
        """Return a model, with what the file of weights says."""
        return super().model(name) | {"owned_by": "llamacpp", "meta": {"vocab_type": 2, "n_ctx_train": 131_072}}

    def envelope(self) -> Json:
        """Return the build."""
        return {"system_fingerprint": "b7000-sandbox"}

    def finish_extras(self, request: ModelRequest) -> Json:
        """Return the timings, where this is the last chunk."""
        return {} if request.includes_usage else _timings(request)

    def usage_chunk(self, request: ModelRequest) -> Json | None:
        """Return the usage with the timings beside it."""
        chunk = super().usage_chunk(request)
        return chunk and chunk | _timings(request)

    def whole_extras(self, request: ModelRequest) -> Json:
        """Return usage and timings."""
        return super().whole_extras(request) | _timings(request)

    def usage(self, request: ModelRequest) -> Json:
        """Return the counts without OpenAI's details, but for the cached tokens."""
        counts = {name: request.usage[name] for name in ("completion_tokens", "prompt_tokens", "total_tokens")}
        return counts | {"prompt_tokens_details": {"cached_tokens": request.cached_tokens}}


def _has_image(message: Json) -> bool:
    parts = as_list(message.get("content")) or []
    return any((as_object(part) or {}).get("type") == "image_url" for part in parts)


def _timings(request: ModelRequest) -> Json:
    new, said = request.prompt_tokens - request.cached_tokens, request.reply_tokens
    return {
        "timings": {
            "cache_n": request.cached_tokens,
            "prompt_n": new,
            "prompt_ms": 1.0 * new,
            "prompt_per_token_ms": 1.0,
            "prompt_per_second": 1000.0,
            "predicted_n": said,
            "predicted_ms": 1.0 * said,
            "predicted_per_token_ms": 1.0,
            "predicted_per_second": 1000.0,
        }
    }


_NAMES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    404: "NotFoundError",
    408: "Timeout",
    429: "RateLimitError",
    503: "ServiceUnavailableError",
}
"""How LiteLLM calls errors of a status."""


class LiteLLM(Compatible):
    """LiteLLM's proxy: errors wrapped into its own words with a string as code, the usage in a chunk with a choice.

    `has_database` is false for a proxy that knows one master key: it takes a wrong key for one that it cannot look up. The
    usage is the provider's; whether it writes its own further details (text and image tokens) as null is nowhere said.
    """

    def __init__(self, *, has_database: bool = False) -> None:
        self.has_database = has_database

    def key_error(self, path: str, given: str | None, key: str) -> ModelError | None:
        """400 for a wrong key without a database, 401 with one."""
        del path
        if given is None:
            return _proxy_error(401, "Authentication Error, No api key passed in.", "auth_error")
        if given == key:
            return None
        if not self.has_database:
            return _proxy_error(400, "No connected db.", "no_db_connection")
        text = "Authentication Error, Invalid proxy server token passed. Unable to find token in cache."
        return _proxy_error(401, text, "token_not_found_in_db")

    def model_error(self, name: str, models: list[str]) -> ModelError | None:
        """400 for a name that is not in its list."""
        if name in models:
            return None
        text = (
            f"/chat/completions: Invalid model name passed in model={name}. "
            "Call `/v1/models` to view available models for your key."
        )
        return _proxy_error(400, str({"error": text}), "None")

    def error_body(self, error: ModelError) -> object:
        """Wrap the provider's words."""
        name = _NAMES.get(error.status, "InternalServerError")
        said = f"litellm.{name}: "
        if error.code == "context_length_exceeded":
            said += "litellm.ContextWindowExceededError: "
        said += "APITimeoutError - " if error.status == 408 else f"{name}: OpenAIException - "
        text = f"{said}{error.message}. Received Model Group=sandbox\nAvailable Model Group Fallbacks=None"
        kind = error.type if error.status < 500 and error.status != 408 else None
        return {"error": {"message": text, "type": kind, "param": error.param, "code": str(error.status)}}

    def error_headers(self, headers: dict[str, str]) -> dict[str, str]:
        """Pass the provider's headers on under another name, so that no client finds them."""
        return {f"llm_provider-{name}": value for name, value in headers.items()}

    def headers(self, request: ModelRequest) -> dict[str, str]:
        """Name the proxy."""
        del request
        return {"x-litellm-version": "1.99.0"}

    def usage_chunk(self, request: ModelRequest) -> Json | None:
        """Return the usage beside an empty choice."""
        return (
            {"choices": [{"index": 0, "delta": {}}], "usage": self.usage(request)} if request.includes_usage else None
        )


def _proxy_error(status: int, text: str, kind: str) -> ModelError:
    body = {"error": {"message": text, "type": kind, "param": "None", "code": str(status)}}
    return ModelError(status, text, body=body)


class NoUsage(Compatible):
    """A server that never says what an answer cost, as llama-cpp-python."""

    def usage_chunk(self, request: ModelRequest) -> Json | None:
        """Return nothing, asked or not."""
        del request
        return None

    def whole_extras(self, request: ModelRequest) -> Json:
        """Return nothing."""
        del request
        return {}


class Unfinished(NoUsage):
    """A server whose streams just end: no finish reason, as vllm-mlx, and where `says_done` is false no `[DONE]` either."""

    finishes = False

    def __init__(self, *, says_done: bool = True) -> None:
        self.says_done = says_done
