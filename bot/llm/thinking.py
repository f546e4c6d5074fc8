"""Removes a model's thoughts, written in the text before the answer, from the text.

Two forms are recognised. Tags that stand elsewhere, in the middle of an answer, are text.

- Thoughts between tags at the beginning: `<think>…</think>` and the other pairs of `_PAIRS`. Nothing of them is returned.
- Thoughts without an opening tag, because the server's template has put it into the prompt: only `</think>` arrives. Until then
  they cannot be told from an answer, so they are returned as they come. When the closing tag arrives, `withdrawn` says that all
  text returned before was thoughts. This happens at most once, within the first 200,000 characters.

A closing tag ends thoughts only where the text does not merely speak of it: not in code, not behind its opening tag, and not as a
word in the middle of a line. From a model that is known to leave out the opening tag, up to 32,000 characters are held back until
the closing tag arrives, so that nothing has to be withdrawn.
"""

import re
from typing import Final

_NAMES: Final = ("think", "thinking", "thought", "thoughts", "reasoning", "seed:think")
_PAIRS: Final = {
    **{f"<{name}>": f"</{name}>" for name in _NAMES},
    "[think]": "[/think]",  # Mistral
    "◁think▷": "◁/think▷",  # Kimi
    "<|start_thinking|>": "<|end_thinking|>",  # Cohere
    "<|begin_of_thought|>": "<|end_of_thought|>",  # OpenThinker
    "<|channel|>analysis<|message|>": "<|channel|>final<|message|>",  # gpt-oss
}
"""Opening and closing tags in lower case. They count in any case."""

_OPENINGS: Final = {closing: opening for opening, closing in _PAIRS.items()}
_TAGS: Final = (*_PAIRS, *_OPENINGS)
_LONGEST: Final = max(map(len, _TAGS))
_CLOSING: Final = re.compile("|".join(map(re.escape, _OPENINGS)), re.IGNORECASE | re.ASCII)
_FENCE: Final = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_LINE_END: Final = re.compile(r"[ \t]*[\r\n]")
_BEFORE_A_WORD: Final = " \t\"'`([{>*_“‘«„"
"""Characters before a tag that stands in a line as a word: blanks, quotation marks, brackets, and marks of Markdown."""

_WATCHED: Final = 200_000
"""Length in characters up to which a closing tag without an opening one is looked for."""
_HELD: Final = 32_000
"""Length in characters up to which text of a model that leaves out the opening tag is held back."""


class ThoughtFilter:
    """Streaming filter. Removes the thoughts before an answer from a text that arrives in pieces.

    White space around the thoughts is removed too. Thoughts whose closing tag is missing last to the end of the text.

    `holds`: the model leaves out the opening tag, so the text is held back until the closing tag arrives. `seen`: thoughts have
    been recognised or are expected. `withdrawn`: the text returned before the closing tag was thoughts. `unopened`: the thoughts
    had no opening tag.
    """

    def __init__(self, *, holds: bool = False) -> None:
        self.seen = holds
        self.withdrawn = False
        self.unopened = False
        self._holds = holds
        self._step = self._at_beginning
        self._held = ""  # may become a tag
        self._behind = False  # thoughts have ended
        self._closing = ""
        self._watched: list[str] = []
        self._length = 0
        self._in_doubt = False  # a closing tag has just come, and what follows shows whether it ends thoughts

    def without(self, text: str) -> str:
        """Add a piece. Return all text that is now known to belong to the answer and was not returned before."""
        return self._step(text)

    @property
    def holds_text(self) -> bool:
        """Whether any text is held back, also if it is no more than may be the beginning of a tag."""
        if self._step == self._watch:
            return self._holds and bool(self._watched)
        return self._step == self._at_beginning and bool(self._held.strip())

    def rest(self) -> str:
        """End the text. Return what was held back, if it belongs to the answer."""
        step, self._step = self._step, self._pass
        if step == self._in_thoughts:
            return ""
        if step == self._at_beginning:
            return self._held.lstrip() if self._behind else self._held
        return "".join(self._watched) if self._holds else ""

    # ------------------------------------------------------------------------------------------ the steps

    def _at_beginning(self, text: str) -> str:
        """Hold the text back while it may become a tag."""
        self._held += text
        begun = self._held.lstrip()
        start = begun[:_LONGEST].lower()
        for opening, closing in _PAIRS.items():
            if start.startswith(opening):
                self.seen, self._closing, self._held = True, closing, ""
                self._step = self._in_thoughts
                return self._in_thoughts(begun[len(opening) :])
        if any(tag.startswith(start) and tag != start for tag in _TAGS):
            return ""
        text = begun if self._behind else self._held
        self._held, self._step = "", self._pass if self._behind else self._watch
        return self._step(text)

    def _in_thoughts(self, text: str) -> str:
        """Drop the text up to the closing tag."""
        self._held += text
        end = next((tag.end() for tag in _CLOSING.finditer(self._held) if tag[0].lower() == self._closing), None)
        if end is None:
            self._held = self._held[1 - len(self._closing) :]  # may be the beginning of the closing tag
            return ""
        return self._behind_thoughts(self._held[end:])

    def _behind_thoughts(self, text: str) -> str:
        self.seen = self._behind = True
        self._held, self._step = "", self._at_beginning  # further thoughts may follow at once
        return self._at_beginning(text)

    def _watch(self, text: str) -> str:
        """Return the text, or hold it back, and look for a closing tag that had no opening one."""
        self._watched.append(text)
        self._length += len(text)
        if self._in_doubt or ">" in text or "]" in text or "▷" in text:  # the last characters of tags
            self._in_doubt = _CLOSING.search(self._recent(len(text) + _LONGEST)) is not None
            whole = "".join(self._watched) if self._in_doubt else ""
            if (tag := next((tag for tag in _CLOSING.finditer(whole) if _ends_thoughts(whole, tag)), None)) is not None:
                self.withdrawn = not self._holds and len(whole) > len(text)
                self.unopened = bool(whole[: tag.start()].strip())
                self._holds = False
                self._watched.clear()
                return self._behind_thoughts(whole[tag.end() :])
        return self._kept_or_returned(text)

    def _recent(self, length: int) -> str:
        """Return the end of the watched text, at least so long."""
        recent = ""
        for piece in reversed(self._watched):
            recent = piece + recent
            if len(recent) >= length:
                break
        return recent

    def _kept_or_returned(self, text: str) -> str:
        if self._holds and self._length <= _HELD:
            return ""
        if self._holds:
            self._holds, text = False, "".join(self._watched)
        if self._length > _WATCHED:
            self._step = self._pass
            self._watched.clear()
        return text

    def _pass(self, text: str) -> str:
        return text


def _ends_thoughts(text: str, tag: re.Match[str]) -> bool:
    """Whether a closing tag that no opening tag precedes ends thoughts, and is not only spoken of."""
    before = text[: tag.start()]
    line = before.rpartition("\n")[2]
    if len(_FENCE.findall(before)) % 2 or line.count("`") % 2:
        return False
    if _OPENINGS[tag[0].lower()] in before.lower():
        return False
    spoken_of = bool(line.strip()) and line[-1] in _BEFORE_A_WORD
    return not spoken_of or _LINE_END.match(text, tag.end()) is not None
