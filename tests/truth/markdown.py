"""A small model of Discord's Markdown: the text that Discord's client shows of a message, with the style of each piece.

Sources of the rules:
- Discord's help centre, "Markdown Text 101 (Chat Formatting)": https://support.discord.com/hc/en-us/articles/210298617
- discord/SimpleAST, `SimpleMarkdownRules.kt`: the expressions of the Android client.
- Khan/perseus, `simple-markdown`: the parser that the desktop client is built on, with its rules for links and addresses.
- jeremy-rifkin/discord-markdown: rules compared with the desktop client by its authors (order of rules, start of a line, lists).

The rules are tried in order at each place, blocks and inline marks alike, and there are no paragraphs: a mark that is open at
the end of one paragraph is closed by the same mark in another. Only three backticks make a block, anywhere in a line, and end it
anywhere; what stands behind those that open it is a language only if it is a word that ends the line. Inline code has no longest
length and may hold line breaks. A quote's mark needs a space (SimpleMarkdownRules, and the tests of discord-markdown:
`test/blockquotes.ts`, `test/code-blocks.ts`, `test/inline-code.ts`).
"""

import re
from dataclasses import dataclass, field

_ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
_ITALIC = re.compile(
    r"\b_((?:__|\\[\s\S]|[^\\_])+?)_\b"
    r"|\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)"
)
_WRAPPED = (
    ("bold", re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)")),
    ("underline", re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)")),
    ("italic", _ITALIC),
    ("strike", re.compile(r"~~([\s\S]+?)~~(?!_)")),
    ("spoiler", re.compile(r"\|\|([\s\S]+?)\|\|")),
)
_BLOCK = re.compile(r"```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n][\s\S]*?)\n*```", re.IGNORECASE)
_CODE = re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")
_QUOTE = re.compile(r" *>>> ([\s\S]+)|( *> [^\n]*(?:\n *> [^\n]*)*\n?)")
_QUOTE_MARK = re.compile(r"^ *> ", re.MULTILINE)
_SMALL = re.compile(r"-# (?!-#) *([^\n]+\n?)")
_HEADING = re.compile(r" *(#{1,3}) (?!#) *([^\n]+\n?)")
_ITEM = re.compile(r"( *)([*-]|\d+\.) +([^\n]+(?:\n\1 {2}[^\n]+)*\n?)")
_LINK = re.compile(
    r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]\(\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?(?:\s+['\"]([\s\S]*?)['\"])?\s*\)"
)
_ADDRESS = re.compile(r"https?://[^\s<]+[^<.,:;\"')\]\s]")
_BRACKETED = re.compile(r"<(https?://[^ >\n]+)>")
_MENTION = re.compile(r"<(?:@[!&]?|#|/[\w -]+:|a?:\w+:|t:)-?\d+(?::[tTdDfFR])?>|@(?:everyone|here)")
_SPECIAL = re.compile(r"[\\*_~|`<\[h@\n]")


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one style. A block of code has the style `block:` with its language, a link `link:` with its address."""

    text: str
    styles: frozenset[str]


@dataclass(slots=True)
class _State:
    starts_line: bool = True
    quoted: bool = False
    linked: bool = False
    escaped: bool = True
    """Whether an escaped character is kept."""
    runs: list[Run] = field(default_factory=list[Run])

    def add(self, text: str, styles: frozenset[str]) -> None:
        if text and self.runs and self.runs[-1].styles == styles and not any(map(_is_block, styles)):
            text = self.runs.pop().text + text
        if text:
            self.runs.append(Run(text, styles))


def _is_block(style: str) -> bool:
    return style.startswith("block:")


def rendered(message: str, *, escaped: bool = True) -> list[Run]:
    """Return the runs that Discord shows of a message; unless `escaped`, with spaces for escaped characters."""
    state = _State(escaped=escaped)
    _parse(message.strip(), frozenset(), state)
    return state.runs


def shown(message: str) -> str:
    """Return the text that Discord shows of a message, without its styles."""
    return "".join(run.text for run in rendered(message))


def blocks(message: str) -> list[tuple[str, str]]:
    """Return the language and the code of each block of a message."""
    return [
        (style.removeprefix("block:"), run.text)
        for run in rendered(message)
        for style in run.styles
        if _is_block(style)
    ]


def outside(message: str, *, escaped: bool = True) -> str:
    """Return the text that Discord shows outside of code; unless `escaped`, with spaces for escaped characters."""
    return "".join(
        run.text
        for run in rendered(message, escaped=escaped)
        if "code" not in run.styles and not any(map(_is_block, run.styles))
    )


def letters(message: str) -> list[tuple[str, frozenset[str]]]:
    """Return each character that is no white space, with its styles."""
    return [(letter, run.styles) for run in rendered(message) for letter in run.text if not letter.isspace()]


def _parse(text: str, styles: frozenset[str], state: _State) -> None:
    at = 0
    while at < len(text):
        at = (
            _block_at(text, at, styles, state)
            or _inline_at(text, at, styles, state)
            or _text_at(text, at, styles, state)
        )


def _block_at(text: str, at: int, styles: frozenset[str], state: _State) -> int | None:
    """Parse a block that begins at `at`, the start of a line. Return its end, or None if there is none."""
    if not state.starts_line or state.linked:
        return None
    if not state.quoted and (match := _QUOTE.match(text, at)):
        state.quoted = True
        _parse(match[1] or _QUOTE_MARK.sub("", match[2]), styles | {"quote"}, state)
        state.quoted = False
    elif match := _SMALL.match(text, at):
        _parse(match[1].strip(), styles | {"small"}, state)
    elif match := _HEADING.match(text, at):
        _parse(match[2].strip(), styles | {f"h{len(match[1])}"}, state)
    elif match := _ITEM.match(text, at):
        width = len(match[0]) - len(match[1]) - len(match[3])
        _parse(re.sub(rf"\n {{1,{len(match[1]) + width}}}", "\n", match[3]), styles | {"item"}, state)
    else:
        return None
    state.add("\n", styles)
    state.starts_line = True
    return match.end()


def _inline_at(text: str, at: int, styles: frozenset[str], state: _State) -> int | None:
    if match := _ESCAPE.match(text, at):
        state.add(match[1] if state.escaped else " ", styles)
        state.starts_line = False
        return match.end()
    for style, pattern in _WRAPPED:
        if match := pattern.match(text, at):
            _parse(next(group for group in match.groups() if group), styles | {style}, state)
            return match.end()
    return _code_at(text, at, styles, state) or _link_at(text, at, styles, state)


def _code_at(text: str, at: int, styles: frozenset[str], state: _State) -> int | None:
    if match := _BLOCK.match(text, at):
        state.add(match[2], styles | {f"block:{match[1] or ''}"})
    elif match := _CODE.match(text, at):
        state.add(match[2], styles | {"code"})
    else:
        return None
    state.starts_line = False
    return match.end()


def _link_at(text: str, at: int, styles: frozenset[str], state: _State) -> int | None:
    state_before = state.starts_line
    state.starts_line = False
    if (match := _BRACKETED.match(text, at)) or (match := _ADDRESS.match(text, at)):
        address = match[match.lastindex or 0]
        state.add(address, styles | {f"link:{address}"})
    elif match := _MENTION.match(text, at):
        state.add(match[0], styles | {"mention"})
    elif not state.linked and (match := _LINK.match(text, at)) and _ADDRESS.fullmatch(match[2]):
        if _ADDRESS.search(match[1]) or _BLOCK.search(
            match[1]
        ):  # a link whose text is another address is shown as written
            state.add(match[0], styles)
        else:
            state.linked = True
            _parse(match[1], styles | {f"link:{match[2]}"}, state)
            state.linked = False
    else:
        state.starts_line = state_before
        return None
    return match.end()


def _text_at(text: str, at: int, styles: frozenset[str], state: _State) -> int:
    special = _SPECIAL.search(text, at + 1)
    end = at + 1 if text[at] == "\n" else special.start() if special else len(text)
    state.add(text[at:end], styles)
    if text[at] == "\n":
        state.starts_line = True
    elif text[at:end].strip():
        state.starts_line = False
    return end
