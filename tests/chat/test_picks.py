"""A choice among the attempts at a question: what Discord shows, and what the model is sent from then on."""

from bot.chat.appearance import Verb
from bot.chat.ports.model import Finish
from bot.chat.service import PressOutcome
from bot.errors import DisplayError, ModelCutOff
from tests.chat.house import House
from tests.chat.test_again import press
from tests.fakes.model import ScriptedModel


async def test_an_older_attempt_is_picked_and_back_again() -> None:
    """A pick changes what Discord shows and what the model is sent from then on."""
    house = House(model=ScriptedModel([["half", ModelCutOff("…")], ["whole"]]))
    await house.answered(100)
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    assert not await house.chat.pick(house.record(100), 2)
    await house.settle()
    for sibling, text in ((1, "half"), (2, "whole"), (1, "half")):
        assert await house.chat.pick(house.record(100), sibling)
        await house.settle()
        assert house.display.said(100)[0] == text
        assert not house.record(100).display.behind
    assert not await house.chat.pick(house.record(100), 1)
    await house.answered(200)
    assert ("assistant", "half") in house.sent()


async def test_a_pick_is_shown_when_discord_is_back() -> None:
    """A pick that Discord cannot show at once is shown after a pause."""
    house = House(model=ScriptedModel([["half", ModelCutOff("…")], ["whole"]]), discord_pauses=(0.0, 0.0, 0.0))
    await house.answered(100)
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    await house.settle()
    house.display.down = 2
    assert await house.chat.pick(house.record(100), 1)
    await house.settle()
    assert house.display.said(100)[0] == "half"


async def test_two_picks_in_a_row_show_the_last() -> None:
    """An attempt that was shown meanwhile is not shown again."""
    house = House(model=ScriptedModel([["half", ModelCutOff("…")], ["whole"]]))
    await house.answered(100)
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    await house.settle()
    before = len(house.display.history)
    for sibling in (1, 2):
        assert await house.chat.pick(house.record(100), sibling)
    await house.settle()
    assert [seen.text for _, seen in house.display.history[before:]] == ["whole"]


async def test_a_pick_is_left_to_the_next_start_where_discord_stays_down() -> None:
    """A pick that cannot be shown stays wanted."""
    house = House(model=ScriptedModel([["half", ModelCutOff("…")], ["whole"]]))
    await house.answered(100)
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    await house.settle()
    house.display.error = DisplayError("down")
    assert await house.chat.pick(house.record(100), 1)
    await house.settle()
    house.display.error = None
    await house.restart()
    assert house.display.said(100)[0] == "half"


async def test_a_pick_is_carried_out_once() -> None:
    """A pick whose interaction comes again after another pick changes nothing, and picks count in no limit."""
    house = House(model=ScriptedModel([["one"], ["two"]]), user_per_minute=2)
    await house.answered(100)
    assert house.chat.follow(house.record(100), Verb.REGENERATE, 1)
    await house.settle()
    for number, sibling in ((901, 1), (902, 2)):
        assert await house.chat.pick(house.record(100), sibling, press(number))
    assert not await house.chat.pick(house.record(100), 1, press(901))
    assert not await house.chat.pick(house.record(100), 7, press(903))
    assert await house.chat.shows(house.record(100).question, 60)
    assert house.record(100).display.sibling == 2
    assert await house.chat.press(house.record(100), Verb.REGENERATE, 2, press(904)) is PressOutcome.QUEUED
    await house.settle()


async def test_a_pick_that_discord_does_not_take_is_late() -> None:
    """Whoever picks learns that Discord does not show it yet."""
    house = House(model=ScriptedModel([["one"], ["two"]]), discord_pauses=(60.0, 60.0))
    await house.answered(100)
    assert house.chat.follow(house.record(100), Verb.REGENERATE, 1)
    await house.settle()
    house.display.down = 1
    assert await house.chat.pick(house.record(100), 1, press())
    assert not await house.chat.shows(house.record(100).question, 0.01)
    await house.showing.close()


async def test_the_answer_that_is_shown_is_continued() -> None:
    """Continue follows the attempt that was picked, also where it is not the newest."""
    house = House(model=ScriptedModel([["one", Finish("length", None)], ["other"], [" two"]]))
    await house.answered(100)
    assert house.chat.follow(house.record(100), Verb.REGENERATE, 1)
    await house.settle()
    assert await house.chat.pick(house.record(100), 1)
    await house.settle()
    assert not house.chat.follow(house.record(100), Verb.CONTINUE, 2)
    assert house.chat.follow(house.record(100), Verb.CONTINUE, 1)
    await house.settle()
    assert house.display.said(100) == ("one two", "")
    assert [(one.text, one.continues) for one in house.record(100).answers] == [
        ("one", None),
        ("other", None),
        ("one two", 1),
    ]
