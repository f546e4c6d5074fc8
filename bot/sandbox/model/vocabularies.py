"""Vocabularies: how a model cuts a text into tokens. Each is deterministic, the same on every machine and run.

`O200K` is OpenAI's own. The others count by script, because small vocabularies know English and spell out the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Protocol, cast
from zlib import crc32

from splintr import Tokenizer

Part = tuple[str, int]
"""A piece of a text as a stream delivers it, and its tokens: one, or as many as one character needs."""

_LARGEST = (1 << 31) - 1


class Vocabulary(Protocol):
    """Cuts texts into tokens; lone surrogates count as `?`."""

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text. A text that begins with another begins with its tokens, but for the last few."""
        ...

    def parts(self, text: str) -> list[Part]:
        """Split a text as a stream delivers it."""
        ...


class O200k:
    """OpenAI's vocabulary. Special tokens are plain text. It is loaded at the first count."""

    def encode(self, text: str) -> list[int]:
        """See `Vocabulary`."""
        return _o200k().encode_ordinary(_clean(text))

    def parts(self, text: str) -> list[Part]:
        """See `Vocabulary`."""
        found: list[Part] = []
        at, tokens, pending = 0, 0, b""
        decode = _o200k().decode_bytes
        for token in self.encode(text):
            pending += decode([token])
            tokens += 1
            try:
                length = len(pending.decode())
            except UnicodeDecodeError:
                continue
            found.append((text[at : at + length], tokens))
            at, tokens, pending = at + length, 0, b""
        return found


@dataclass(frozen=True, slots=True)
class ByScript:
    """A vocabulary that takes a fixed number of tokens for each character of a script, here in hundredths.

    `plain` characters are ASCII's letters and spaces, `signs` the rest of ASCII, `short` those of two bytes in UTF-8 (Cyrillic,
    Greek, Arabic), `long` those of more (Chinese, emoji).
    """

    plain: int
    signs: int
    short: int
    long: int

    def encode(self, text: str) -> list[int]:
        """See `Vocabulary`."""
        found: list[int] = []
        for part, tokens in self.parts(text):
            first = crc32(_clean(part).encode()) & _LARGEST
            found += [(first + number) & _LARGEST for number in range(tokens)]
        return found

    def parts(self, text: str) -> list[Part]:
        """See `Vocabulary`."""
        return list(self._parts(text))

    def _parts(self, text: str) -> Iterator[Part]:
        start, hundredths = 0, 0
        for at, character in enumerate(text, start=1):
            hundredths += self._hundredths(character)
            if hundredths >= 100:
                yield text[start:at], hundredths // 100
                start, hundredths = at, hundredths % 100
        if start < len(text):
            yield text[start:], 1

    def _hundredths(self, character: str) -> int:
        if character.isascii():
            return self.plain if character.isalpha() or character.isspace() else self.signs
        return self.short if ord(character) < 0x800 else self.long


O200K = O200k()

LARGE = ByScript(plain=26, signs=60, short=50, long=130)
"""A large vocabulary of another maker: English 1.2 times o200k's count, Russian and Chinese half as much again."""

SMALL = ByScript(plain=40, signs=100, short=200, long=300)
"""A vocabulary that knows little but English: two times o200k's count of English and code, six times that of Russian, which it
spells out byte for byte, as it does Chinese (measured on llama.cpp b11434: 3,000 words are 6,011 tokens; Russian six times)."""


@cache
def _o200k() -> Tokenizer:
    return cast("Tokenizer", Tokenizer.from_pretrained("o200k_base"))


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def count(text: str, vocabulary: Vocabulary = O200K) -> int:
    """Return how many tokens a text has."""
    return len(vocabulary.encode(text))
