"""Tokens: the count of a whole chat request.

A chat request costs 3 tokens a message, plus the tokens of its role and text, plus 1 with those of a name, plus 3 that prime
the answer, plus those of its images (`images`). What a message comes to is remembered: a history is read once, not at every
request.
"""

from array import array
from collections.abc import Iterable
from functools import lru_cache

from bot.sandbox.model.images import image_tokens, marks
from bot.sandbox.model.vocabularies import O200K, Vocabulary
from bot.sandbox.wire import Json, as_list, as_object

PER_MESSAGE = 3
PRIMING = 3
PER_NAME = 1

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


def tokens_of(message: Json, vocabulary: Vocabulary = O200K, model: str = "") -> bytes:
    """Return the tokens of one message as a model of that name, with this vocabulary, is fed them."""
    content: object = message.get("content")
    others = len(message) - ("role" in message) - ("content" in message)
    if isinstance(content, str) and not others:
        return _tokens(vocabulary, str(message.get("role", "")), content)
    role = str(message.get("role", ""))
    tokens = _tokens(vocabulary, role, message_text(message))
    if name := message.get("name"):
        tokens += array("I", [_MARK, *vocabulary.encode(str(name))]).tobytes()
    parts = [as_object(one) or {} for one in as_list(content) or []]
    return tokens + b"".join(_image(part, model) for part in parts if part.get("type") == "image_url")


@lru_cache(maxsize=16_384)
def _tokens(vocabulary: Vocabulary, role: str, text: str) -> bytes:
    return array("I", [_MARK, *vocabulary.encode(role), _MARK, *vocabulary.encode(text), _MARK]).tobytes()


def _image(part: Json, model: str) -> bytes:
    image = as_object(part.get("image_url")) or {}
    url = str(image.get("url"))
    return marks(url, image_tokens(url, image.get("detail"), model))


def prompt_tokens(prompt: Iterable[bytes]) -> int:
    """Return what a prompt costs, from the tokens of each message."""
    return PRIMING + sum(map(len, prompt)) // BYTES
