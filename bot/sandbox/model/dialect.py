"""The dialect: what differs between servers that speak OpenAI's protocol. The one here is OpenAI's own.

Source: OpenAI's OpenAPI document for shapes, its documentation ("Debugging requests", "Rate limits") for headers, streams
that people recorded for the order and padding of chunks.
"""

import secrets
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType

from bot.sandbox.clock import monotonic
from bot.sandbox.model import errors
from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.messages import check_messages
from bot.sandbox.model.parameters import PARAMETERS, check, check_for_model, is_reasoning
from bot.sandbox.model.requests import ModelRequest
from bot.sandbox.model.vocabularies import O200K, Vocabulary
from bot.sandbox.wire import JSON_TYPE, Json

BASE = "/v1"
"""The end of a client's base URL."""

REQUESTS_PER_MINUTE = 10_000
TOKENS_PER_MINUTE = 10_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How many tokens a model takes and gives."""

    context_tokens: int
    output_tokens: int


class Dialect:
    """OpenAI's: strict, with usage on request, padded chunks and many headers. The others override what they do otherwise."""

    official = True
    """Whether OpenAI's document is about it."""
    json_type = JSON_TYPE
    stream_headers: Mapping[str, str] = MappingProxyType(
        {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
    )
    opening = '{"role":"assistant","content":"","refusal":null}'
    """The first delta of a stream."""
    after_delta = ',"logprobs":null'
    """The fields of each choice besides its delta."""
    pads = True
    finishes = True
    """Whether a stream says why it ended."""
    says_done = True
    ends_each_choice = False
    """Whether each of several choices ends by itself, with a usage of its own."""
    choices_first = False
    """Whether the choices stand before what all chunks share."""
    vocabulary: Vocabulary = O200K

    def unavailable(self) -> ModelError | None:
        """Return why nothing is served now, if so."""
        return None

    def completes(self, method: str, path: str) -> bool:
        """Tell whether chat completions are served there. Raises ModelError for another method."""
        if path != BASE + "/chat/completions":
            return False
        if method != "POST":
            raise errors.method_not_allowed(method, path)
        return True

    def transcribes(self, method: str, path: str) -> bool:
        """Tell whether transcripts are served there. Raises ModelError for another method."""
        if path != BASE + "/audio/transcriptions":
            return False
        if method != "POST":
            raise errors.method_not_allowed(method, path)
        return True

    def unreadable(self, raw: bytes) -> ModelError:
        """Return what is said to a body that is no JSON object."""
        del raw
        return errors.unreadable_body()

    def name_of(self, asked: str, models: list[str]) -> str:
        """Return the name under which the model that was asked for answers."""
        del models
        return asked

    def resource(self, method: str, path: str, models: list[str]) -> Json:
        """Return what is served elsewhere: the models. Raises ModelError."""
        name = path.removeprefix(BASE + "/models")
        if name == path or (name and not name.startswith("/")):
            raise errors.invalid_url(method, path)
        if method != "GET":
            raise errors.method_not_allowed(method, path)
        if name and name[1:] not in models:
            raise errors.model_not_found(name[1:])
        return self.model(name[1:]) if name else self.models(models)

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Return what a request waits for before it is answered."""
        return nullcontext()

    def key_error(self, path: str, given: str | None, key: str) -> ModelError | None:
        """Return what is said to a key that is not the server's; none given is None."""
        del path
        if given is None:
            return errors.no_key()
        return None if given == key else errors.invalid_key(given)

    def check(self, body: Json) -> None:
        """Check a body. Raises ModelError for the first fault."""
        for name in body.keys() - PARAMETERS:
            raise errors.unknown_parameter(name)
        check(body)
        check_messages(body["messages"])
        check_for_model(body)

    def model_error(self, name: str, models: list[str]) -> ModelError | None:
        """Return what is said to the name of a model, if it is none of the server's."""
        return None if name in models else errors.model_not_found(name)

    def check_length(self, request: ModelRequest, limits: Limits) -> None:
        """Check that prompt and answer fit the model. Raises ModelError."""
        wanted = request.token_limit or 0
        if wanted > limits.output_tokens:
            name = "max_tokens" if request.body.get("max_tokens") else "max_completion_tokens"
            raise errors.too_many_output_tokens(name, limits.output_tokens, wanted)
        if request.prompt_tokens > limits.context_tokens:
            reasoning = is_reasoning(request.model)
            raise errors.context_exceeded(limits.context_tokens, request.prompt_tokens, reasoning=reasoning)

    def error_body(self, error: ModelError) -> object:
        """Return an error as it stands on the wire."""
        return {"error": {"message": error.message, "type": error.type, "param": error.param, "code": error.code}}

    def stream_error_body(self, error: ModelError) -> object:
        """Return an error as it stands in the middle of a stream."""
        return self.error_body(error)

    def error_headers(self, headers: dict[str, str]) -> dict[str, str]:
        """Return the headers of an error that is to have these."""
        return {**_meta(), **headers}

    def retry_headers(self, error: ModelError) -> dict[str, str]:
        """Return what an error says unasked of when to come back: OpenAI says it with 429 and 503, but not of a spent account.

        The real wait is seconds; here it is short, in the header that counts before the other (OpenAI's own SDK reads both).
        """
        if error.status not in {429, 503} or error.code == "insufficient_quota":
            return {}
        return {"retry-after": "1", "retry-after-ms": "20"}

    def headers(self, request: ModelRequest) -> dict[str, str]:
        """Return the headers of an answer."""
        return {
            **_meta(),
            "openai-organization": "org-sandbox",
            "openai-processing-ms": str(round((monotonic() - request.at) * 1000)),
            "x-ratelimit-limit-requests": str(REQUESTS_PER_MINUTE),
            "x-ratelimit-limit-tokens": str(TOKENS_PER_MINUTE),
            "x-ratelimit-remaining-requests": str(REQUESTS_PER_MINUTE - 1),
            "x-ratelimit-remaining-tokens": str(max(0, TOKENS_PER_MINUTE - request.prompt_tokens)),
            "x-ratelimit-reset-requests": "6ms",
            "x-ratelimit-reset-tokens": "0s",
        }

    def models(self, names: list[str]) -> Json:
        """Return the list of models."""
        return {"object": "list", "data": [self.model(name) for name in names]}

    def model(self, name: str) -> Json:
        """Return one model."""
        return {"id": name, "object": "model", "created": 1_735_689_600, "owned_by": "system"}

    def choice(self, index: int, delta: str, finish: str) -> str:
        """Write one choice of a chunk, from its delta and its finish reason, which are written already."""
        return f'{{"index":{index},"delta":{delta}{self.after_delta},"finish_reason":{finish}}}'

    def envelope(self) -> Json:
        """Return what stands in each chunk besides id, time, model and choices."""
        return {"service_tier": "default", "system_fingerprint": "fp_sandbox"}

    def chunk_tail(self, request: ModelRequest) -> str:
        """Return what stands in each chunk after the choices."""
        return ',"usage":null' if request.includes_usage else ""

    def finish_extras(self, request: ModelRequest) -> Json:
        """Return what the chunk with the finish reason has besides."""
        del request
        return {}

    def usage_chunk(self, request: ModelRequest) -> Json | None:
        """Return the chunk after the finish, if there is one, without what all chunks share."""
        return {"choices": [], "usage": self.usage(request)} if request.includes_usage else None

    def whole_choice(self, content: str | None, refusal: str | None) -> Json:
        """Return the choice of an answer that is not streamed, without index and finish reason."""
        message: Json = {"role": "assistant", "content": content, "refusal": refusal, "annotations": []}
        return {"message": message, "logprobs": None}

    def whole_extras(self, request: ModelRequest) -> Json:
        """Return what an answer that is not streamed has besides its choices."""
        return {"usage": self.usage(request)}

    def usage(self, request: ModelRequest) -> Json:
        """Return what an answer cost."""
        return request.usage


def _meta() -> dict[str, str]:
    return {"x-request-id": f"req_{secrets.token_hex(16)}", "openai-version": "2020-10-01"}
