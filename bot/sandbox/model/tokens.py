"""Tokens: the count of a whole chat request.

A chat request costs 3 tokens a message, plus the tokens of its role and text, plus 1 with those of a name, plus 3 that prime
the answer; every image counts a flat 765. What a message comes to is remembered: a history is read once, not at every request.
"""

import hashlib
from array import array
from collections.abc import Iterable
from functools import lru_cache

from bot.sandbox.model.vocabularies import O200K, Vocabulary
from bot.sandbox.wire import Json, as_list, as_object, dumps

PER_MESSAGE = 3
PRIMING = 3
PER_NAME = 1
PER_IMAGE = 765

BYTES = 4
"""Of one token, as it is fed."""

_MARK = (1 << 32) - 1
"""No token of a vocabulary: what stands between the texts of a prompt."""


def message_text(message: Json) -> str:
    """Return all text of one message: its content, or the texts of its parts, one under the other."""
    content: object = message.get("content")
    parts = as_list(content)
    if parts is None:
        return content if isinstance(content, str) else ""
    texts = [part.get("text") or part.get("refusal") for one in parts if (part := as_object(one))]
    return "\n".join(str(text) for text in texts if text)


def tokens_of(message: Json, vocabulary: Vocabulary = O200K) -> bytes:
    """Return the tokens of one message as a model with this vocabulary is fed them."""
    content: object = message.get("content")
    others = len(message) - ("role" in message) - ("content" in message)
    if isinstance(content, str) and not others:
        return _tokens(vocabulary, str(message.get("role", "")), content)
    role = str(message.get("role", ""))
    tokens = _tokens(vocabulary, role, message_text(message))
    if name := message.get("name"):
        tokens += array("I", [_MARK, *vocabulary.encode(str(name))]).tobytes()
    images = [one for one in as_list(content) or [] if (as_object(one) or {}).get("type") == "image_url"]
    return tokens + b"".join(_image(dumps(image)) for image in images)


@lru_cache(maxsize=16_384)
def _tokens(vocabulary: Vocabulary, role: str, text: str) -> bytes:
    return array("I", [_MARK, *vocabulary.encode(role), _MARK, *vocabulary.encode(text), _MARK]).tobytes()


def _image(written: bytes) -> bytes:
    """Return tokens that stand for a picture: the same for the same, others for another."""
    return hashlib.blake2b(written, digest_size=4).digest() * PER_IMAGE


def prompt_tokens(prompt: Iterable[bytes]) -> int:
    """Return what a prompt costs, from the tokens of each message."""
    return PRIMING + sum(map(len, prompt)) // BYTES
