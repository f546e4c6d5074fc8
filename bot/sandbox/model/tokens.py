"""Tokens: a deterministic count, the same on every machine and run.

Texts are counted with OpenAI's o200k vocabulary, special tokens taken as plain text. A chat request costs 3 tokens a
message, plus the tokens of its role and text, plus 1 with those of a name, plus 3 that prime the answer; every image
counts a flat 765. The vocabulary is loaded at the first count.
"""

from functools import cache, lru_cache
from typing import cast

from splintr import Tokenizer

from bot.sandbox.wire import Json, as_list, as_object

PER_MESSAGE = 3
PRIMING = 3
PER_NAME = 1
PER_IMAGE = 765


@cache
def _vocabulary() -> Tokenizer:
    return cast("Tokenizer", Tokenizer.from_pretrained("o200k_base"))


def encode(text: str) -> list[int]:
    """Return the tokens of a text; lone surrogates count as `?`."""
    return _vocabulary().encode_ordinary(text.encode("utf-8", "replace").decode())


@lru_cache(maxsize=65_536)
def count(text: str) -> int:
    """Return how many tokens a text has. Remembered per text: a history is counted once, not at every request."""
    return len(encode(text))


def pieces(text: str) -> list[str]:
    """Split a text as a stream delivers it: a token each, or as many as one character needs."""
    found: list[str] = []
    pending = b""
    for token in encode(text):
        pending += _vocabulary().decode_bytes([token])
        try:
            found.append(pending.decode())
        except UnicodeDecodeError:
            continue
        pending = b""
    return found


def message_text(message: Json) -> str:
    """Return all text of one message: its content, or the texts of its parts, one under the other."""
    content: object = message.get("content")
    parts = as_list(content)
    if parts is None:
        return content if isinstance(content, str) else ""
    texts = [part.get("text") or part.get("refusal") for one in parts if (part := as_object(one))]
    return "\n".join(str(text) for text in texts if text)


def message_tokens(message: Json) -> int:
    """Return what one message of a request costs."""
    tokens = PER_MESSAGE + count(str(message.get("role", ""))) + count(message_text(message))
    if name := message.get("name"):
        tokens += PER_NAME + count(str(name))
    parts = as_list(message.get("content")) or []
    images = [part for one in parts if (part := as_object(one)) and part.get("type") == "image_url"]
    return tokens + PER_IMAGE * len(images)


def prompt_tokens(messages: list[Json]) -> int:
    """Return what a request's messages cost together."""
    return PRIMING + sum(message_tokens(message) for message in messages)
