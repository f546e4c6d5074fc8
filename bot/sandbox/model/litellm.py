"""LiteLLM's proxy, as of version 1.108.7: what a bot trips over.

Sources: its issues 7259, 8450, 20837 and 21553, and what the proxy of that version was seen to send.
"""

import secrets

from bot.sandbox.model.dialect import BASE, Dialect
from bot.sandbox.model.dialects import Compatible
from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.requests import ModelRequest
from bot.sandbox.wire import Json

_NAMES = {
    400: "BadRequestError",
    401: "AuthenticationError: AuthenticationError",
    403: "APIError: APIError",
    404: "NotFoundError: NotFoundError",
    408: "Timeout: Timeout Error",
    422: "BadRequestError",
    429: "RateLimitError: RateLimitError",
    500: "InternalServerError: InternalServerError",
    503: "ServiceUnavailableError: ServiceUnavailableError",
}
"""How LiteLLM calls errors of a status."""
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    429: "throttling_error",
    500: "internal_server_error",
    503: "internal_server_error",
}
"""The type of an error of a status, which is never the provider's. Of the others it is `invalid_request_error`."""
_TIMED_OUT = "\n\nDeployment Info: request_timeout: None\ntimeout: None"
_TOO_LONG = (
    "\nmodel=sandbox. context_window_fallbacks=None. fallbacks=None.\n\n"
    "Set 'context_window_fallback' - https://docs.litellm.ai/docs/routing#fallbacks"
)
_NO_FALLBACK = "\n\nLiteLLM: model group 'sandbox' failed with the error above. No fallback was attempted."


class LiteLLM(Compatible):
    """LiteLLM's proxy: errors wrapped into its own words with a string as code, the usage in a chunk with a choice.

    `has_database` is false for a proxy that knows one master key: it takes a wrong key for one that it cannot look up. One that
    `routes` by a wildcard finds out late that it has no such model, and words that otherwise.
    """

    opening = '{"role":"assistant"}'

    def __init__(self, *, has_database: bool = False, routes: bool = False) -> None:
        self.has_database = has_database
        self.routes = routes

    def unreadable(self, raw: bytes) -> ModelError:
        """400 in the words of its library for JSON."""
        del raw
        text = "Invalid JSON payload: unexpected end of data: line 1 column 1 (char 0)"
        return ModelError(400, text, body=_body(text, "invalid_request_error", "400", "request_body"))

    def completes(self, method: str, path: str) -> bool:
        """Serve them without the version too. Raises ModelError for another method."""
        if path not in {"/chat/completions", BASE + "/chat/completions"}:
            return False
        if method != "POST":
            raise _detail(405, "Method Not Allowed")
        return True

    def resource(self, method: str, path: str, models: list[str]) -> Json:
        """Return the models, or one, or its health. Everything else is not found, in the words of its framework."""
        if (method, path) == ("GET", "/health"):
            endpoints = [{"model": f"openai/{name}"} for name in models]
            return {
                "healthy_endpoints": endpoints,
                "unhealthy_endpoints": [],
                "healthy_count": len(models),
                "unhealthy_count": 0,
            }
        name = path.removeprefix(BASE).removeprefix("/models")
        if path.removeprefix(BASE) != f"/models{name}" or (name and name[1:] not in models):
            raise _detail(404, "Not Found")
        if method != "GET":
            raise _detail(405, "Method Not Allowed")
        return self.model(name[1:]) if name else self.models(models)

    def key_error(self, path: str, given: str | None, key: str) -> ModelError | None:
        """500 without a key; for a wrong one 400 without a database, and 401 with one."""
        del path
        if given is None:
            return ModelError(500, "Internal Server Error", body=b"Internal Server Error")
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
            f"litellm.BadRequestError: You passed in model={name}. There are no healthy deployments for this model"
            if self.routes
            else f"/chat/completions: Invalid model name passed in model={name}. "
            "Call `/v1/models` to view available models for your key."
        )
        body = _body(text, "invalid_request_error", "400", None)
        return ModelError(400, text, body={"error": {**body["error"], "provider_specific_fields": {"error": text}}})

    def error_body(self, error: ModelError) -> object:
        """Wrap the provider's words; its type and code are lost."""
        name, behind = _NAMES.get(error.status, "APIError: APIError"), _TIMED_OUT if error.status == 408 else ""
        if error.code == "context_length_exceeded":
            name = "ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError"
            behind = _TOO_LONG
        text = f"litellm.{name}: OpenAIException - {error.message}{behind}{_NO_FALLBACK}"
        return _body(text, _TYPES.get(error.status, "invalid_request_error"), str(error.status), error.param)

    def stream_error_body(self, error: ModelError) -> object:
        """Wrap the provider's words without a type: the status has gone out already."""
        text = f"litellm.APIConnectionError: APIConnectionError: OpenAIException - {error.message}"
        return _body(text, None, "500", None)

    def error_headers(self, headers: dict[str, str]) -> dict[str, str]:
        """Pass the provider's headers on under another name, so that no client finds them."""
        return {**_own_headers(), **{f"llm_provider-{name}": value for name, value in headers.items()}}

    def retry_headers(self, error: ModelError) -> dict[str, str]:
        """Return OpenAI's, which the proxy hides as it does all of them."""
        return Dialect.retry_headers(self, error)

    def headers(self, request: ModelRequest) -> dict[str, str]:
        """Name the proxy, and repeat the provider's headers."""
        del request
        return {**_own_headers(), "llm_provider-openai-version": "2020-10-01", "Cache-Control": "no-cache"}

    def choice(self, index: int, delta: str, finish: str) -> str:
        """Write a finish reason only where there is one."""
        reason = "" if finish == "null" else f'"finish_reason":{finish},'
        return f'{{{reason}"index":{index},"delta":{delta}}}'

    def usage_chunk(self, request: ModelRequest) -> Json | None:
        """Return the usage beside an empty choice."""
        usage = self.usage(request)
        return {"choices": [{"index": 0, "delta": {}}], "usage": usage} if request.includes_usage else None

    def usage(self, request: ModelRequest) -> Json:
        """Return the provider's counts, with those of text, and what LiteLLM takes the answer to cost in dollars."""
        details = {"reasoning_tokens": 0, "text_tokens": request.reply_tokens}
        return request.usage | {"completion_tokens_details": details, "cost": 1e-6 * request.reply_tokens}


def _own_headers() -> dict[str, str]:
    """Return the more telling of some twenty headers."""
    return {
        "x-litellm-version": "1.108.7",
        "x-litellm-call-id": secrets.token_hex(16),
        "x-litellm-model-id": "sandbox",
        "x-litellm-model-group": "sandbox",
        "x-litellm-attempted-retries": "0",
        "x-litellm-attempted-fallbacks": "0",
        "x-litellm-response-cost": "1e-06",
    }


def _detail(status: int, text: str) -> ModelError:
    return ModelError(status, text, body={"detail": text})


def _proxy_error(status: int, text: str, kind: str) -> ModelError:
    return ModelError(status, text, body=_body(text, kind, str(status), None))


def _body(text: str, kind: str | None, code: str, param: str | None) -> Json:
    return {"error": {"message": text, "type": kind, "param": param, "code": code}}
