"""Rewrites an answer's lines, one after the other, into the Markdown that Discord reads. Pure.

A fence is written with its first line of code, because Discord reads an empty block as the beginning of the next one. A line that
is too long to wait for is rewritten in parts, each up to the beginning of a link or of inline code that is not complete yet.
"""

import re
from dataclasses import replace
from typing import Final

from bot.reply.split.blocks import FENCE, NOTHING, Block, follow, lead_of, quoted
from bot.reply.split.fences import SourceFence, code_in_one_line, opening, opening_behind_text, text_before_opening
from bot.reply.split.inline import (
    INVISIBLE,
    code_for_discord,
    end_of_complete,
    for_discord,
    heading_for_discord,
    long_code,
    shown_part,
)

_LONGEST_LEAD: Final = 200
_LONGEST_END: Final = 100
"""Characters at the beginning of a long line of code in which the end of its fence is looked for."""
_LONGEST_READ: Final = 150
"""Characters at the beginning of a long line of code that decide whether an end of its fence is one."""
_NEEDS_REWRITING: Final = re.compile(r"[`~#>]|\]\(")
_TICKS_AT_END: Final = re.compile(r"`++\Z")
_MAY_OPEN: Final = re.compile(r"[`~]+[ \t]*\Z|```|~~~")
"""The beginning of a line that may become a fence."""
_LONGEST_ROW: Final = 64
_QUOTES: Final = frozenset(" \t'\"")


