"""Questions in whose place the bot may not write any more when their turn comes."""

from bot.chat.appearance import Verb
from bot.chat.ports.hindrances import Hindrance
from bot.chat.ports.model import Finish
from bot.chat.turns import TurnedDown
from bot.errors import ModelCutOff
from tests.chat.house import GENERAL, NOW, House

LOCKED = Hindrance("the thread is locked", "I cannot answer you there: the thread is locked.")


def locked(house: House) -> House:
    """The house, with its general channel locked."""
    house.locks.of_places[GENERAL.id] = LOCKED
    return house


async def test_no_model_is_asked_where_the_bot_may_not_write() -> None:
    """The question is closed without an attempt, and its asker is told once a minute in private."""
    house = locked(House())
    await house.answered(100)
    await house.answered(101)
    await house.hear(102, at=NOW + 61_000)
    await house.settle()

    assert house.model.requests == []
    assert house.state.answers == {}
    assert {one.turned_down for one in house.state.questions.values()} == {TurnedDown.UNANSWERABLE}
    assert house.display.told == [(100, LOCKED.public), (102, LOCKED.public)]
    assert await house.store.questions.behind() == []


async def test_no_further_attempt_is_made_where_the_bot_may_not_write() -> None:
    """A Retry that waited changes nothing, and can be made once the place is open again."""
    house = House()
    house.model.script = [["half", ModelCutOff("cut")], ["whole", Finish("stop", None)]]
    await house.answered(100)
    asked = len(house.model.requests)
    locked(house).chat.follow(house.record(100), Verb.RETRY, 1)
    await house.settle()

    assert len(house.model.requests) == asked
    assert house.display.told == [(100, LOCKED.public)]
    house.locks.of_places.clear()
    house.chat.follow(house.record(100), Verb.RETRY, 1)
    await house.settle()
    assert house.answer(100)[1] == "whole"
