"""A model's thoughts are removed from its answer, however the pieces are cut."""

from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.llm.thinking import ThoughtFilter


def shown(*pieces: str) -> str:
    """The text that is left of these pieces."""
    thoughts = ThoughtFilter()
    return "".join(thoughts.without(piece) for piece in pieces) + thoughts.rest()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", ""),
        ("Yes.", "Yes."),
        ("  Yes.\n", "  Yes.\n"),
        (" \n ", " \n "),
        ("<think>hm</think>Yes.", "Yes."),
        (" \n<think>\nhm\n</think>\n\n Yes. \n", "Yes. \n"),
        ("<think></think>Yes.", "Yes."),
        ("<think>hm</think>", ""),
        ("<think>hm</think>\n ", ""),
        ("<think>hm, and </thin", ""),
        ("<think>hm", ""),
        ("<think", "<think"),
        ("<thinker>", "<thinker>"),
        ("<", "<"),
        ("< think>hm</think>", "< think>hm</think>"),
        ("In XML: <think>hm</think>", "In XML: <think>hm</think>"),
        ("<think>a</think><think>b</think>", "<think>b</think>"),
        ("<think>a <think> b</think> c</think>", "c</think>"),
        ("</think>Yes.", "</think>Yes."),
        ("<think>a</think>b</think>", "b</think>"),
    ],
)
def test_thoughts_at_the_beginning_are_taken_out(text: str, answer: str) -> None:
    """Thoughts are removed into whichever two, three or many pieces the text is cut, and nothing else is."""
    for first, second in combinations_with_replacement(range(len(text) + 1), 2):
        assert shown(text[:first], text[first:second], text[second:]) == answer
    assert shown(*text) == answer


@given(st.text(alphabet="<think/> \nab", max_size=30).filter(lambda text: not text.lstrip().startswith("<think>")))
def test_nothing_else_is_touched(text: str) -> None:
    """A text that does not begin with `<think>` passes unchanged."""
    assert shown(*text) == text


def test_text_goes_on_as_soon_as_it_is_known_to_be_text() -> None:
    """Text passes on as soon as it cannot be the beginning of thoughts any more."""
    thoughts = ThoughtFilter()
    assert thoughts.without("\n") == ""
    assert thoughts.without("H") == "\nH"
    assert thoughts.without("<think>") == "<think>"
    assert not thoughts.seen


def test_long_thoughts_are_not_kept() -> None:
    """The filter keeps no more than a few characters of the thoughts that it removes."""
    thoughts = ThoughtFilter()
    thoughts.without("<think>")
    for _ in range(1000):
        thoughts.without("x" * 1000)
    assert thoughts.seen
    assert max(len(value) for value in vars(thoughts).values() if isinstance(value, str)) < 10
