"""The prompt cache: how many tokens of a prompt an earlier prompt began with.

As OpenAI documents its own: exact prefixes, from 1024 tokens, in steps of 128. Any earlier request to the same model
counts, whatever its `prompt_cache_key`, and nothing is ever evicted.
"""

import hashlib
from dataclasses import dataclass, field

from bot.sandbox.model.tokens import PER_MESSAGE, count, encode, message_text, message_tokens
from bot.sandbox.wire import Json, dumps

FROM_TOKENS = 1024
STEP = 128

_Trail = bytes


@dataclass
class PromptCache:
    """What was seen: after each trail of messages, those that came next."""

    _next: dict[_Trail, dict[bytes, Json]] = field(default_factory=dict[bytes, dict[bytes, Json]])

    def admit(self, model: str, messages: list[Json], tools: object = None) -> int:
        """Return the cached tokens of a prompt, and remember it."""
        trail = hashlib.sha256(dumps([model, tools])).digest()
        shared, diverged = 0, False
        for message in messages:
            written = dumps(message)
            known = self._next.setdefault(trail, {})
            if not diverged and written in known:
                shared += message_tokens(message)
            elif not diverged:
                shared += max((_common(message, other) for other in known.values()), default=0)
                diverged = True
            known[written] = message
            trail = hashlib.sha256(trail + written).digest()
        return 0 if shared < FROM_TOKENS else shared // STEP * STEP


def _common(one: Json, other: Json) -> int:
    """Count the tokens that two messages begin with alike."""
    if one.get("role") != other.get("role") or one.get("name") != other.get("name"):
        return 0
    alike = 0
    for left, right in zip(encode(message_text(one)), encode(message_text(other)), strict=False):
        if left != right:
            break
        alike += 1
    return PER_MESSAGE + count(str(one.get("role", ""))) + alike
