"""Reads fences as models write them, by CommonMark's rules and Discord's, and writes them as Discord reads them. Pure.

Discord knows three backticks only. So a fence of tildes or of a longer row becomes three backticks, alone on its line. The name
of a file behind the language goes to the line before, and code behind the backticks to the line after.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from bot.reply.split.blocks import FENCE, LONGEST_INDENT, Block, Lead, around, lead_of
from bot.reply.split.info_strings import info_of, is_language, opens_behind
from bot.reply.split.inline import has_open_code

_CODE_INDENT: Final = 4
"""Columns from which on CommonMark reads the text as code, so that a fence there closes nothing."""
_LONGEST_CODE_INDENT: Final = 100
"""Widest indent of a line of code, in characters. A wider one would leave no room for the code in a message."""
_OPENING: Final = re.compile(r"(?P<marker>`{3,}+(?=[^`]*$)|~{3,}+(?=[^~]*$))(?P<info>.*)")
_BEHIND_TEXT: Final = re.compile(
    r"(?P<text>.*(?:[^`\s]|`(?=[ \t])))[ \t]*+(?P<marker>`{3,}+)(?P<info>[^`\s]?[^`]*?)[ \t]*"
)
_WHOLE_LINE: Final = re.compile(r"(?P<marker>`{3,}+)(?P<code>[^`]*[^`\s][^`]*)(?P=marker)[ \t]*")
_CLOSING_BEHIND_CODE: Final = re.compile(r"(?P<code>[^`]*[^`\s'\"])[ \t]*```(?P<text>[ \t]*)")
_CLOSING_BEHIND_CODE_BEFORE_TEXT: Final = re.compile(
    r"(?P<code>[^`]*[^`\s'\"(\[{<=,:])```(?P<text>[.,;:!?)]*(?:[ \t]+[^`]*)?)"
)
_CLOSING_BEFORE_TEXT: Final = re.compile(r"[ \t]*```(?P<text>(?=[ \t]*[^\s`'\"]).*)")
_MAY_HOLD_FENCES: Final = frozenset({"md", "markdown", "mdx"})
_MARK: Final = re.compile(r" {0,3}> ?")


@dataclass(frozen=True, slots=True)
class SourceFence:
    """A fence as it was written: its marker, and how Discord gets it.

    `lead` is the line's marks before the fence, `margin` the marks before its code and its end, `title` and `code` what stands
    behind the language, `column` where it was written, `quotes` the number of marks of its quote. `trimmed` is the indent,
    in columns, that its lines lose. `nested`: it stands in a list item, where the indent of its end does not count.
    """

    marker: str
    language: str
    title: str
    code: str
    lead: str
    margin: str
    nested: bool
    column: int = 0
    quotes: int = 0
    trimmed: int = 0

    @property
    def quoted(self) -> bool:
        """Whether the fence stands in a quote."""
        return self.quotes > 0

    @property
    def indent(self) -> str:
        """The white space before its code and its end."""
        return self.margin.removeprefix("> ")

    def indented(self, code: str) -> str:
        """Return a line of code with at least the indent of its list item, which it would end otherwise, and at most 100."""
        text = code.lstrip(" \t")
        if len(code) - len(text) > _LONGEST_CODE_INDENT:
            return " " * _LONGEST_CODE_INDENT + text
        if not self.nested or not code or code.startswith(self.indent):
            return code
        return self.indent + text

    def content(self, line: str) -> str | None:
        """Return a line of the fence without the marks of its quote; None if the line ends the quote."""
        end = 0
        for number in range(self.quotes):
            mark = _MARK.match(line, end)
            if mark is None:
                return line[end:] if number else None
            end = mark.end()
        return _without_indent(line[end:], self.trimmed)

    def closes(self, content: str) -> bool:
        """Whether a line closes the fence: by CommonMark's rules, or as far to the right as the fence itself."""
        text = content.strip()
        if not text.startswith(self.marker) or text.strip(self.marker[0]):
            return False
        return self.nested or len(content[: content.find(text)].expandtabs(4)) <= max(_CODE_INDENT - 1, self.column)

    def may_close(self, content: str) -> bool:
        """Whether the beginning of a line may become the line that closes the fence."""
        return not content.strip().strip(self.marker[0])

    def end_in(self, content: str) -> tuple[str, str] | None:
        """Return the code before the end of the fence and the text behind it in a line that holds the end, else None.

        Discord ends a block at any three backticks. Here they do so alone on their line, before text that opens no block within,
        and behind code, unless the code is about backticks.
        """
        if self.marker not in content:
            return None
        if self.closes(content):
            return "", ""
        if self.marker != FENCE:
            return None
        match = _CLOSING_BEFORE_TEXT.fullmatch(content)
        if match is not None:
            return None if self._opens_within(match["text"]) or has_open_code(match["text"]) else ("", match["text"])
        if content.count(FENCE) != 1:
            return None
        match = _CLOSING_BEHIND_CODE.fullmatch(content) or _CLOSING_BEHIND_CODE_BEFORE_TEXT.fullmatch(content)
        return (match["code"], match["text"].rstrip()) if match else None

    def _opens_within(self, text: str) -> bool:
        """Whether the text behind three backticks inside of this fence begins another with a language or attributes."""
        info = info_of(text)
        if not info.language or info.code:
            return bool(info.title) and text.lstrip().startswith("{")
        return is_language(info.language) or (self.language in _MAY_HOLD_FENCES and text[0] == info.language[0])


