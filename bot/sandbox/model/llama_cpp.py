"""llama.cpp's server, as of build b11434: what a bot trips over.

Sources: its `tools/server` (server-common.cpp, server-task.cpp, server-http.cpp, server-context.cpp), and what the server of that
build was seen to send.
"""

import asyncio
import json
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType

from bot.sandbox.model.dialect import Limits
from bot.sandbox.model.dialects import Compatible
from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.images import image_of, urls_in
from bot.sandbox.model.requests import ModelRequest
from bot.sandbox.model.vocabularies import SMALL, Vocabulary
from bot.sandbox.wire import Json, as_list, as_object

_OPEN = ("/health", "/v1/health")
_SERVED = (*_OPEN, "/models", "/v1/models")
_KEEP_ALIVE = {"Keep-Alive": "timeout=5, max=100"}

_KINDS = {"str": "string", "list": "array", "dict": "object", "bool": "boolean"}
"""How its library calls JSON's types, by Python's name of each."""


class LlamaCpp(Compatible):
    """llama.cpp's server: one model under any name, numbers as codes, counts in the overflow, timings at the end.

    Values that it does not know, it ignores or replaces. What is served to another method, or a model by its name, is not found,
    like everything else. Not here: its own web page under `/`, `X-Api-Key`, the dozens of routes besides.

    `slots` answers are written at a time; the others wait without a status line, and one of `slots=1` is what most people run.
    While it is `loading`, there is no model. `sees_images` is false where no projector was loaded.
    """

    json_type = "application/json; charset=utf-8"
    stream_headers = MappingProxyType({"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    opening = '{"role":"assistant","content":null}'
    choices_first = True
    ends_each_choice = True

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

    def transcribes(self, method: str, path: str) -> bool:
        """Serve none."""
        del method, path
        return False

    def resource(self, method: str, path: str, models: list[str]) -> Json:
        """Return the one model, or that all is well."""
        if method != "GET" or path not in _SERVED:
            raise ModelError(404, "File Not Found")
        return {"status": "ok"} if path in _OPEN else self.models(models[:1])

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Wait for a free slot: a request that finds none is put off, not refused."""
        return self._slots

    def key_error(self, path: str, given: str | None, key: str) -> ModelError | None:
        """401 with its own type; only its health is open to all."""
        if path in _OPEN or given == key:
            return None
        return ModelError(401, "Invalid API Key", type="authentication_error")

    def unreadable(self, raw: bytes) -> ModelError:
        """400 in the words of its library for JSON."""
        try:
            json.loads(raw.decode("utf-8", "replace"))
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
        else:
            where = "line 1, column 1"
        return _of_json(f"parse_error.101] parse error at {where}: syntax error while parsing value - invalid literal")

    def check(self, body: Json) -> None:
        """Refuse what it cannot work with. The model need not be named; an unknown role or a wild temperature is taken."""
        if "messages" not in body:
            raise ModelError(400, "'messages' is required")
        messages = as_list(body["messages"])
        if messages is None:
            raise ModelError(400, "Expected 'messages' to be an array")
        for name in ("max_tokens", "temperature", "n"):
            _check_number(name, body.get(name))
        if not all(_is_encodable(message) for message in messages):
            raise _of_json("type_error.316] invalid UTF-8 byte at index 0: 0xED")
        self._check_images([url for message in messages for url in urls_in(as_object(message) or {})])

    def _check_images(self, urls: list[str]) -> None:
        if urls and not self.sees_images:
            text = "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
            raise ModelError(500, text, type="server_error")
        if any((image := image_of(url)) is None or image.size is None for url in urls):
            raise ModelError(400, "Failed to load image or audio file")

    def model_error(self, name: str, models: list[str]) -> ModelError | None:
        """Take any name: there is one model."""
        del name, models
        return None

    def name_of(self, asked: str, models: list[str]) -> str:
        """Return the server's own name of its model, whatever was asked for."""
        return models[0] if models else asked

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

    def error_headers(self, headers: dict[str, str]) -> dict[str, str]:
        """Close the connection behind an error."""
        return {"Server": "llama.cpp", "Connection": "close", **headers}

    def headers(self, request: ModelRequest) -> dict[str, str]:
        """Name the server, and how long it keeps a connection."""
        del request
        return {"Server": "llama.cpp", **_KEEP_ALIVE}

    def models(self, names: list[str]) -> Json:
        """Return the list of models twice: as Ollama has it, and as OpenAI."""
        return {"models": [_as_ollama(name) for name in names], **super().models(names)}

    def model(self, name: str) -> Json:
        """Return a model, with what the file of weights says."""
        meta = {
            "vocab_type": 2,
            "n_vocab": 32_000,
            "n_ctx": 4_096,
            "n_ctx_train": 131_072,
            "n_embd": 2_048,
            "n_params": 1_235_814_432,
            "size": 807_690_240,
        }
        architecture = {"input_modalities": ["text"], "output_modalities": ["text"]}
        own = {"aliases": [name], "owned_by": "llamacpp", "architecture": architecture, "meta": meta}
        return super().model(name) | own

    def choice(self, index: int, delta: str, finish: str) -> str:
        """Write the finish reason first, for its keys stand in their alphabetical order."""
        return f'{{"finish_reason":{finish},"index":{index},"delta":{delta}}}'

    def envelope(self) -> Json:
        """Return the build."""
        return {"system_fingerprint": "b11434-sandbox"}

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
        used, said = request.prompt_tokens, request.reply_tokens // request.choices
        counts = {"completion_tokens": said, "prompt_tokens": used, "total_tokens": used + said}
        return counts | {"prompt_tokens_details": {"cached_tokens": request.cached_tokens}}


def _of_json(text: str) -> ModelError:
    return ModelError(400, f"[json.exception.{text}")


def _check_number(name: str, value: object) -> None:
    """Check a number's type, and that a limit of tokens is -1 (none) or more. Raises ModelError."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        kind = _KINDS[type(value).__name__]
        raise _of_json(f"type_error.302] type must be number, but is {kind}")
    if name == "max_tokens" and value < -1:
        raise ModelError(400, f"{name} must be at least -1, but is {value}")


def _is_encodable(message: object) -> bool:
    try:
        json.dumps(message, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _as_ollama(name: str) -> Json:
    empty = ("parent_model", "family", "parameter_size", "quantization_level")
    return {
        "name": name,
        "model": name,
        "modified_at": "",
        "size": "",
        "digest": "",
        "type": "model",
        "description": "",
        "tags": [""],
        "capabilities": ["completion"],
        "parameters": "",
        "details": {**dict.fromkeys(empty, ""), "format": "gguf", "families": [""]},
    }


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
