"""The chat completions endpoint: its path and its request body. `Adaptations` change it for servers that refuse it."""

import hashlib
from typing import Any, Final

from bot.chat.content import PromptMessage, Role, Text, ToolCall, ToolResult
from bot.chat.ports.model import ModelRequest
from bot.llm.server import Server

_ROLES: Final = {role: role.value for role in Role}
"""Plain strings, because the JSON encoder takes longer for members of an enumeration."""
PATH: Final = "/chat/completions"


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
    messages = [_message(message) for message in request.prompt]
    return parameters | dict(request.parameters) | {"messages": messages, "stream": True}


def _message(message: PromptMessage) -> dict[str, Any]:
    """Build one message. Opaque items belong to another protocol and are left out."""
    contents = message.contents
    if len(contents) == 1 and isinstance(contents[0], Text):  # a fast path, because nearly all messages are like this
        return {"role": _ROLES[message.role], "content": contents[0].text}
    if message.role is Role.TOOL:
        result = next(content for content in message.contents if isinstance(content, ToolResult))
        return {"role": message.role, "tool_call_id": result.ref, "content": result.text}
    shape: dict[str, Any] = {"role": message.role, "content": message.text}
    if calls := [_tool_call(content) for content in message.contents if isinstance(content, ToolCall)]:
        shape["tool_calls"] = calls
        shape["content"] = message.text or None
    return shape


def _tool_call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.ref, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
