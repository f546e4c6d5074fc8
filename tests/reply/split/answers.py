"""Answers as models write them, good and bad, for property tests."""

from itertools import cycle

from hypothesis import settings
from hypothesis import strategies as st

from bot.reply.split import Splitter
from bot.reply.split.markdown_filter import MarkdownFilter

EXAMPLES = {"nightly": 20_000, "ci": 600}.get(settings.get_current_profile_name(), 100)
"""Examples of each property of the split: 600, always the same, in `.ci/run`; 20,000 with `HYPOTHESIS_PROFILE=nightly`."""
many = settings(max_examples=EXAMPLES, deadline=None)
some = settings(max_examples=EXAMPLES // 4, deadline=None)
"""A quarter of them, for properties of which an example takes 15 ms or more."""

LIMITS = st.sampled_from([400, 400, 777, 2000])

_FENCES = st.sampled_from(
    ["```", "```py", "~~~", "~~~~c", "````md", "````", "   ```js", "    ```", "     ```", "``` a`b", "Do: ```py", "x = 1```",
     "```x```", "`" * 7, "~" * 99 + "x"]
)  # fmt: skip
_FENCES_INSIDE = st.sampled_from(["> ```", "> ```py", "- ```sh", ">>> ```", "> - ~~~", "   > ```js"])
_TABLES = st.sampled_from(
    ["| a | b |", "|---|:-:|", "| 1 | `x|y` |", "a | b", "--|--", "1 | 2 | 3", "|", "||spoiler||", "> | a |", "> |---|",
     "| " + "wide " * 12 + "| x |", "| \\| | **b** [l](https://a.b) |"]
)  # fmt: skip
_BLOCKS = st.sampled_from(
    ["", "", "# Heading", "-# small", "---", "> quoted", "> - item", ">>> ", ">>> all of it", "- item", "  - nested",
     "    - deep", "1. one", "   more of one", "10) ten", "+ plus", "text:", "***", ">", "- "]
)  # fmt: skip
_WORDS = st.sampled_from(
    ["word", "Sentence one. Sentence two! ", "w " * 60, "x" * 150, "[link](https://example.org/a_(b)/c)", "`code span`",
     "<@1234567890>", "<:smile:123>", "<t:12:R>", "https://example.org/" + "p" * 60, "||hidden||", "**bold words**",
     "@everyone", "👨‍👩‍👧‍👦", "🇩🇪🇫🇷🇮🇹", "e\u0301\u0323" * 3, "각한글", "日本語。テスト、「終」", "سلام عليكم. ", "क्षि",
     "\u2028", "\u00a0", "\t", "   ", "\\", "|", "\\|", "*", "_", "$|", "\r", "[", "](", "`", "``", "```", "~~", "**",
     "||", "<", "ก็ำ", "\u200b", "\u0600", "https://", "@"]
)  # fmt: skip
_LONG = st.sampled_from(["a", "日", "👋", "`", "e\u0301", "x "]).flatmap(
    lambda text: st.integers(100, 900).map(lambda times: text * times)
)
_LINES = st.one_of(
    _FENCES,
    _FENCES_INSIDE,
    _TABLES,
    _BLOCKS,
    st.tuples(_BLOCKS, _WORDS).map("".join),
    st.lists(_WORDS, min_size=1, max_size=6).map("".join),
    st.lists(_WORDS, min_size=1, max_size=6).map(" ".join),
    st.text("ab .,`~|\t\n👋", max_size=80),
    _LONG,
    st.integers(190, 3000).map(lambda spaces: " " * spaces + "."),
)
_PLAIN_LINES = st.one_of(
    _FENCES,
    st.sampled_from(["", "# Heading", "word word"]),
    st.lists(_WORDS.map(lambda word: word.replace("|", "/")), min_size=1, max_size=6).map(" ".join).map("a ".__add__),
    st.text("ab .,`~\t👋", max_size=80).map("a".__add__),
    _LONG,
)


def _joined(lines: list[str], ends: list[str], times: int) -> str:
    return "".join(line + end for line, end in zip(lines, cycle(ends), strict=False)) * times


ENDS = st.lists(st.sampled_from(["\n", "\n", "\n", "\n\n", "\n   ", "\n  ", " "]), min_size=1, max_size=5)
TEXTS = st.builds(_joined, st.lists(_LINES, max_size=15), ENDS, st.sampled_from([1, 1, 2, 4]))
"""Anything that a model may write, with what makes trouble more often than it deserves."""
PLAIN_TEXTS = st.builds(_joined, st.lists(_PLAIN_LINES, max_size=10), st.just(["\n"]), st.sampled_from([1, 2, 4]))
"""The same without lists, quotes and tables, so that a simple reader understands it."""
_TICK_LINES = st.one_of(
    _FENCES,
    _FENCES_INSIDE.filter(lambda line: ">>>" not in line),  # in such a quote Discord knows no other
    st.sampled_from(["", "text", "> ", "- item", "    indented", "> quoted", "# Heading", "#### Deep"]),
    st.lists(st.sampled_from(["word", " ", "`", "``", "```", "````", "\\", "a b", ": ", "> ", "'"]), max_size=9).map(
        "".join
    ),
)
TICKS = st.builds(_joined, st.lists(_TICK_LINES, max_size=15), ENDS, st.sampled_from([1, 1, 2, 4, 20]))
"""Rows of backticks and tildes in any nesting, without other marks, which may hold a block on Discord."""


@st.composite
def chunked(draw: st.DrawFn) -> list[str]:
    """A text in the pieces in which it comes."""
    text = draw(TEXTS)
    sizes = draw(st.lists(st.sampled_from([1, 2, 3, 4, 4, 9, 80, 500]), min_size=1, max_size=9))
    pieces: list[str] = []
    at = 0
    for size in cycle(sizes):
        if at >= len(text):
            return pieces
        pieces.append(text[at : at + size])
        at += size
    raise AssertionError  # a cycle has no end


def filtered(text: str) -> str:
    """Return the filter's version of a whole answer, which begins without white space, as in the split."""
    sieve, begun = MarkdownFilter(), text.lstrip()
    sieve.trim(len(text[: len(text) - len(begun)].rpartition("\n")[2].expandtabs(4)))
    return sieve.feed(begun) + sieve.close()


def grown(*pieces: str) -> list[list[str]]:
    """The messages after each piece of an answer, and at its end."""
    splitter = Splitter()
    shown: list[list[str]] = []
    for piece in pieces:
        splitter.feed(piece)
        shown.append(splitter.messages)
    return [*shown, splitter.close()]
