"""The text of an attempt while it grows: put together without copies, and never beyond the longest text."""

import pytest

from bot.chat.appearance import Appearance
from bot.chat.growing_text import LONGEST_TEXT, GrowingText
from bot.chat.ports.model import Delta, Finish, Withdrawn
from bot.chat.texts import TOO_MUCH_TEXT
from bot.chat.turns import AnswerState
from bot.errors import ModelOverlong
from tests.chat.house import House
from tests.fakes.model import ScriptedModel


class Live:
    """An answer on display that remembers what it showed."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.is_whole = False

    def show(self, text: str) -> None:
        """Show the text."""
        self.shown.append(text)

    def whole(self) -> None:
        """Remember that no more text comes."""
        self.is_whole = True

    def remark(self, line: str) -> None:
        """Show no remark."""

    async def finish(self, appearance: Appearance) -> None:
        """Make no last edit."""

    async def leave(self) -> None:
        """Leave nothing."""


def test_the_text_of_each_event_is_shown_at_once() -> None:
    """Text is shown with each event, goes on behind what is kept, and is taken back to that."""
    live = Live()
    growing = GrowingText(live, "kept ")
    for text in ("one", " two \ud83d", "\udc4b"):
        growing.hear(Delta(text))
    assert live.shown == ["kept one", "kept one two ", "kept one two \U0001f44b"]
    growing.hear(Withdrawn())
    assert growing.text == live.shown[-1] == "kept "


def test_the_end_of_the_stream_makes_the_text_whole() -> None:
    """When the model has said its last word, the display knows that no more text comes."""
    live = Live()
    GrowingText(live).hear(Finish("stop", None))
    assert live.is_whole


def test_a_very_long_text_is_shown_less_often_and_never_loses_any() -> None:
    """Of a text of more than 100,000 characters a 64th may wait to be shown; the text has all of it."""
    live = Live()
    growing = GrowingText(live)
    for _ in range(40_000):
        growing.hear(Delta("12345"))
    assert len(live.shown) < 20_300
    assert len(live.shown[-1]) > 200_000 * 62 // 64
    assert growing.text == "12345" * 40_000


def test_a_text_ends_at_its_longest() -> None:
    """Text beyond the longest is not kept, and what is kept is shown."""
    live = Live()
    growing = GrowingText(live)
    growing.hear(Delta("a" * (LONGEST_TEXT - 1)))
    with pytest.raises(ModelOverlong):
        growing.hear(Delta("bc"))
    assert growing.text == live.shown[-1] == "a" * (LONGEST_TEXT - 1) + "b"


async def test_an_answer_beyond_the_longest_text_is_kept_and_said_to_be_cut() -> None:
    """A model that writes on and on is ended at the longest text, which stays, with a note and no button."""
    house = House(model=ScriptedModel([["words " * (LONGEST_TEXT // 6 + 9), Finish("stop", None)]]))
    await house.hear(100)
    await house.settle()
    state, text = house.answer(100)
    assert state is AnswerState.INTERRUPTED
    assert len(text) == LONGEST_TEXT
    assert house.display.said(100) == (text, TOO_MUCH_TEXT)
    assert house.display.offers(100) == []
