"""How much of an answer is read: no more than its messages show, and a little at a time."""

import asyncio

import pytest

from bot.reply.cutting import Cutting
from bot.reply.split import LIMIT, Splitter, split
from tests.reply.shapes import SHAPES


@pytest.mark.parametrize("shape", SHAPES)
def test_of_a_long_answer_only_the_part_that_is_shown_is_read(shape: str) -> None:
    """Of a megabyte of any shape, at most 34,000 characters are read for four messages, and the first three are as ever."""
    text = SHAPES[shape] * (1_000_000 // len(SHAPES[shape]))
    splitter = Splitter(most=4)
    splitter.feed(text)

    messages = splitter.messages
    assert splitter.read <= 34_000
    assert splitter.is_full
    assert splitter.close() == messages
    assert all(len(message) <= LIMIT for message in messages)
    if not shape.endswith("rows"):  # a table is laid out by all of its rows
        assert messages[:3] == split(text[:40_000])[:3]
    splitter.feed("more")
    assert splitter.messages == messages


def test_an_answer_that_fits_is_read_whole() -> None:
    """A text that fits its messages is split as without a limit, and nothing goes on behind it."""
    for text in ("short", "", "x" * 8000, f"{'x' * 8000}\n\n\u200b", "| a |\n|---|\n| b |"):
        splitter = Splitter(most=4)
        splitter.feed(text)
        assert splitter.close() == split(text)
        assert not splitter.is_full


def test_a_table_that_is_longer_than_what_is_shown_goes_on() -> None:
    """A table whose list of fields is longer than what is shown is laid out as far as it is shown."""
    table = f"|{'h|' * 150}\n|{'-|' * 150}\n" + f"|{'cell|' * 150}\n" * 20
    assert split(table, most=4)[:4] == split(table)[:4]
    splitter = Splitter(most=4)
    splitter.feed(table)
    splitter.close()
    assert splitter.is_full


async def test_others_have_their_turn_while_an_answer_is_cut() -> None:
    """Between two parts of 2,000 characters other tasks run, and a text that grows is cut as if it came at once."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    text = SHAPES["prose"] * 180
    other = asyncio.create_task(count())
    cutting = Cutting(4)
    found = await cutting.so_far(text[:5000])
    assert turns >= 3
    assert found.texts == so_far(text[:5000])
    assert (await cutting.to_end(text)).texts == split(text)
    again = await cutting.to_end("another text")
    assert (again.texts, again.goes_on) == (["another text"], False)
    other.cancel()


def so_far(text: str) -> list[str]:
    """The messages of a text that grows."""
    splitter = Splitter()
    splitter.feed(text)
    return splitter.messages


async def test_a_text_that_takes_another_turn_is_cut_anew() -> None:
    """A text that does not go on from the one before is cut from its beginning."""
    cutting = Cutting(2)
    assert (await cutting.so_far("one")).texts == ["one"]
    assert (await cutting.so_far("two words")).texts == ["two words"]
    long = await cutting.so_far("word " * 5000)
    assert long.goes_on
    assert len(long.texts) == 3
