"""The custom ids of buttons, which people press long after the bot that sent them was replaced."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reply.controls import TEMPLATE, Control, Verb, button


@given(st.sampled_from(Verb), st.integers(1, 2**63 - 1))
@settings(max_examples=200)
def test_a_button_says_what_it_was_made_for(verb: Verb, subject: int) -> None:
    """If a custom id read back otherwise, pressing Undo would re-open another conversation."""
    custom_id = button(verb, subject).custom_id or ""
    match = TEMPLATE.fullmatch(custom_id)

    assert match is not None
    assert Control.parse(match) == Control(verb, subject)
    assert len(custom_id) <= 100


def test_the_ids_of_earlier_releases_are_understood() -> None:
    """If the form of the ids changed, every button in every channel's past would be dead."""
    assert button(Verb.UNDO, 123_456).custom_id == "parley:1:undo:2n9c"
    match = TEMPLATE.fullmatch("parley:1:pick:08cv0q9a3wuf4:2")
    assert match is not None
    assert Control.parse(match) == Control("pick", int("08cv0q9a3wuf4", 36), 2)
    assert match["sibling"] == "2"


@pytest.mark.parametrize(
    "custom_id",
    ["", "parley:1:undo", "parley:1:undo:", "parley:2:undo:1", "other:1:undo:1", "parley:1:undo:A", "parley:1:undo:1:2:3",
     "parley:1:undo:" + "1" * 14, "parley:1:un do:1", "parley:1:undo:1\n"],
)  # rows of a table # fmt: skip
def test_foreign_ids_are_left_alone(custom_id: str) -> None:
    """If ids of other forms were taken for ours, a press on another program's button would end in an error."""
    assert TEMPLATE.fullmatch(custom_id) is None


def test_a_button_has_a_label_that_people_can_read() -> None:
    """If a button had no label, nobody would know what it does."""
    assert [button(verb, 1).label for verb in Verb] == ["Undo", "Retry", "Continue"]
