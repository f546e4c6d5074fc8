"""What a model thinks aloud before it answers, between `<think>` and `</think>`, is no part of the answer."""

from typing import Final

_BEGIN: Final = "<think>"
_END: Final = "</think>"


class ThoughtFilter:
    """Takes the thoughts out of a text that comes in pieces. They count only where the text begins with them.

    White space before them and between them and the answer goes with them. Thoughts without an end last to the end.
    """

    def __init__(self) -> None:
        self.seen = False
        self._held = ""
        self._thinking = False
        self._answering = False

    def without(self, text: str) -> str:
        """The part of the text so far that is known to be the answer's and was not returned before."""
        if self._answering:
            return text
        self._held += text
        if not self.seen:
            return self._before()
        if self._thinking:
            return self._within()
        return self._behind()

    def rest(self) -> str:
        """What was held back and turned out to be the answer's, because nothing more comes."""
        held, self._held, self._answering = self._held, "", True
        return "" if self.seen else held

    def _before(self) -> str:
        begun = self._held.lstrip()
        if begun.startswith(_BEGIN):
            self.seen = self._thinking = True
            self._held = begun.removeprefix(_BEGIN)
            return self._within()
        return "" if _BEGIN.startswith(begun) else self.rest()

    def _within(self) -> str:
        _, end, behind = self._held.partition(_END)
        if not end:
            self._held = self._held[1 - len(_END) :]  # may be the beginning of the end
            return ""
        self._thinking = False
        self._held = behind
        return self._behind()

    def _behind(self) -> str:
        text, self._held = self._held.lstrip(), ""
        self._answering = bool(text)
        return text
