"""Makes a provider's words fit for the log: cuts out secrets, quotations and whatever repeats the request, shortens the rest.

A run of words counts as a repetition if one of the request's texts holds it and it is at least four words, 20 characters, or a
whole line long; a line of a single word only if it has four characters and is no common word of error messages. Case and
punctuation do not count. A quotation stays only if it is a single name that nobody wrote.

The whole prompt is compared, which takes a while for a long one: call `redacted` in a thread. It folds the prompt in pieces,
because a single call into C would keep the event loop waiting.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Final

from bot.llm.errors.secrets import MARK, without_secrets

_LONGEST: Final = 300
_LONGEST_READ: Final = 4_000
_LONGEST_COMPARED: Final = 600
_PIECE: Final = 4_000
"""Characters of the prompt that are folded at a time, in about 1 ms."""
_OVERLAP: Final = 400
"""Characters that two pieces share, more than the longest line or run that is looked for as a whole."""
_RUN_WORDS: Final = 4
_RUN_CHARACTERS: Final = 20
_SHORTEST_WORD: Final = 4
_COMMON: Final = frozenset(
    {
        "access", "after", "again", "allowed", "available", "been", "body", "cannot", "check", "connection",
        "content", "context", "could", "does", "error", "exceeded", "exist", "failed", "field", "found", "from",
        "have", "help", "hello", "input", "internal", "invalid", "length", "limit", "limits", "maximum",
        "message", "messages", "missing", "model", "more", "must", "name", "none", "null", "only", "parameter",
        "please", "prompt", "quota", "rate", "read", "request", "required", "role", "server", "service", "should",
        "stop", "system", "temperature", "test", "text", "than", "that", "this", "time", "tokens", "tool", "type",
        "unknown", "unsupported", "upgrade", "user", "value", "while", "with", "your",
    }
)  # fmt: skip
"""Words that a message needs to be understood. A line that is one of them tells nothing of who wrote it."""
_BLOCK: Final = _RUN_CHARACTERS // 2
"""A run of 20 characters holds a whole block of 10 that begins at a multiple of 10, so only such blocks are indexed."""

_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""Scripts in which each character counts as a word: Thai, Lao, Burmese, Khmer, Japanese, Chinese, Korean."""
_LETTERS: Final = rf"[^\W_{_UNSPACED}]+"
_WORD: Final = re.compile(rf"[{_UNSPACED}]|{_LETTERS}(?:_+{_LETTERS})*")
_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_BACKSLASH: Final = re.compile(r"\\+[nrt]?")
"""An escaped line break or quotation mark. It is taken out of both texts, so that a path in a prompt is found as well."""
_DATA_URL: Final = re.compile(r"data:[\w.+/-]{0,64};base64,[\w+/=-]*", re.ASCII)
"""The bytes of a picture, as a request holds them."""
_NAME: Final = re.compile(r"[\w.\[\]:/@+-]{1,64}", re.ASCII)
_QUOTED: Final = re.compile(
    r"""
    "(?:[^"\\]|\\.?)*(?:"|\Z)
    |(?<!\w)'(?:[^'\\]|\\.?|(?<=\w)'(?=\w))*(?:'|\Z)
    |`[^`]*(?:`|\Z)
    |[“„][^”“]*(?:[”“]|\Z)
    |«[^»]*(?:»|\Z)
    |‘[^’]*(?:’|\Z)
    """,
    re.VERBOSE | re.DOTALL,
)


def redacted(raw: str, prompt: Iterable[str], *, keys: Iterable[str] = (), model: str = "") -> str:
    """Return what may be logged of a provider's words, at most 300 characters; "" if nothing is left of them.

    `prompt` holds the request's texts, `keys` the secrets that we know. The name of `model` is not taken for a secret.
    """
    said = _Prompt(prompt)
    text, cut = _beginning_of(without_secrets(_DATA_URL.sub(MARK, _readable(raw)), keys, model))
    text = _QUOTED.sub(lambda match: match[0] if said.nobody_wrote(match[0][1:-1]) else MARK, text)
    text = " ".join(said.cut_from(_BACKSLASH.sub(" ", text)).split())
    if cut:
        text = f"{text.rsplit(maxsplit=_RUN_WORDS)[0]} …"  # the run that was cut there may be somebody's
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 2].rpartition(" ")[0] or text[: _LONGEST - 2]
        text += " …"
    return text if _WORD.search(text) else ""


