"""Tracks which fences, quotes and lists are open after each line of Discord's Markdown, as far as a cut needs to know. Pure.

The lines are those that `markdown_filter` passes: outside of code only a fence has three backticks in a row, inside of code only
the line that closes it, and a fence stands alone on its line behind the marks of its quote and its list items. A quote mark needs
a space after it, and `>>> ` quotes everything that follows.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

FENCE: Final = "```"
LONGEST_INDENT: Final = 40
"""Widest indent of a fence, in columns. A wider one is cut down to it."""
LONGEST_LANGUAGE: Final = 30
_LONGEST_QUOTE: Final = 20
_LONGEST_CHAIN: Final = 80
BIG_QUOTE: Final = ">>> "

_QUOTE: Final = re.compile(r"(?: {0,3}>(?: |$))+")
_LEAD: Final = re.compile(
    r"(?P<big> *>>> +)?(?P<quote>(?: {0,3}>(?: |$))*+)(?P<indent>[ \t]*+)"
    r"(?P<items>(?:(?:[-*+]|\d{1,9}[.)])[ \t]++(?=\S)){0,8})"
)
_TIGHT: Final = re.compile(r"(?P<marks> {0,3}>(?: {0,3}>){0,9})(?P<rest>.*)", re.DOTALL)
_TEXT: Final = re.compile(
    r"(?:[*_~|\"'“‘«(\[¿¡]{0,8}(?:[^\W\d_]|`)|[*~\"“]{1,8}\w|\||(?:[-*+]|#{1,6}|\d{1,9}[.)]) )(?!<)"
)
"""The beginning of quoted text. `>_<`, `>o<`, `>:(`, `>=` and `>90` mean something else."""
_ITEM: Final = re.compile(r"(\S+)[ \t]+")
_LANGUAGE: Final = re.compile(rf"{FENCE}([\w+#.-]{{0,{LONGEST_LANGUAGE}}})[ \t]*")


@dataclass(frozen=True, slots=True)
class Item:
    """A list item: the columns before its marker, the marker, and the column where its text begins."""

    indent: int
    marker: str
    offset: int


@dataclass(frozen=True, slots=True)
class Fence:
    """An open fence: its indent in columns and its language."""

    indent: int
    language: str


@dataclass(frozen=True, slots=True)
class Block:
    """The structure that is open at the end of a line.

    `big`: a `>>> ` quote is open. `quote` holds the marks of the quote, `items` the list items around the line from the outermost
    on, `fence` the open fence, if any. `resumed` holds the list items around an indented quote, which go on behind it.
    """

    big: bool = False
    quote: str = ""
    items: tuple[Item, ...] = ()
    fence: Fence | None = None
    resumed: tuple[Item, ...] = ()


NOTHING: Final = Block()


@dataclass(frozen=True, slots=True)
class Lead:
    """The marks at the beginning of a line: `>>> `, quote marks, the indent and the markers of list items."""

    big: str
    quote: str
    indent: str
    items: str

    @property
    def text(self) -> str:
        """The marks as they are written."""
        return self.big + self.quote + self.indent + self.items

    @property
    def shown(self) -> str:
        """The marks as they are shown while the text behind them is held: those of list items, with what is before them."""
        return self.text.rstrip() if self.items else ""


def lead_of(line: str) -> Lead:
    """Return the marks at the beginning of `line`."""
    match = _LEAD.match(line)
    found = match.groupdict("") if match else {}
    return Lead(found.get("big", ""), found.get("quote", ""), found.get("indent", ""), found.get("items", ""))


def follow(block: Block, line: str) -> Block:
    """Return the structure open at the end of `line`; `block` was open before it."""
    if block.fence is not None:
        if FENCE not in line and not (block.quote and not quoted(line)):
            return block
        if line[len(quoted(line)) if block.quote else 0 :].strip() == FENCE:
            return _without_fence(block)
        return block if FENCE in line else follow(_without_fence(block), line)
    if block is NOTHING and line[:1].isalpha():
        return block
    match = _LEAD.match(line)
    end = match.end() if match else 0
    language = _LANGUAGE.fullmatch(line, end) if line.startswith(FENCE, end) else None
    return _after(block, line[:end], language[1] if language else None, not line[end:].strip())


def closing(block: Block) -> str:
    """Return the text that closes the fence of `block`, if any."""
    return "" if block.fence is None else f"\n{block.quote}{' ' * block.fence.indent}{FENCE}"


def ends_in_big_quote(message: str) -> bool:
    """Whether a `>>> ` quote is open at the end of a message: all that follows would be quoted."""
    block = NOTHING
    for line in message.split("\n") if BIG_QUOTE in message else ():
        block = follow(block, line)
    return block.big


def around(block: Block, line: str) -> Block:
    """Return the part of `block` that encloses the next line, `line`, without anything that `line` opens itself."""
    if block.fence is not None:
        return block
    after = follow(block, line)
    if not after.items and after.fence is None:
        return after
    indent = _columns(line[len(quoted(line)) :])
    return replace(after, items=_around_column(after.items, indent), fence=None)


def reopening(block: Block, *, inline: bool) -> str:
    """Return the text that opens `block` at the beginning of a message; `inline`: the previous line was cut in two.

    Discord trims a message, so an indent cannot show that a list continues: its markers are repeated, with an ellipsis.
    """
    chain = [f"{block.quote}{' ' * item.indent}{item.marker} …" for item in block.items]
    if sum(map(len, chain)) > _LONGEST_CHAIN:
        chain = [f"{block.quote}- …"]
    quote = block.quote if inline else ""
    if block.fence is not None:
        indent = " " * block.fence.indent
        head = "\n".join([*chain, f"{block.quote}{indent}{FENCE}{block.fence.language}", quote + indent * inline])
    elif chain:
        head = "\n".join(chain) + (" " if inline else "\n")
    else:
        head = quote
    return (BIG_QUOTE if block.big else "") + head.lstrip(" ")


def with_spaced_marks(line: str) -> str:
    """Return `line` with a space behind each of its quote marks, where CommonMark knows a quote and Discord none: `>x`, `>>x`."""
    if ">" not in line[:4] or BIG_QUOTE.startswith(line[: len(BIG_QUOTE)].strip(" ") + " "):
        return line
    match = _TIGHT.match(line)
    if match is None:
        return line
    marks, rest = match["marks"], match["rest"]
    if not _TEXT.match(rest) and not (">>" in marks and rest[:1] in {"", " ", "\t"}):
        return line
    return "> " * marks.count(">") + rest.removeprefix(" ")


def quoted(line: str) -> str:
    """Return the quote marks at the beginning of `line`, or an empty string."""
    match = _QUOTE.match(line) if ">" in line[:4] else None
    return match[0] if match else ""


@lru_cache(maxsize=1024)
def _after(block: Block, marks: str, language: str | None, blank: bool) -> Block:  # noqa: FBT001 -- a key of the cache
    """Return the structure after a line with these marks; `block`, without a fence, was open before it."""
    lead = lead_of(marks + "x")
    big = block.big or bool(lead.big)
    if blank and not lead.quote and not lead.big:
        after = replace(block, quote="", items=block.resumed if block.quote else block.items, resumed=())
        return NOTHING if after == NOTHING else after
    indent = _width(lead.indent)
    outer = block.resumed if block.quote else block.items
    inner = (block.items if block.quote else ()) if lead.quote else outer
    items = _around_column(inner, indent)
    for marker in _ITEM.finditer(lead.items):
        item = Item(indent, marker[1], indent + _width(marker[0]))
        items, indent = (*items, item), item.offset
    quote = lead.quote.strip() + " " if lead.quote else ""
    after = Block(
        big=big,
        quote=quote if len(quote) <= _LONGEST_QUOTE else "> ",
        items=items,
        fence=None if language is None else Fence(min(indent, LONGEST_INDENT), language),
        resumed=_around_column(outer, _columns(lead.quote)) if lead.quote else (),
    )
    return NOTHING if after == NOTHING else after


@lru_cache(maxsize=1024)
def _without_fence(block: Block) -> Block:
    after = replace(block, fence=None)
    return NOTHING if after == NOTHING else after


def _around_column(items: tuple[Item, ...], column: int) -> tuple[Item, ...]:
    return tuple(item for item in items if item.indent < column)


def _columns(text: str) -> int:
    return _width(text[: len(text) - len(text.lstrip(" \t"))])


def _width(text: str) -> int:
    return len(text.expandtabs(4))
