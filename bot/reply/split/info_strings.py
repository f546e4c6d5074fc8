"""Reads what stands behind the backticks that open a block: its language, a title, or code. Pure.

For Discord only a single word there is a language; anything else is code. CommonMark calls all of it an info string and shows
none of it. Models write both: `js title="a.js"` as well as the first line of the code itself.
"""

import re
from dataclasses import dataclass
from typing import Final

from bot.reply.split.blocks import LONGEST_LANGUAGE

_LANGUAGES: Final = frozenset(
    {
        "ansi", "apache", "asm", "awk", "bash", "bat", "batch", "c", "c#", "c++", "clojure", "cmake", "cmd",
        "console", "cpp", "cs", "csharp", "css", "csv", "d", "dart", "diff", "docker", "dockerfile", "elixir",
        "elm", "erlang", "f#", "fish", "fsharp", "gherkin", "go", "golang", "gradle", "graphql", "groovy",
        "haskell", "hcl", "hs", "html", "http", "ini", "java", "javascript", "jinja", "jl", "js", "json", "json5",
        "jsonc", "jsonl", "jsx", "julia", "kotlin", "kt", "latex", "less", "lisp", "log", "lua", "make",
        "makefile", "markdown", "matlab", "md", "mermaid", "mysql", "nginx", "nim", "nix", "objc", "objective-c",
        "objectivec", "ocaml", "output", "pascal", "patch", "perl", "pgsql", "php", "plain", "plaintext", "plsql",
        "postgresql", "powershell", "prolog", "properties", "proto", "protobuf", "ps1", "pwsh", "py", "python",
        "python3", "qml", "r", "rb", "regex", "ruby", "rs", "rust", "sass", "scala", "scheme", "scss", "sh",
        "shell", "sql", "stylus", "svelte", "svg", "swift", "tcl", "terraform", "tex", "text", "toml", "ts", "tsx",
        "txt", "typescript", "vb", "vb.net", "vba", "verilog", "vhdl", "vim", "vue", "wasm", "xml", "yaml", "yml",
        "zig", "zsh",
    }
)  # fmt: skip
"""Languages as models name them, most of them from highlight.js's SUPPORTED_LANGUAGES.md, which colours code on Discord."""
_WORD: Final = re.compile(r"[\w+#.-]+")
_ATTRIBUTE: Final = (
    r"(?:[\w.-]+=(?:\"[^\"]*\"|'[^']*'|[^\s\"']+)|\{[^{}]*\}|\[[^\[\]]*\]|\"[^\"]*\"|'[^']*'"
    r"|[\w./\\@-]*\w\.\w{1,8}(?::\d+)?)"
)
_TITLE: Final = re.compile(rf"[ \t]+{_ATTRIBUTE}(?:[ \t,]+{_ATTRIBUTE})*|[:,;{{].*")
"""Words behind a language that are not code: attributes, the name of a file, line numbers."""
_PROSE: Final = re.compile(r"[\w+#.-]*[,.;:!?)\"'”’]+(?:\s|$)")
_CODE: Final = re.compile(r"[(){}\[\]=;<>$|/\\]|--|\w\.\w")
_LANGUAGES_OF_WORDS: Final = frozenset(
    {
        "bash", "bat", "batch", "cmd", "console", "fish", "mysql", "pgsql", "plsql", "powershell", "ps1", "pwsh", "sh",
        "shell", "sql", "zsh",
    }
)  # fmt: skip
"""Languages whose code may be words alone: `npm ci`, `SELECT name FROM lamps`."""
_SPEAKS: Final = re.compile(r"(?:and|or|to|as|is|then|blocks?|fences?|tags?)\b")
"""Words that follow a language in text that speaks of backticks, and begin no command."""


@dataclass(frozen=True, slots=True)
class Info:
    """The language of a block, a title that belongs above it, and the code that stands on its opening line."""

    language: str = ""
    title: str = ""
    code: str = ""


def info_of(text: str) -> Info:
    """Read what stands behind the row that opens a block."""
    text = text.strip()
    match = _WORD.match(text)
    word = match[0] if match else ""
    if word == text:
        return Info(language=word) if len(word) <= LONGEST_LANGUAGE else Info(title=word)
    rest = text[len(word) :]
    if is_language(word):
        if _TITLE.fullmatch(rest):
            return Info(language=word, title=rest.strip())
        if rest[0].isspace():
            return Info(language=word, code=rest.strip())
    return Info(title=text) if text[0] == "{" and text[-1] == "}" else Info(code=text)


def is_language(word: str) -> bool:
    """Whether `word` names a language."""
    return word.lower() in _LANGUAGES


def opens_behind(text: str, info: str) -> bool:
    """Whether three backticks behind `text`, in mid-line, open a block that goes on in the next lines; `info` ends the line.

    Text may speak of backticks, too: then words follow. Code follows at once, or the text ends in a colon.
    """
    if text.endswith((":", "\uff1a")) or not info:
        return True
    if info[0].isspace() or _PROSE.match(info):
        return False
    found = info_of(info)
    if found.language.lower() in _LANGUAGES_OF_WORDS and not _SPEAKS.match(found.code):
        return True
    return not found.code or _CODE.search(info) is not None
