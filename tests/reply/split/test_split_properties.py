"""Properties of the split that hold for every answer, in whatever pieces it comes."""

import re
from itertools import accumulate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.chat.visible import is_blank
from bot.reply.split import LIMIT, Splitter, split
from bot.reply.split.blocks import Block, follow
from bot.reply.split.markdown_filter import MarkdownFilter
from tests.reply.split.answers import LIMITS, PLAIN_TEXTS, TEXTS, chunked, filtered, many
from tests.truth.markdown import blocks, outside

pytestmark = pytest.mark.timeout(3600)  # twenty thousand examples take their time

SPACE_BEHIND_FENCE = "~" * 99 + ". \n\n" + "a" * 390
FENCE_BEFORE_CUT = "a" * 150 + "\n" + "~" * 60 + "\n\n" + "b" * 100 + "\n" + "~" * 60 + "\n" + "c" * 300
THREE_LONG_FENCES = f"{'`' * 97}py\n{'a' * 102}.   {'`' * 97}\n{'`' * 99}x x\n{'c' * 100}"
LONGEST_FENCE_QUOTED = (">>> \n" + "```\n" * 6 + "> ```\n" + "~" * 99 + "x\n") * 4
FENCE_BEHIND_QUOTED_FENCE = "```\n" * 3 + "```" + " " * 200 + ".\n```\n> ```py\n``` "
QUOTE_IN_BIG_QUOTE = ">>> " + "a" * 390 + "\n> ```\n> ```\n~~~"
TICK_BEFORE_LINE_END = "```\n" + "x" * 391 + "\n`\n\n\n"


def letters(text: str) -> str:
    """The letters and digits of `text`."""
    return "".join(filter(str.isalnum, text))


def open_at_end(message: str) -> bool:
    """Tell whether a fence is open at the end, by the split's own reading of lists and quotes. A spoiler may end behind one."""
    block = Block()
    for line in message.removesuffix("||").split("\n"):
        block = follow(block, line)
    return block.fence is not None


@given(TEXTS, LIMITS)
@example(SPACE_BEHIND_FENCE, 400)
@example(FENCE_BEFORE_CUT, 400)
@example(THREE_LONG_FENCES, 400)
@example(TICK_BEFORE_LINE_END, 400)
@many
def test_every_part_is_a_message_that_discord_takes(text: str, limit: int) -> None:
    """Every message fits the limit, has neither white space at its ends nor an open fence, and is not empty."""
    for message in split(text, limit):
        assert 0 < len(message) <= limit
        assert message == message.strip()
        assert not open_at_end(message)


@given(TEXTS, LIMITS)
@many
def test_the_text_is_whole_once_the_added_marks_are_taken_away(text: str, limit: int) -> None:
    """The messages without the added marks are what the filter passed, except for white space and empty quotes at cuts."""
    splitter = Splitter(limit)
    splitter.feed(text)
    messages = splitter.close()
    passed, at = filtered(text), 0

    assert [piece.text for piece in splitter.pieces] == messages
    for piece in splitter.pieces:
        start = passed.index(piece.body, at)
        assert is_blank(passed[at:start].replace(">", ""))
        at = start + len(piece.body)
    assert is_blank(passed[at:].replace(">", ""))


@given(PLAIN_TEXTS, LIMITS)
@many
def test_a_text_without_tables_arrives_with_every_letter(text: str, limit: int) -> None:
    """A text without tables arrives with all of its letters and digits."""
    splitter = Splitter(limit)
    splitter.feed(text)
    splitter.close()

    assert letters("".join(piece.body for piece in splitter.pieces)) == letters(text)


@given(chunked(), LIMITS, st.integers(1, 7))
@example([*"    ```\n> ```\n```\n"], 400, 1)
@example([*LONGEST_FENCE_QUOTED], 400, 1)
@example([*QUOTE_IN_BIG_QUOTE], 400, 1)
@example([*FENCE_BEHIND_QUOTED_FENCE], 400, 1)
@example([*f"- ```sh {'a' * 200} "], 400, 1)
@example([*f"> - ~~~\n{' ' * 390}.\n"], 400, 1)
@example([*"` ``` "], 400, 1)
@many
def test_parts_before_the_last_never_change_and_pieces_make_no_difference(
    pieces: list[str], limit: int, looks: int
) -> None:
    """Messages before the last never change, and the pieces in which a text comes make no difference."""
    splitter = Splitter(limit)
    shown: list[str] = []
    for number, piece in enumerate(pieces):
        splitter.feed(piece)
        if number % looks == 0:
            messages = splitter.messages
            assert len(messages) >= len(shown)
            assert messages[: max(0, len(shown) - 1)] == shown[:-1]
            assert all(0 < len(message) <= limit and message == message.strip() for message in messages[-2:])
            assert not any(map(open_at_end, messages[-2:]))
            shown = messages

    messages = splitter.close()

    assert len(messages) >= len(shown)
    assert messages[: max(0, len(shown) - 1)] == shown[:-1]
    assert messages == split("".join(pieces), limit)


