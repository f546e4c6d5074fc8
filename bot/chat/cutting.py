"""Cuts a text in its middle to a number of tokens, with a visible mark in the gap. Pure."""

from typing import Final

from bot.chat.tokens import Count

CUT_MARK: Final = "\n[… {} characters left out here …]\n"
_LONGEST_TOKEN: Final = 128
"""Characters of the longest token of o200k."""
_DENSEST: Final = 16
"""Characters for each token of what is kept, at most: more than any text has, and few enough to be counted quickly."""


def cut_middle(text: str, tokens: int, count: Count) -> tuple[str, int]:
    """Cut as little as possible from the middle of `text`, so that with a mark in the gap it has at most `tokens` tokens.

    Return the shortened text and the number of characters cut. Raises ValueError when not even the mark fits.
    """
    if len(text) <= tokens * _LONGEST_TOKEN and count(text) <= tokens:
        return text, 0
    keep, excess = 0, min(len(text) - 1, max(0, tokens) * _DENSEST)
    while keep < excess:  # a binary search for the most characters that fit
        middle = (keep + excess + 1) // 2
        if count(_without_middle(text, middle)) <= tokens:
            keep = middle
        else:
            excess = middle - 1
    shortened = _without_middle(text, keep)
    if count(shortened) > tokens:
        raise ValueError("the system prompt leaves no room for a question: shorten it or raise the token budget")
    return shortened, len(text) - keep


def _without_middle(text: str, keep: int) -> str:
    """Return `keep` characters of `text`, taken from both ends, with the mark between them."""
    head = (keep + 1) // 2
    return text[:head] + CUT_MARK.format(len(text) - keep) + text[len(text) - keep // 2 :]
