"""What servers that speak OpenAI's protocol are sent; `refused` takes out again what one of them does not know."""

import hashlib
from typing import Any

from bot.chat.ports import Request
from bot.config import Settings


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
