"""Layouts of an answer that Discord refuses."""

import pytest

from bot.reply.layout import MessageLayout, small_print
from bot.reply.refused_text import refused_layouts
from bot.reply.split import LIMIT
from bot.reply.texts import BLOCKED, REFUSED


@pytest.mark.parametrize(("code", "words"), [(200000, BLOCKED), (240000, BLOCKED), (50035, REFUSED), (0, REFUSED)])
def test_the_remark_names_a_filter_where_it_is_one(code: int, words: str) -> None:
    """An answer of which nothing is shown is one line, which names a filter where Discord's code does."""
    assert refused_layouts([], code) == [MessageLayout(small_print(words))]


def test_what_is_shown_stays() -> None:
    """The messages that Discord has accepted stay, with the remark under the last one."""
    shown = [MessageLayout("one"), MessageLayout("two")]
    assert refused_layouts(shown, 240000) == [MessageLayout("one"), MessageLayout(f"two\n{small_print(BLOCKED)}")]


def test_a_remark_of_ours_is_replaced() -> None:
    """A remark that stood where no text was yet gives way."""
    shown = [MessageLayout(small_print("I wait."))]
    assert refused_layouts(shown, 240000) == [MessageLayout(small_print(BLOCKED))]


def test_a_full_message_is_shortened() -> None:
    """The remark fits into the last message: its text is shortened for that."""
    (message,) = refused_layouts([MessageLayout("word " * 399 + "word")], 240000)
    assert len(message.text) <= LIMIT
    assert message.text.endswith(small_print(BLOCKED))
    assert message.text.startswith("word word")
