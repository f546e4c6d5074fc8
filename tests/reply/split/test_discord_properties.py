"""Each message of an answer stands for itself in Discord's renderer, of which `tests.truth.markdown` is a model."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.reply.split import LIMIT, Splitter, split
from bot.reply.split.boundaries import FAIR, FULL
from tests.reply.split.answers import LIMITS, TEXTS, TICKS, filtered, many, some
from tests.reply.split.documents import Document, Word, documents, exercise
from tests.truth.markdown import outside, rendered

pytestmark = [pytest.mark.timeout(3600), pytest.mark.unmeasured]  # twenty thousand examples take their time

GAP = re.compile(r"\s{300}|\S{600}")
"""White space that no message shows, or a piece that may be an address: where one of them is, a message may be short."""
FENCE_LINE = re.compile(r"(?: *>>> )?[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*```[\w+#.-]*[ \t]*")
WORD = re.compile(r"w\d+x")
FENCES_AROUND_AN_INDENTED_ITEM = ("```\n   - ```sh" + "\n   ```" * 4 + "\n   ```py\n   \n   ") * 20
INLINE_CODE_BEHIND_AN_ESCAPE = (
    f"{'word' * 7} \\```{'word' * 7} {'word' * 6}``word``` ```\n```x```\n{'~' * 103}x ` "
) * 2


def words_shown(messages: list[str]) -> list[Word]:
    """The words that Discord shows in these messages, each with its styles."""
    return [(word, run.styles) for one in messages for run in rendered(one) for word in WORD.findall(run.text)]


@given(documents(), LIMITS)
@many
def test_every_word_is_shown_once_and_in_its_styles(document: Document, limit: int) -> None:
    """Discord shows every word of an answer once, in order, and in the styles in which it was written, however it is cut."""
    messages = split(document.text, limit)

    assert words_shown(messages) == document.words
    assert all(len(message) <= limit for message in messages)


@given(documents())
@some
def test_messages_are_filled(document: Document) -> None:
    """Each message but the last is at least 85 % full, because words and lines can be cut anywhere."""
    assert all(len(message) >= FULL * LIMIT for message in split(document.text)[:-1])


@given(documents(), st.integers(30, 400))
@some
def test_what_is_shown_while_an_answer_grows_stands_for_itself(document: Document, size: int) -> None:
    """While an answer grows, each message but the last shows its words for good, and the last shows no half of a block."""
    splitter = Splitter(400)
    for start in range(0, min(3000, len(document.text)), size):
        splitter.feed(document.text[start : start + size])
        messages = splitter.messages
        shown = words_shown(messages[:-1])
        assert shown == document.words[: len(shown)]
        assert not any("```" in outside(message) for message in messages)


@given(TICKS, LIMITS)
@example(FENCES_AROUND_AN_INDENTED_ITEM, 400)
@example(INLINE_CODE_BEHIND_AN_ESCAPE, 400)
@many
def test_rows_of_backticks_and_tildes_leave_no_block_open(text: str, limit: int) -> None:
    """However backticks, tildes, quotes and lists are nested, Discord shows all code in blocks, and nothing else."""
    messages = split(text, limit)

    shown = [run for message in messages for run in rendered(message)]
    in_blocks = "".join(run.text for run in shown if any(style.startswith("block:") for style in run.styles))
    assert letters(in_blocks) == letters("".join(code_of(text)))


@given(TICKS, st.integers(1, 40), LIMITS)
@example(f"> ```{' ' * 196}.", 1, 400)
@some
def test_no_row_of_backticks_is_shown_while_an_answer_grows(text: str, size: int, limit: int) -> None:
    """While an answer grows, Discord shows no row of three backticks outside of code, but for escaped ones."""
    splitter = Splitter(limit)
    for start in range(0, min(1500, len(text)), size):
        splitter.feed(text[start : start + size])
        for message in splitter.messages[-2:]:
            assert "```" not in outside(message, escaped=False)


def code_of(text: str) -> list[str]:
    """The lines of code that the filter passes, told by its fences alone."""
    code: list[str] = []
    inside = False
    for line in filtered(text).split("\n"):
        if FENCE_LINE.fullmatch(line):
            inside = not inside
        elif inside:
            code.append(line)
    return code


def letters(text: str) -> str:
    """The letters of `text`."""
    return "".join(filter(str.isalpha, text))


@given(TEXTS)
@many
def test_no_message_is_short_without_need(text: str) -> None:
    """Each message but the last is at least 60 % full, unless a piece behind it cannot be cut."""
    splitter = Splitter()
    splitter.feed(text)
    splitter.close()
    whole, at = filtered(text), 0

    for piece in splitter.pieces[:-1]:
        at = whole.index(piece.body, at) + len(piece.body)
        assert len(piece.text) >= FAIR * LIMIT or GAP.search(whole, at, at + LIMIT)


@pytest.mark.parametrize("seed", range(40))
def test_code_between_prose_fills_three_messages(seed: int) -> None:
    """5753 characters of alternating prose and code need three messages, so that they come without a file."""
    messages = split(exercise(seed, 5753))

    assert len(messages) == 3
    assert all(len(message) >= FULL * LIMIT for message in messages[:-1])