@given(PLAIN_TEXTS, st.integers(0, 3000), LIMITS)
@many
def test_the_parts_of_a_beginning_are_those_of_the_whole(text: str, end: int, limit: int) -> None:
    """The messages before the last of a text's beginning are those of the whole text."""
    settled = split(text[:end], limit)[:-1]

    assert split(text, limit)[: len(settled)] == settled


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
CLUSTERS = [FAMILY, SCOTLAND, "🇩🇪", "👍🏽", "❤\ufe0f", "1\ufe0f\u20e3", "e\u0301\u0323", "각", "\u1100\u1161\u11a8", "क्षि", "ก็ำ",
            "日", "a", "س", "\u0600a"]  # fmt: skip


@given(
    st.lists(st.sampled_from(CLUSTERS), min_size=1, max_size=12),
    st.integers(1, 60),
    st.sampled_from(["", "", " ", "\n", ". "]),
    LIMITS,
)
@many
def test_no_cut_is_inside_a_grapheme(clusters: list[str], times: int, between: str, limit: int) -> None:
    """No cut is inside a grapheme."""
    whole = [cluster + between for cluster in clusters * times]
    text = "".join(whole)
    starts = {0, *accumulate(map(len, whole))}
    splitter = Splitter(limit)
    splitter.feed(text)
    splitter.close()

    at = 0
    for piece in splitter.pieces:
        at = text.index(piece.body, at)
        assert at in starts
        at += len(piece.body)
        assert at + len(text[at:]) - len(text[at:].lstrip()) in starts


TOKENS = [
    "[a label](https://example.org/some/long/path?with=query)", "[x](<https://e.org/a b>)", '[x](https://e.org "and its title")',
    "[![badge](https://e.org/a.png)](https://e.org/b)", "<@123456789012345678>", "<@&123456789012345678>", "<#1234567890>",
    "<:smile:123456789012345678>", "<a:wave:123456789012345678>", "<t:1700000000:R>", "</play song:123456789>",
    "https://example.org/a/very/long/path/that/goes/on?and=on#and-on", "<https://example.org/not/previewed>",
    "`inline code with spaces`", "``code with ` a tick``", "||a hidden ending||", "**words in bold**", "@everyone", "\\*",
]  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from(TOKENS), st.integers(0, 30), st.sampled_from([" ", "", "。", "。 "])), max_size=40
    ),
    LIMITS,
)
@many
def test_what_loses_its_meaning_when_cut_is_not_cut(words: list[tuple[str, int, str]], limit: int) -> None:
    """Links, mentions, code spans and the like are not cut."""
    text = "".join(f"{token}{between or ' '}{'word ' * count}" for token, count, between in words)

    messages = split(text, limit)

    for token in TOKENS:
        assert sum(message.count(token) for message in messages) == text.count(token)


CODE_LINES = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 40)), min_size=1, max_size=25)
MARGINS = st.sampled_from(["", "", "> ", "1. ", "- ", "   - "])
SECTIONS = st.lists(st.tuples(st.integers(1, 60), CODE_LINES, MARGINS, st.sampled_from(["py", "c++", ""])), max_size=4)


@given(SECTIONS, LIMITS)
@many
def test_on_discord_code_is_code_and_the_rest_is_not(
    sections: list[tuple[int, list[tuple[int, int]], str, str]], limit: int
) -> None:
    """Discord shows all code, and nothing else, in code blocks with the right language."""
    lines: list[str] = []
    for number, (words, code, margin, language) in enumerate(sections):
        inside = margin if margin == "> " else " " * len(margin)
        lines += [f"{margin}before{number} {'word ' * words}", f"{inside}```{language}"]
        lines += [f"{inside}{' ' * indent}code{'x' * letters}" for indent, letters in code]
        lines += [f"{inside}```", f"{inside}after{number}", ""]

    codes: list[str] = []
    languages: set[str] = set()
    for message in split("\n".join(lines), limit):
        codes += [line for _, block in blocks(message) for line in block.split("\n") if line.strip()]
        languages |= {language for language, _ in blocks(message)}
        assert "code" not in outside(message)

    assert [line.strip() for line in codes] == [f"code{'x' * n}" for _, code, _, _ in sections for _, n in code]
    assert languages == {language for _, _, _, language in sections}


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 40)), max_size=40), st.integers(1, 40), LIMITS,
       st.sampled_from(["```python", "```", "~~~c", "````md", "   ```js"]))  # fmt: skip
@many
def test_code_arrives_whole_with_its_indentation(
    code: list[tuple[int, int]], times: int, limit: int, opening: str
) -> None:
    """Code keeps every line and its indentation over all cuts, without as much of it as its fence has (CommonMark, 4.5)."""
    marker = re.sub(r"[^`~]", "", opening)
    lines = [" " * indent + "x" * letters for indent, letters in code * times]
    margin = len(opening) - len(opening.lstrip())
    text = "\n".join(["Look:", opening, *lines, marker, "Done."])

    shown = [line for message in split(text, limit) for line in message.split("\n")]

    assert [line for line in shown if line.strip() and not line.strip(" x")] == [
        " " * max(0, indent - margin) + "x" * letters for indent, letters in code * times
    ]


@given(PLAIN_TEXTS)
@many
def test_an_answer_that_fits_is_one_message(text: str) -> None:
    """An answer that fits is one message."""
    messages = split(text)

    if len(MarkdownFilter().feed(text)) + 100 <= LIMIT:  # fences are closed, and rows of backticks escaped
        assert len(messages) == (1 if text.strip() else 0)
