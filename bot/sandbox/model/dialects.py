"""Dialects: the servers that people run instead of OpenAI's, each with what a bot trips over.

Source: LiteLLM's proxy and its issues 7259, 8450, 20837 and 21553. llama.cpp's is `llama_cpp`.
"""

from bot.sandbox.model import errors
from bot.sandbox.model.dialect import Dialect, Limits
from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.messages import check_messages
from bot.sandbox.model.parameters import OLD_PARAMETERS, check
from bot.sandbox.model.requests import ModelRequest
from bot.sandbox.model.vocabularies import LARGE, Vocabulary
from bot.sandbox.wire import Json


class Compatible(Dialect):
    """The dialect that the other servers share: unknown parameters are ignored, chunks are bare."""

    official = False
    opening = '{"role":"assistant","content":""}'
    after_delta = ""
    pads = False
    vocabulary: Vocabulary = LARGE

    def check(self, body: Json) -> None:
        """Check the messages, and what OpenAI's API has always had."""
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