def unshortened(raw: str, *, keys: Iterable[str] = (), model: str = "") -> str:
    """Return a provider's words in one line, without secrets, for a request that held no text of people."""
    return without_secrets(_readable(raw), keys, model)


class _Prompt:
    """The texts of a request, in lower case and without punctuation, to find what a server repeats of them."""

    def __init__(self, texts: Iterable[str]) -> None:
        folded = [_BACKSLASH.sub(" ", _resolved(piece)).casefold() for text in texts for piece in _pieces_of(text)]
        self._text = "\n".join(f" {' '.join(_WORD.findall(text))} " for text in folded)
        self._blocks = {self._text[at : at + _BLOCK] for at in range(0, len(self._text), _BLOCK)}
        self._short_lines = {line for text in folded for line in _short_lines(text)}

    def nobody_wrote(self, quotation: str) -> bool:
        """Whether a quotation is a single name that does not stand in the request."""
        words: list[str] = _WORD.findall(quotation.casefold())
        return bool(_NAME.fullmatch(quotation)) and not all(f" {word} " in self._text for word in words)

    def cut_from(self, text: str) -> str:
        """Return `text` with a mark in the place of each repetition."""
        found = list(_WORD.finditer(text))
        words = [match[0].casefold() for match in found]
        repeated = sorted({*self._repeated_runs(words), *self._repeated_characters(words)})
        pieces: list[str] = []
        at, last = 0, -2
        for index in repeated:
            if index != last + 1:
                pieces += (text[at : found[index].start()], MARK)
            at, last = found[index].end(), index
        return "".join((*pieces, text[at:]))

    def _repeated_runs(self, words: list[str]) -> Iterator[int]:
        for length in range(1, _RUN_WORDS + 1):
            for at in range(len(words) - length + 1):
                run = " ".join(words[at : at + length])
                if run in self._short_lines or (length == _RUN_WORDS and f" {run} " in self._text):
                    yield from range(at, at + length)

    def _repeated_characters(self, words: list[str]) -> Iterator[int]:
        squeezed = " ".join(words)
        owners = [owner for index, word in enumerate(words) for owner in (*[index] * len(word), None)]
        for at in range(len(squeezed) - _BLOCK + 1):
            if squeezed[at : at + _BLOCK] not in self._blocks:
                continue
            for start in range(max(0, at - _BLOCK), min(at, len(squeezed) - _RUN_CHARACTERS) + 1):
                if squeezed[start : start + _RUN_CHARACTERS] in self._text:
                    yield from (index for index in owners[start : start + _RUN_CHARACTERS] if index is not None)


def _pieces_of(text: str) -> Iterator[str]:
    for at in range(0, len(text), _PIECE):
        yield text[at : at + _PIECE + _OVERLAP]


def _beginning_of(text: str) -> tuple[str, bool]:
    """Return the part of a text that is compared with the prompt, and whether that is not all of it."""
    return text[:_LONGEST_COMPARED], len(text) > _LONGEST_COMPARED


def _short_lines(text: str) -> Iterator[str]:
    """Yield the lines of one to three words, and what stands behind the first colon of a line if it is as short."""
    for line in text.splitlines():
        for part in (line, line.partition(": ")[2]):
            if len(part) <= _LONGEST and 0 < len(words := _WORD.findall(part)) < _RUN_WORDS:
                run = " ".join(words)
                if len(words) > 1 or (len(run) >= _SHORTEST_WORD and run not in _COMMON):
                    yield run


def _readable(raw: str) -> str:
    """Return a text in one line, with escapes resolved and without control characters."""
    text = _resolved(raw[:_LONGEST_READ])
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _resolved(text: str) -> str:
    """Return a text with the escapes of JSON and HTML resolved, in the normal form in which equal letters are equal."""
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), unescape(text))
    return unicodedata.normalize("NFKC", text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
