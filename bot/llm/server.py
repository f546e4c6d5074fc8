"""The settings of one model server."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.chat.learnt import ServerIdentity


@dataclass(frozen=True, slots=True)
class Server:
    """An OpenAI-compatible server: address, key, dialect and time-outs.

    `speaks_openai`: the server accepts the parameters that only OpenAI's own server knows. `extra` are further request
    parameters. `first_token_seconds` limits the wait for the first text, `silence_seconds` each later pause. `context_tokens` and
    `reply_tokens` are what the operator set for its model; a change of them makes what was learnt worth nothing.
    """

    base_url: str
    api_key: str = field(default="", repr=False)
    speaks_openai: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    first_token_seconds: float = 60.0
    silence_seconds: float = 60.0
    context_tokens: int = 0
    reply_tokens: int = 0

    @property
    def identity(self) -> ServerIdentity:
        """Return the address and a hash of all settings that requests depend on. The key is not among them."""
        settings = [self.speaks_openai, dict(self.extra), self.context_tokens, self.reply_tokens]
        text = json.dumps(settings, sort_keys=True, default=str)
        return ServerIdentity(self.base_url, hashlib.sha256(text.encode()).hexdigest()[:16])