class Rewriter:
    """Rewrites the lines of one answer. `passed` holds what was written since it was last taken."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.block = NOTHING
        self.trimmed = (
            0  # the width of the white space that was cut off the beginning of the answer, until its first line
        )
        self._ended = 0  # the number of list items, from the outermost on, that Discord ended at a blank line
        self._fence: SourceFence | None = None
        self._is_pending = False  # whether the opening of the fence waits for its first line of code
        self._last = ""  # the last character of the part of a long line that has passed
        self._last_mark = ""  # the last one that is no white space

    @property
    def in_fence(self) -> bool:
        """Whether the next line is code, unless it ends the fence or its quote."""
        return self._fence is not None

    @property
    def pending(self) -> str:
        """The marks in front of an opening that waits for its code, if they were shown before it was known as one."""
        if self._fence is None or not self._is_pending or not self._fence.lead.strip(" >"):
            return ""
        return self._fence.lead.rstrip()

    def emit(self, line: str) -> None:
        """Write a line that is Discord's Markdown already."""
        self.trimmed = 0
        self.passed.append(f"{line}\n")
        was_code = self.block.fence is not None
        self.block = follow(self.block, line)
        if self.block is not NOTHING and not was_code:
            self._note_end_of_list(line)

    def write(self, line: str) -> None:
        """Rewrite a complete line."""
        if self._fence is not None:
            content = self._fence.content(line)
            if content is not None:
                self._write_code(self._fence, content)
                return
            self._close_fence(self._fence)
        if _NEEDS_REWRITING.search(line) is None:
            self.emit(line)
        else:
            self._write_text(line)

    def write_part(self, text: str, *, first: bool) -> str:
        """Rewrite a part of a long line, `first` its beginning. Return the end of the text that has to wait."""
        if first and self._fence is not None and self._fence.content(text) is None:
            self._close_fence(self._fence)
        if first:
            text = self._behind_end(text)
        if self._fence is not None:
            return self._write_part_of_code(self._fence, text, first=first)
        if first:
            self.trimmed = 0
            text, self._last, self._last_mark = heading_for_discord(text), "", ""
            self.block = follow(self.block, text[:_LONGEST_LEAD])
        end = end_of_complete(text)
        if not self._last and end <= len(lead_of(text[:_LONGEST_LEAD]).text):
            return text  # the marks of a line wait with the code behind them, which may become a block
        self._write_inline(text[:end])
        return text[end:]

    def end_parts(self, rest: str) -> None:
        """End a long line that was written in parts, but for its `rest`."""
        fence = self._fence
        if fence is not None:
            closes = rest == fence.marker == FENCE and self._last not in _QUOTES
            self.passed.append("\n" if closes else f"{code_for_discord(rest)}\n")
            if closes:
                self._close_fence(fence)
            return
        if self._last not in {"", "`"} and text_before_opening(self._last_mark + rest) == self._last_mark:
            self.passed.append("\n")
            before = self.block.quote + self._last_mark
            self._open_fence(opening_behind_text(before + rest, before, self._offset))
        else:
            self._write_inline(rest)
            if self._last != "\n":
                self.passed.append("\n")

    def close(self, line: str) -> None:
        """End the answer with its last line, "" if that was written. A fence that has opened is written even without code."""
        fence = self._fence
        content = fence.content(line) if fence is not None else None
        if fence is not None and content is not None and fence.may_close(content):
            if content.strip() or self._is_pending:
                self._close_fence(fence)
        elif line:
            self.write(line)
        if self._fence is not None and self._is_pending:
            self._close_fence(self._fence)

    def shown(self, line: str) -> str:
        """Return as much of the incomplete `line` as may be shown now, without changing anything."""
        if self._fence is not None:
            content = self._fence.content(line)
            if content is not None:
                return self._shown_code(self._fence, content)
        lead = lead_of(line)
        if _MAY_OPEN.match(line, len(lead.text)):
            return lead.shown
        text = heading_for_discord(line)
        end = end_of_complete(text)
        return for_discord(text[:end]) + shown_part(text[end:])

    def end_of_quote(self, line: str) -> str:
        """Return the end of the fence that must stand before `line` if `line` ends its quote, else an empty string."""
        fence = self._fence
        if fence is None or fence.content(line) is not None:
            return ""
        empty = f"{fence.lead}{FENCE}{fence.language}\n{fence.margin}{INVISIBLE}\n" if self._is_pending else ""
        return f"{empty}{fence.margin}{FENCE}\n"

    @property
    def _around(self) -> Block:
        """The block around the next line as Discord sees it: a blank line ends a list there."""
        return replace(self.block, items=self.block.items[self._ended :], resumed=()) if self._ended else self.block

    @property
    def _offset(self) -> int:
        return self._around.items[-1].offset if self._around.items else 0

    def _note_end_of_list(self, line: str) -> None:
        """Note whether Discord takes `line` as the end of all lists, or as an item of another list."""
        if not line.removeprefix(">").strip():
            self._ended = len(self.block.items)
        elif self._ended:
            self._ended = min(self._ended, len(self.block.items) - len(lead_of(line).items.split()))

    def _write_text(self, line: str) -> None:
        if (FENCE in line or "~~~" in line) and self._write_fence(line):
            return
        text = heading_for_discord(for_discord(line))
        self.emit(f"{text} " if text.endswith(">") and quoted(text) == text else text)

    def _write_fence(self, line: str) -> bool:
        """Write the text and the fence of `line` if it opens one. Return whether it does."""
        fence = opening(line, self._around)
        if fence is not None:
            self._open_fence(replace(fence, trimmed=self.trimmed) if self.trimmed else fence)
        elif (whole := code_in_one_line(line, self._around)) is not None:
            self._open_fence(whole[0])
            self._write_code(*whole)
            self._close_fence(whole[0])
        elif (before := text_before_opening(line)) is not None:
            self.emit(heading_for_discord(for_discord(before)))
            self._open_fence(opening_behind_text(line, before, self._offset))
        else:
            return False
        return True

    def _write_inline(self, text: str) -> None:
        """Write text of a long line. Inline code that is too long for a line becomes a block."""
        while (found := long_code(text)) is not None:
            before, code, text = found
            begins = not self._last and lead_of(f"{before}{FENCE}").text == before
            fence = opening(f"{before}{FENCE}", self._around) if begins else None
            if fence is None:
                self._write_words(before)
                self.passed.append("\n" * (self._last != "\n"))
                fence = opening_behind_text(f"{self.block.quote}{FENCE}", self.block.quote, self._offset)
            self._open_fence(fence)
            self._write_code_line(fence, code)
            self._close_fence(fence)
            self._last = "\n"
        self._write_words(text)

    def _write_words(self, text: str) -> None:
        """Write text of a long line that holds no long inline code. Behind a block it begins a line."""
        part = for_discord(text)
        if self._last == "\n":
            part = part.lstrip(" \t")
            if part:
                self.passed.append(self.block.quote + " " * self._offset)
        self.passed.append(part)
        self._last = part[-1:] or self._last
        self._last_mark = part.rstrip()[-1:] or self._last_mark

    def _write_code(self, fence: SourceFence, content: str) -> None:
        end = fence.end_in(content)
        if end is None:
            self._write_code_line(fence, content)
            return
        code, text = end
        if code:
            self._write_code_line(fence, code)
        self._close_fence(fence)
        if text.strip():
            self._write_text(fence.margin + text)

    def _write_code_line(self, fence: SourceFence, code: str) -> None:
        if not code.strip():
            if self._is_pending:
                return
            code = f"{fence.indent} " if fence.nested else ""  # a blank line would end a list
        self._write_pending(fence)
        self.emit("> " * fence.quoted + fence.indented(code_for_discord(code)))

    def _behind_end(self, text: str) -> str:
        """Close the fence if the beginning of a long line holds its end and text behind it. Return what is left of the line."""
        fence = self._fence
        if fence is None:
            return text
        content = fence.content(text) or ""
        end = fence.end_in(content[:_LONGEST_READ]) if FENCE in content[:_LONGEST_END] else None
        if end is None or not end[1].strip():
            return text
        behind = content.index(FENCE) + len(FENCE)
        self._write_code(fence, content[:behind])
        return fence.margin + content[behind:]

    def _write_part_of_code(self, fence: SourceFence, text: str, *, first: bool) -> str:
        if first:
            self._write_pending(fence)
            self._last = ""
            text = "> " * fence.quoted + fence.indented(fence.content(text) or "")
        ticks = _TICKS_AT_END.search(text)
        end = len(text)
        if ticks:
            end = ticks.start() + (end - ticks.start()) // _LONGEST_ROW * _LONGEST_ROW
        self.passed.append(code_for_discord(text[:end]))
        self._last = text[end - 1 : end] or self._last
        return text[end:]

    def _shown_code(self, fence: SourceFence, content: str) -> str:
        if fence.marker == FENCE and FENCE in content:
            content = content[: content.index(FENCE)]
        if fence.may_close(content):
            return ""
        ticks = _TICKS_AT_END.search(content)
        code = code_for_discord(content[: ticks.start()] if ticks else content)
        opening = f"{fence.lead}{FENCE}{fence.language}\n" if self._is_pending else ""
        return f"{opening}{'> ' * fence.quoted}{fence.indented(code)}"

    def _open_fence(self, fence: SourceFence) -> None:
        if fence.title:
            title = for_discord(fence.title)
            self.emit(fence.lead + title)
            fence = replace(fence, title="", lead=fence.margin)
        self._fence, self._is_pending = fence, True
        if fence.code:
            self._write_code_line(fence, fence.code)

    def _write_pending(self, fence: SourceFence) -> None:
        if self._is_pending:
            self._is_pending = False
            self.emit(f"{fence.lead}{FENCE}{fence.language}")

    def _close_fence(self, fence: SourceFence) -> None:
        if self._is_pending:
            self._write_pending(fence)
            self.emit(fence.margin + INVISIBLE)
        self._fence = None
        self.emit(fence.margin + FENCE)
