"""The chat completions endpoint: its path and its request body. `Adaptations` change it for servers that refuse it.

The body names each image by its hash. `encoded` puts the bytes in, when the body has been adapted and is about to be sent.
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from bot.chat.content import Media, MediaKind, PromptMessage, Role, Text, ToolCall, ToolResult
from bot.chat.media import BETWEEN, SHED, named
from bot.chat.ports.model import ModelRequest
from bot.llm.server import Server

_ROLES: Final = {role: role.value for role in Role}
"""Plain strings, because the JSON encoder takes longer for members of an enumeration."""
PATH: Final = "/chat/completions"
_IMAGE: Final = "image_url"
_BLOB: Final = "blob:"
"""Stands in the URL of an image before its media type and its hash, until the bytes are put in."""


def body(server: Server, request: ModelRequest) -> dict[str, Any]:
    """Build the body of a streamed chat completion.

    OpenAI's own server gets `max_completion_tokens`, a cache key and a keyed hash of the asker's id. Other servers get
    `max_tokens`, the only token limit that all of them know.
    """
    options: dict[str, Any] = {"include_usage": True}
    parameters: dict[str, Any] = {"model": request.model, "stream_options": options}
    if server.speaks_openai:
        key = hashlib.sha256(server.api_key.encode()).digest()
        person = hashlib.blake2b(str(request.call.person_id).encode(), key=key, digest_size=16)
        options["include_obfuscation"] = False
        parameters |= {
            "max_completion_tokens": request.reply_tokens,
            "prompt_cache_key": f"parley-{request.conversation_id}",
            "safety_identifier": person.hexdigest(),
        }
    else:
        parameters["max_tokens"] = request.reply_tokens
    messages = [_message(message, request.blobs) for message in request.prompt]
    return parameters | dict(request.parameters) | {"messages": messages, "stream": True}


def encoded(request_body: Mapping[str, Any], blobs: Mapping[bytes, bytes]) -> bytes:
    """Return the JSON of a body, with the bytes of its images as data URLs. Blocking: it takes about 3 ms a megabyte.

    Each image is made base64 for itself, and all is joined at last. One call of the encoder of JSON with 20 MB of data URLs
    would keep Python's lock, and so the event loop, for 200 ms; joining gives the lock away.
    """
    return b"".join(
        _object(request_body, "messages", lambda messages: _list(messages, lambda one: _filled(one, blobs)))
    )


_Pieces = Iterator[bytes]


def _filled(message: Mapping[str, Any], blobs: Mapping[bytes, bytes]) -> _Pieces:
    """Yield the JSON of a message with the bytes of its images."""
    if not isinstance(message.get("content"), list):
        return iter([_json(message)])
    return _object(message, "content", lambda parts: _list(parts, lambda part: _part(part, blobs)))


def _part(part: Mapping[str, Any], blobs: Mapping[bytes, bytes]) -> _Pieces:
    if part.get("type") != _IMAGE:
        yield _json(part)
        return
    url: str = part[_IMAGE]["url"]
    media_type, _, hashed = url.removeprefix(_BLOB).partition(" ")
    before, after = _json(part).split(_json(url))
    yield from (before, f'"data:{media_type};base64,'.encode(), b64encode(blobs[bytes.fromhex(hashed)]), b'"', after)


def _object(fields: Mapping[str, Any], name: str, pieces: Callable[[Any], _Pieces]) -> _Pieces:
    """Yield the JSON of an object, of the field of this name as `pieces` yields it."""
    yield b"{"
    for number, (key, value) in enumerate(fields.items()):
        yield b"," if number else b""
        yield _json(key) + b":"
        yield from pieces(value) if key == name else (_json(value),)
    yield b"}"


def _list(items: Iterable[Any], pieces: Callable[[Any], _Pieces]) -> _Pieces:
    yield b"["
    for number, item in enumerate(items):
        yield b"," if number else b""
        yield from pieces(item)
    yield b"]"


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _message(message: PromptMessage, blobs: Mapping[bytes, bytes]) -> dict[str, Any]:
    """Build one message. Opaque items belong to another protocol and are left out."""
    contents = message.contents
    if len(contents) == 1 and isinstance(contents[0], Text):  # a fast path, because nearly all messages are like this
        return {"role": _ROLES[message.role], "content": contents[0].text}
    if any(isinstance(content, Media) for content in contents):
        return {"role": _ROLES[message.role], "content": _parts(message, blobs)}
    if message.role is Role.TOOL:
        result = next(content for content in message.contents if isinstance(content, ToolResult))
        return {"role": message.role, "tool_call_id": result.ref, "content": result.text}
    shape: dict[str, Any] = {"role": message.role, "content": message.text}
    if calls := [_tool_call(content) for content in message.contents if isinstance(content, ToolCall)]:
        shape["tool_calls"] = calls
        shape["content"] = message.text or None
    return shape


def _parts(message: PromptMessage, blobs: Mapping[bytes, bytes]) -> str | list[dict[str, Any]]:
    """Return the contents of a message with files: its text, or a list of parts where there are images."""
    parts: list[dict[str, Any]] = []
    text = ""
    for content in message.contents:
        if isinstance(content, Media) and content.kind is MediaKind.IMAGE and content.hash in blobs:
            parts += [{"type": "text", "text": text}] if text else []
            parts.append({"type": _IMAGE, _IMAGE: {"url": f"{_BLOB}{content.media_type} {content.hash.hex()}"}})
            text = ""
        elif isinstance(content, Media) and content.kind is MediaKind.IMAGE:
            text += named(content, SHED).text
        elif isinstance(content, Media):
            text += BETWEEN + content.text
        elif isinstance(content, Text):
            text += content.text
    if not parts:
        return text
    return [*parts, {"type": "text", "text": text}] if text else parts


def _tool_call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.ref, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
