"""Tracks which fences, quotes and lists are open after each line of Markdown, as far as a cut needs to know. Pure.

The rules are CommonMark's, adapted to Discord: a quote mark needs a space after it, `>>> ` quotes everything that follows, and
inside a list a fence counts however far it is indented.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

LONGEST_OPENING: Final = 100
"""Longest first line of a fence, in characters without quote marks. A longer line counts as text: it could not be repeated."""
LONGEST_CLOSING: Final = LONGEST_OPENING + 25
"""Upper bound, in characters, of the text that `closing` returns."""
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
    """A list item: the columns before its marker, the marker, and the column where its text begins."""

    indent: int
    marker: str
    offset: int


@dataclass(frozen=True, slots=True)
class Fence:
    """An open fence: its indent in columns, its marker and its language. `fresh`: it has no text yet."""

    indent: int
    marker: str
    language: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Block:
    """The structure that is open at the end of a line.

    `big`: a `>>> ` quote is open. `quote` holds the marks of the quote, `items` the list items around the line from the outermost
    on, `fence` the open fence, if any.
    """

    big: bool = False
    quote: str = ""
    items: tuple[Item, ...] = ()
    fence: Fence | None = None


def follow(block: Block, line: str) -> Block:
    """Return the structure open at the end of `line`; `block` was open before it."""
    if block.fence is None:
        plain = not block.quote and not block.items and line[:1].isalpha()
        return block if plain else _follow_outside_fence(block, line)
    content = _without_quote(block, line)
    if content is None:  # the quote that holds the fence has ended
        return _follow_outside_fence(replace(block, fence=None), line)
    if _closes(block, block.fence, content):
        return replace(block, fence=None)
    if block.fence.fresh and content.strip():
        return replace(block, fence=replace(block.fence, fresh=False))
    return block


def closing(block: Block, line: str) -> str:
    """Return the text that closes any fence open after `line`; `block` was open before the line.

    An incomplete closing fence at the end of the line is completed.
    """
    after = follow(block, line) if line.strip() else block
    if after.fence is None:
        return ""
    return missing(block, line) or f"\n{after.quote}{' ' * after.fence.indent}{after.fence.marker}"


def missing(block: Block, line: str) -> str:
    """Return the rest of the closing fence if `line` is the beginning of one or only quote marks, else an empty string."""
    content = _without_quote(block, line)
    if block.fence is None or content is None or not line.strip() or not _may_hold_fence(block, content):
        return ""
    begun, marker = content.strip(), block.fence.marker
    if not begun:  # the line holds only the quote's marks
        return f" {' ' * block.fence.indent}{marker}"
    return marker[len(begun) :] if begun in marker[1:] else ""


def around(block: Block, line: str) -> Block:
    """Return the part of `block` that encloses the next line, `line`, without anything that `line` opens itself."""
    if block.fence is not None:
        return block
    after = _follow_outside_fence(block, line)
    indent = _columns(line[len(quoted(line)) :])
    return replace(after, items=tuple(item for item in after.items if item.indent < indent), fence=None)


def reopening(block: Block, *, inline: bool) -> str:
    """Return the text that opens `block` at the beginning of a message; `inline`: the previous line was cut in two.

    Discord trims a message, so an indent cannot show that a list continues: its markers are repeated, with an ellipsis.
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
    """Return the quote marks at the beginning of `line`, or an empty string."""
    match = _QUOTE.match(line)
    return match[0] if match else ""


def _follow_outside_fence(block: Block, line: str) -> Block:
    """Return the structure open at the end of `line`, which is outside any fence; `block` was open before it."""
    if not line.strip():
        return replace(block, quote="", items=() if block.quote else block.items)
    big = _BIG_QUOTE.match(line)
    rest = line[big.end() :] if big else line
    marks = quoted(rest)
    rest = rest[len(marks) :]
    indent = _columns(rest)
    items = block.items if bool(marks) == bool(block.quote) else ()
    items = tuple(item for item in items if item.indent < indent)
    match = _ITEM.match(rest)
    if match:
        item = Item(indent, match[1], indent + _width(rest[: match.end()].lstrip(" \t")))
        items, rest, indent = (*items, item), rest[match.end() :], item.offset
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


def _closes(block: Block, fence: Fence, content: str) -> bool:
    text = content.strip()
    return text.startswith(fence.marker) and not text.strip(fence.marker[0]) and _may_hold_fence(block, content)


def _may_hold_fence(block: Block, content: str) -> bool:
    return bool(block.items) or _columns(content) <= _LONGEST_INDENT


def _without_quote(block: Block, line: str) -> str | None:
    """Return `line` without the quote's marks, or None if it is not in the quote."""
    marks = quoted(line) if block.quote else ""
    return line[len(marks) :] if marks or not block.quote else None


def _columns(text: str) -> int:
    match = _INDENT.match(text)
    return _width(match[0]) if match else 0


def _width(text: str) -> int:
    return len(text.expandtabs(4))
