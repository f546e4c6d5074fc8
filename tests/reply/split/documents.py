"""Answers whose meaning is known: each word with the styles in which Discord must show it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from random import Random

from hypothesis import strategies as st

Word = tuple[str, frozenset[str]]
MARKS = {"bold": "**", "italic": "*", "underline": "__", "strike": "~~", "spoiler": "||"}


KINDS = [
    "prose",
    "prose",
    "heading",
    "quote",
    "tight quote",
    "list",
    "code",
    "quoted code",
    "item with code",
    "code in line",
]


@dataclass(slots=True, repr=False)
class Document:
    """An answer in Markdown as models write it, and its words in order, each with its styles."""

    random: Random
    lines: list[str] = field(default_factory=list[str])
    words: list[Word] = field(default_factory=list[Word])
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __repr__(self) -> str:
        return repr(self.text)

    @property
    def text(self) -> str:
        """The whole answer."""
        return "\n".join(self.lines)

    def word(self, styles: frozenset[str]) -> str:
        """Add a word in these styles and return it."""
        word = f"w{next(self.numbers)}x"
        self.words.append((word, styles))
        return word

    def prose(self, styles: frozenset[str], words: int) -> str:
        """Return words with marks around some of them, nested up to three deep."""
        pieces: list[str] = []
        while words > 0:
            kind = self.random.choice(["plain", "plain", "plain", "code", *MARKS])
            length = min(words, self.random.choice([1, 2, 5, 30, 200]))
            words -= length
            if kind == "code":
                pieces.append(f"`{' '.join(self.word(styles | {'code'}) for _ in range(min(length, 8)))}`")
            elif kind == "plain" or not _may_nest(kind, styles):
                pieces.append(" ".join(self.word(styles) for _ in range(length)))
            else:
                pieces.append(f"{MARKS[kind]}{self.prose(styles | {kind}, length)}{MARKS[kind]}")
        return " ".join(pieces)

    def code(self, margin: str, styles: frozenset[str]) -> list[str]:
        """Return a fence, each line behind `margin`, that may hold a shorter fence."""
        marker = self.random.choice(["```", "```", "````", "~~~", "~~~~~", "``````"])
        language = self.random.choice(["", "py", "c++"])
        inner = [self.random.choice([[], ["~~~" if marker[0] == "`" else "```sh"]]) for _ in range(2)]
        style = styles | {f"block:{language}"}
        indents = cycle(self.random.choices(["", "    "], k=3))
        rows = [
            next(indents) + " ".join(self.word(style) for _ in range(self.random.randint(1, 12)))
            for _ in range(self.random.randint(1, 40))
        ]
        return [margin + line for line in [marker + language, *inner[0], *rows, *inner[1], marker]]

    def code_behind(self, before: str) -> list[str]:
        """Return a fence behind `before`, whose first line of code stands behind its backticks."""
        style = frozenset({"block:"})
        rows = [
            " ".join(self.word(style) for _ in range(self.random.randint(2, 12)))
            for _ in range(self.random.randint(1, 9))
        ]
        return [f"{before}```{rows[0]}", *rows[1:], "```"]

    def code_of(self, kind: str) -> list[str]:
        """Return a fence of this kind."""
        if kind == "code":
            return self.code("", frozenset())
        if kind == "quoted code":
            return self.code("> ", frozenset({"quote"}))
        if kind == "code in line":
            words = self.random.choice([0, 1, 20, 200])
            return self.code_behind(f"{self.prose(frozenset(), words)}: " if words else "")
        return [f"- {self.prose(frozenset({'item'}), 3)}", *self.code("  ", frozenset({"item"}))]

    def add(self, kind: str) -> None:
        """Add a block and a blank line behind it."""
        choice, some = self.random.choice, range(self.random.randint(1, 9))
        lengths = [1, 4, 20, 60, 200, 450]
        if kind == "prose":
            self.lines.append(self.prose(frozenset(), choice(lengths)))
        elif kind == "heading":
            level = self.random.randint(1, 6)
            self.lines.append(f"{'#' * level} {self.prose(frozenset({f'h{min(level, 3)}'}), len(some))}")
        elif kind.endswith("quote"):
            mark = "> " if kind == "quote" else ">"
            self.lines += [f"{mark}{self.prose(frozenset({'quote'}), choice(lengths))}" for _ in some]
        elif kind == "list":
            mark = choice(["-", "*", "1.", "12."])
            self.lines += [f"{mark} {self.prose(frozenset({'item'}), choice(lengths))}" for _ in some]
        else:
            self.lines += self.code_of(kind)
        self.lines.append("")


def _may_nest(kind: str, styles: frozenset[str]) -> bool:
    return kind not in styles and len(styles & MARKS.keys()) < 3 and not {kind, *styles} >= {"bold", "italic"}


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Documents of a few blocks."""
    document = Document(Random(draw(st.integers(0, 2**32))))
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=6)):
        document.add(kind)
    return document


def exercise(seed: int, length: int) -> str:
    """Prose and code in turn, `length` characters in all, in blocks of a size that depends on `seed`."""
    random = Random(seed)
    size = random.choice([100, 200, 400, 800])
    blocks: list[str] = []
    while sum(map(len, blocks)) < length:
        words = (f"Sentence {number} says what the next lines do. " for number in range(random.randint(1, size // 40)))
        rows = (
            f"{'    ' * (number % 3)}value_{number} = compute({number * 7})\n"
            for number in range(random.randint(2, size // 25))
        )
        blocks.append(f"{''.join(words)}\n\n```python\n{''.join(rows)}```\n\n")
    return "".join(blocks)[:length]
