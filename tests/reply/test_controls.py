"""The custom ids of buttons, which people press long after the bot that sent them was replaced."""

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.appearance import Verb
from bot.reply.controls import TEMPLATE, CustomId, button, view


@given(st.sampled_from(Verb), st.integers(1, 2**63 - 1))
@settings(max_examples=200)
def test_a_button_says_what_it_was_made_for(verb: Verb, subject: int) -> None:
    """A custom id reads back as the verb and the subject that it was made of."""
    custom_id = button(verb, subject).custom_id or ""
    match = TEMPLATE.fullmatch(custom_id)

    assert match is not None
    assert CustomId.parse(match) == CustomId(verb, subject)
    assert len(custom_id) <= 100


def test_the_ids_of_earlier_releases_are_understood() -> None:
    """The form of the custom ids is the same in every release."""
    assert button(Verb.UNDO, 123_456).custom_id == "parley:1:undo:2n9c"
    match = TEMPLATE.fullmatch("parley:1:pick:08cv0q9a3wuf4:2")
    assert match is not None
    assert CustomId.parse(match) == CustomId("pick", int("08cv0q9a3wuf4", 36), 2)
    assert match["sibling"] == "2"


@pytest.mark.parametrize(
    "custom_id",
    ["", "parley:1:undo", "parley:1:undo:", "parley:2:undo:1", "other:1:undo:1", "parley:1:undo:A", "parley:1:undo:1:2:3",
     "parley:1:undo:" + "1" * 14, "parley:1:un do:1", "parley:1:undo:1\n"],
)  # rows of a table # fmt: skip
def test_foreign_ids_are_left_alone(custom_id: str) -> None:
    """A custom id of another form is not taken for ours."""
    assert TEMPLATE.fullmatch(custom_id) is None


def test_a_button_has_a_label_that_people_can_read() -> None:
    """Each button says what it does."""
    assert [button(verb, 1).label for verb in Verb] == ["Undo", "Retry", "Continue", "Regenerate", "Stop", "Pick"]


async def test_a_view_holds_its_buttons_in_order() -> None:
    """A view has the buttons that it was made of, and discord.py keeps nothing of it."""
    made = view([button(Verb.RETRY, 1, 2), button(Verb.CONTINUE, 1, 2)])
    ids = [one.custom_id for one in made.children if isinstance(one, discord.ui.Button)]
    assert ids == ["parley:1:retry:1:2", "parley:1:continue:1:2"]
    assert made.is_finished()


def test_a_subject_that_no_id_can_be_is_unknown() -> None:
    """A custom id with a number that neither Discord nor the database has as an id says to do nothing."""
    match = TEMPLATE.fullmatch("parley:1:retry:" + "z" * 13)
    assert match is not None
    assert CustomId.parse(match).verb == ""
