"""The footer of answers: what it says, where it stands, and when it is left out."""

from dataclasses import replace

import pytest

from bot.chat.calls import CallEnd, CallRecord, CallState, Purpose, Receipt, Usage
from bot.chat.footers import footer_of
from bot.chat.ports.model import Finish
from bot.errors import ModelCutOff, ModelRejected, StoreError
from tests.chat.house import House
from tests.fakes.calls import MemoryCalls
from tests.fakes.model import ScriptedModel
from tests.fakes.state import State
from tests.fakes.store import memory_store

RECEIPT = Receipt(0, 0, 0, 7, 20, 5)


def call(end: CallEnd | None, seconds: float = 2.1) -> CallRecord:
    """A call that ended so, after so many seconds."""
    return CallRecord(1, Purpose.ANSWER, 1, 1, 1, CallState.CLOSED, 1_000, 1_000 + int(seconds * 1000), 9, 11, end)


@pytest.mark.parametrize(
    ("usage", "estimated", "footer"),
    [
        (Usage(1_000, 900, 0, 200), False, "gpt-6-luna · 1.2k tokens, 90 % cached · 2.1 s"),
        (Usage(900, 0, 0, 50), False, "gpt-6-luna · 950 tokens · 2.1 s"),
        (Usage(3_000_000, 30_000, 0, 400_000), False, "gpt-6-luna · 3.4M tokens, 1 % cached · 2.1 s"),
        (Usage(900, 0, 0, 50), True, "gpt-6-luna · 2.1 s"),
        (Usage(), False, "gpt-6-luna · 2.1 s"),
        (None, False, "gpt-6-luna · 2.1 s"),
    ],
)
def test_a_footer_says_who_answered_at_which_cost(usage: Usage | None, *, estimated: bool, footer: str) -> None:
    """It holds the model, the tokens with the cached share, and the time; a usage that the server did not report is left out."""
    assert footer_of(call(CallEnd("stop", "default", "gpt-6-luna", RECEIPT, usage, estimated))) == footer


def test_a_name_is_no_markdown() -> None:
    """The signs of Markdown in a model's name are escaped, and a call without a model has no footer."""
    assert footer_of(call(CallEnd("stop", "default", "my_*model*_7b", RECEIPT, None))).startswith(
        "my\\_\\*model\\*\\_7b ·"
    )
    assert footer_of(call(CallEnd("person"))) == ""
    assert footer_of(call(None)) == ""
    assert footer_of(replace(call(CallEnd("stop", "p", "m")), ended_at=None)) == ""


async def footer(house: House, key: int = 100) -> str:
    """The footer of an answer as it is shown."""
    return house.display.finished[key].footer


def with_footer(house: House) -> House:
    """The house with footers switched on."""
    house.answers.value = house.answers.value.model_copy(update={"footer": True})
    return house


async def test_an_answer_has_a_footer_only_where_it_is_wanted() -> None:
    """The footer is off by default; it is read at each answer, and is no part of the turn."""
    house = House(model=ScriptedModel([["one", Finish("stop", Usage(90, 45, 0, 10))], ["two"]]))
    await house.answered(99)
    assert await footer(house, 99) == ""
    with_footer(house)
    await house.answered(100)
    assert (await footer(house)).startswith("m · ")
    await house.answered(101)
    assert not any("m · " in text for _, text in house.sent())
    assert house.answer(100)[1] == "two"


async def test_an_answer_without_text_has_none() -> None:
    """A failure has its note alone; an answer that broke off has both."""
    house = with_footer(House(model=ScriptedModel([[ModelRejected("no")], ["half", ModelCutOff("cut")]])))
    await house.answered(100)
    assert await footer(house) == ""
    await house.answered(101)
    assert await footer(house, 101)


async def test_an_answer_that_a_crash_hid_is_shown_with_its_footer() -> None:
    """Recovery shows the footer that the end of the answer would have shown."""
    house = with_footer(House())
    position = await house.begun(100)
    await house.ended(position, "there")
    await house.restart()
    assert (await footer(house)).startswith("m · 36 tokens, 50 % cached · ")


class Unreadable(MemoryCalls):
    """Calls that cannot be read."""

    async def newest(self, position: int, sibling: int | None = None) -> CallRecord | None:
        """See the port."""
        raise StoreError("busy")


async def test_a_footer_that_cannot_be_read_is_left_out() -> None:
    """An answer is shown without its footer where the store fails on it."""
    state = State()
    house = with_footer(House(state=state, store=replace(memory_store(state), calls=Unreadable(state))))
    await house.answered(100)
    assert house.display.said(100)[0] == "answer 1"
    assert await footer(house) == ""
