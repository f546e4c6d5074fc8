"""What lines of Markdown open, carry on and close: fences, quotes and lists, as far as a cut has to know. Pure.

CommonMark's rules, bent to what Discord shows: a quote needs its space, `>>> ` quotes all that follows, and inside a list a
fence counts however far it is indented.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

LONGEST_OPENING: Final = 100
"""Characters of a fence's first line without quote marks. A longer one is text: it could not be repeated in the next message."""
LONGEST_CLOSING: Final = LONGEST_OPENING + 25
_LONGEST_QUOTE: Final = 20
_LONGEST_CHAIN: Final = 80
_LONGEST_INDENT: Final = 3
BIG_QUOTE: Final = ">>> "

_QUOTE: Final = re.compile(r"(?: {0,3}>(?: |$))+")
_BIG_QUOTE: Final = re.compile(r" *>>> +")
_ITEM: Final = re.compile(r"[ \t]*([-*+]|\d{1,9}[.)])[ \t]+(?=\S)")
_FENCE: Final = re.compile(r"[ \t]*(`{3,}(?=[^`]*$)|~{3,})(.*)")
_INDENT: Final = re.compile(r"[ \t]*")
_LANGUAGE: Final = re.compile(r"[\w+#.-]{1,30}(?![\w+#.-])")


@dataclass(frozen=True, slots=True)
class Item:
    """A list's item: the columns before its marker, the marker, and the column where its text begins."""

    indent: int
    marker: str
    offset: int


@dataclass(frozen=True, slots=True)
class Fence:
    """An open fence; `fresh` until something stands in it."""

    indent: int
    marker: str
    language: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Block:
    """What is open at the end of a line: the quote that it stands in, the items around it from the outermost, a fence."""

    big: bool = False
    quote: str = ""
    items: tuple[Item, ...] = ()
    fence: Fence | None = None


def follow(block: Block, line: str) -> Block:
    """What is open at the end of `line`, where `block` was before it."""
    if block.fence is None:
        plain = not block.quote and not block.items and line[:1].isalpha()
        return block if plain else _opened(block, line)
    inner = _inner(block, line)
    if inner is None:  # the quote that holds the fence has ended
        return _opened(replace(block, fence=None), line)
    if _closes(block, block.fence, inner):
        return replace(block, fence=None)
    if block.fence.fresh and inner.strip():
        return replace(block, fence=replace(block.fence, fresh=False))
    return block


def closing(block: Block, line: str) -> str:
    """What must be added behind `line` so that no fence stays open; `block` is what was open before it.

    A closing fence that has only begun is completed.
    """
    after = follow(block, line) if line.strip() else block
    if after.fence is None:
        return ""
    return missing(block, line) or f"\n{after.quote}{' ' * after.fence.indent}{after.fence.marker}"


def missing(block: Block, line: str) -> str:
    """What `line` lacks to close the fence that is open, where it is the beginning of that; else nothing."""
    inner = _inner(block, line)
    if block.fence is None or inner is None or not line.strip() or not _near(block, inner):
        return ""
    begun, marker = inner.strip(), block.fence.marker
    if not begun:  # the marks of the quote are there
        return f" {' ' * block.fence.indent}{marker}"
    return marker[len(begun) :] if begun in marker[1:] else ""


def around(block: Block, line: str) -> Block:
    """What of `block` holds for `line`, the next one, from outside: not what it opens itself."""
    if block.fence is not None:
        return block
    after = _opened(block, line)
    indent = _columns(line[len(quoted(line)) :])
    return replace(after, items=tuple(item for item in after.items if item.indent < indent), fence=None)


def reopening(block: Block, *, inline: bool) -> str:
    """What a message begins with so that `block` is open in it; `inline` where the line before was cut in two.

    Discord trims a message, so that an indent cannot say that a list goes on: its markers are repeated, with an ellipsis.
    """
    chain = [f"{block.quote}{' ' * item.indent}{item.marker} …" for item in block.items]
    if sum(map(len, chain)) > _LONGEST_CHAIN:
        chain = [f"{block.quote}- …"]
    quote = block.quote if inline else ""
    if block.fence is not None:
        fence = f"{block.quote}{' ' * block.fence.indent}{block.fence.marker}{block.fence.language}"
        head = "\n".join([*chain, fence, quote])
    elif chain:
        head = "\n".join(chain) + (" " if inline else "\n")
    else:
        head = quote
    return (BIG_QUOTE if block.big else "") + head.lstrip(" ")


def quoted(line: str) -> str:
    """The marks at the beginning of `line` that make it a quote, or nothing."""
    match = _QUOTE.match(line)
    return match[0] if match else ""


def _opened(block: Block, line: str) -> Block:
    """See `follow`, outside any fence."""
    if not line.strip():
        return replace(block, quote="", items=() if block.quote else block.items)
    big = _BIG_QUOTE.match(line)
    rest = line[big.end() :] if big else line
    marks = quoted(rest)
    rest = rest[len(marks) :]
    indent = _columns(rest)
    items = block.items if bool(marks) == bool(block.quote) else ()
    items = tuple(item for item in items if item.indent < indent)
    found = _ITEM.match(rest)
    if found:
        item = Item(indent, found[1], indent + _width(rest[: found.end()].lstrip(" \t")))
        items, rest, indent = (*items, item), rest[found.end() :], item.offset
    quote = marks.strip() + " " if marks else ""
    return Block(
        big=block.big or big is not None,
        quote=quote if len(quote) <= _LONGEST_QUOTE else "> ",
        items=items,
        fence=_fence(rest, indent) if items or indent <= _LONGEST_INDENT else None,
    )


def _fence(rest: str, indent: int) -> Fence | None:
    match = _FENCE.match(rest)
    if match is None or indent + len(rest.strip()) > LONGEST_OPENING:
        return None
    language = _LANGUAGE.match(match[2].strip())
    return Fence(indent, match[1], language[0] if language else "", fresh=True)


def _closes(block: Block, fence: Fence, inner: str) -> bool:
    text = inner.strip()
    return text.startswith(fence.marker) and not text.strip(fence.marker[0]) and _near(block, inner)


def _near(block: Block, inner: str) -> bool:
    return bool(block.items) or _columns(inner) <= _LONGEST_INDENT


def _inner(block: Block, line: str) -> str | None:
    """`line` without the quote's marks; None where it does not belong to the quote."""
    marks = quoted(line) if block.quote else ""
    return line[len(marks) :] if marks or not block.quote else None


def _columns(text: str) -> int:
    match = _INDENT.match(text)
    return _width(match[0]) if match else 0


def _width(text: str) -> int:
    return len(text.expandtabs(4))
