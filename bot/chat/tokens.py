"""Token counts by the vocabulary of OpenAI's current models (o200k).

Other models' counts differ by a factor; budgets are in these tokens for all models. A message costs three tokens, and one for its
role, more than its text, and every answer is primed with three (OpenAI's cookbook; nothing newer is published).
"""

from functools import cache
from typing import Final, Protocol

MESSAGE_OVERHEAD: Final = 4
REPLY_PRIMER: Final = 3
PIECE: Final = 2_000
"""Characters that are counted at once: any 2,000 take a few milliseconds."""


class Count(Protocol):
    """Counts the tokens of a text."""

    def __call__(self, text: str, /) -> int:
        """Return the number of tokens of `text`."""
        ...


class _Tokenizer(Protocol):
    def encode_ordinary(self, text: str, /) -> list[int]: ...


@cache
def _vocabulary() -> _Tokenizer:
    """Return the tokenizer. The first call loads it, which takes 35 ms and 32 MB."""
    from splintr import Tokenizer  # noqa: PLC0415 -- so that commands that count no tokens do not pay for the import

    return Tokenizer.from_pretrained("o200k_base")


def count(text: str) -> int:
    """Return the number of tokens of `text`. The name of a special token counts as ordinary text."""
    return len(_vocabulary().encode_ordinary(text))


def load() -> None:
    """Load the tokenizer, and what it builds at its first long word, which takes 0.3 s and holds Python's lock. Blocks."""
    count("a" * PIECE)


def count_in_pieces(text: str, count: Count) -> int:
    """Count a long text in pieces, between which other threads go on: the tokenizer holds Python's lock.

    Where a piece ends within a word, that counts as a token or two more; within a long row of digits, the rest of it may count
    otherwise.
    """
    return sum(count(text[at : at + PIECE]) for at in range(0, len(text), PIECE))