def opening(line: str, block: Block) -> SourceFence | None:
    """Return the fence that `line` opens, or None. `block` is open before the line."""
    lead = lead_of(line)
    match = _OPENING.fullmatch(line, len(lead.text))
    return _fence_in(block, match["marker"], match["info"].strip(), lead) if match else None


def text_before_opening(line: str) -> str | None:
    """Return the text of a line behind which a fence opens, else None."""
    match = _BEHIND_TEXT.fullmatch(line) if FENCE in line else None
    if match is None or has_open_code(match["text"]) or len(lead_of(line).text) >= match.start("marker"):
        return None
    return match["text"] if opens_behind(match["text"], match["info"]) else None


def opening_behind_text(line: str, text: str, indent: int) -> SourceFence:
    """Return the fence that opens in `line` behind `text`. `indent` is where the text of its list item begins."""
    fence = line[len(text) :].strip()
    info = fence.lstrip("`")
    behind = Lead("", lead_of(line).quote, " " * indent, "")
    return _fence(fence[: len(fence) - len(info)], info, behind, nested=indent > 0)


def code_in_one_line(line: str, block: Block) -> tuple[SourceFence, str] | None:
    """Return the fence and the code of a line that is nothing but both, or None. `block` is open before the line."""
    lead = lead_of(line) if FENCE in line else None
    match = _WHOLE_LINE.fullmatch(line, len(lead.text)) if lead else None
    if lead is None or match is None:
        return None
    return _fence_in(block, match["marker"], "", lead), match["code"].strip()


def _without_indent(line: str, columns: int) -> str:
    """Return `line` without white space at its beginning, at most `columns` wide."""
    text = line.lstrip(" \t")
    if columns == 0 or text == line:
        return line
    return " " * (len(line[: len(line) - len(text)].expandtabs(4)) - columns) + text


def _fence_in(block: Block, marker: str, text: str, lead: Lead) -> SourceFence:
    """Return the fence behind `lead`, a line's marks; `block` is open before the line.

    A fence in no list item loses its indent, and its code as much: a cut may put a list item at the beginning of a message, where
    the item has no indent, and Discord would take the indented lines of later fences into it.
    """
    fence = _fence(marker, text, lead, nested=bool(block.items or block.resumed))
    if lead.items or not lead.indent or around(block, f"{lead.text}{marker}").items:
        return fence
    quote = "> " if lead.quote else ""
    return replace(fence, lead=lead.big + quote, margin=quote, column=0, trimmed=fence.column)


def _fence(marker: str, text: str, lead: Lead, *, nested: bool) -> SourceFence:
    info = info_of(text)
    quote = "> " if lead.quote else ""
    indent = " " * min(len(lead.indent.expandtabs(4)), LONGEST_INDENT)
    return SourceFence(
        marker=marker,
        language=info.language,
        title=info.title,
        code=info.code,
        lead=lead.big + quote + indent + lead.items,
        margin=quote + indent + " " * min(len(lead.items.expandtabs(4)), LONGEST_INDENT - len(indent)),
        nested=nested or bool(lead.items),
        column=len((lead.indent + lead.items).expandtabs(4)),
        quotes=lead.quote.count(">"),
    )
