"""Removes a model's reasoning, written between `<think>` and `</think>` before the answer, from the text."""

from typing import Final

_BEGIN: Final = "<think>"
_END: Final = "</think>"


class ThoughtFilter:
    """Streaming filter. Removes a `<think>` block at the beginning of a text that arrives in pieces.

    White space before the block and between it and the answer is removed too. A block that is not closed lasts to the end of the
    text. `seen`: a block has begun.
    """

    def __init__(self) -> None:
        self.seen = False
        self._held = ""
        self._thinking = False
        self._answering = False

    def without(self, text: str) -> str:
        """Add a piece. Return all text that is now known to belong to the answer and was not returned before."""
        if self._answering:
            return text
        self._held += text
        if not self.seen:
            return self._before_block()
        if self._thinking:
            return self._in_block()
        return self._after_block()

    def rest(self) -> str:
        """End the text. Return what was held back, if it belongs to the answer."""
        held, self._held, self._answering = self._held, "", True
        return "" if self.seen else held

    def _before_block(self) -> str:
        begun = self._held.lstrip()
        if begun.startswith(_BEGIN):
            self.seen = self._thinking = True
            self._held = begun.removeprefix(_BEGIN)
            return self._in_block()
        return "" if _BEGIN.startswith(begun) else self.rest()

    def _in_block(self) -> str:
        _, end, after = self._held.partition(_END)
        if not end:
            self._held = self._held[1 - len(_END) :]  # may be the beginning of the closing tag
            return ""
        self._thinking = False
        self._held = after
        return self._after_block()

    def _after_block(self) -> str:
        text, self._held = self._held.lstrip(), ""
        self._answering = bool(text)
        return text
