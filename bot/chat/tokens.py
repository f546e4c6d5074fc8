"""How many tokens a text is, counted by the vocabulary of OpenAI's current models (o200k).

Other models' counts differ by a factor; the budget is kept in these tokens for all of them. A message costs three
tokens and its role's one more than its text, and every answer is primed with three (OpenAI's cookbook; nothing newer is
published).
"""

from functools import cache
from typing import Final, Protocol

MESSAGE_OVERHEAD: Final = 4
REPLY_PRIMER: Final = 3


class Count(Protocol):
    """Counts the tokens of a text."""

    def __call__(self, text: str, /) -> int:
        """The tokens of `text`."""
        ...


class _Tokenizer(Protocol):
    def encode_ordinary(self, text: str, /) -> list[int]: ...


@cache
def _vocabulary() -> _Tokenizer:
    """The tokenizer, loaded at the first use: 35 ms and 32 MB."""
    from splintr import Tokenizer  # noqa: PLC0415 -- importing it loads nothing yet, but costs whoever never counts

    return Tokenizer.from_pretrained("o200k_base")


def count(text: str) -> int:
    """The tokens of `text`; a text that names a special token counts as the text it is."""
    return len(_vocabulary().encode_ordinary(text))
