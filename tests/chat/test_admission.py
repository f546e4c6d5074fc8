"""Direct messages that are claimed without their text, because roles decide whether their writer is served."""

import logging

import pytest

from bot.chat.places import Place, PlaceKind
from bot.chat.turns import Asked, TurnedDown
from bot.config import AccessSettings, Current
from bot.errors import ModelError
from tests.chat.house import ALICE, NOW, House

DM = Place(7, PlaceKind.DM, "direct messages")
MUTED = 5


def house_that_denies() -> House:
    """A house whose access lists deny a role."""
    house = House()
    house.access.value = AccessSettings(deny_roles=frozenset({MUTED}))
    return house


async def asks(house: House, key: int = 1, said: str | None = "secret", place: Place = DM) -> None:
    """Let Alice write in a place; the claim has no text, and the message holds what she said."""
    if said is not None:
        house.intake.at_hand[key] = said
    await house.chat.mention(Asked(key, place, ALICE, "", NOW))
    await house.settle()


async def test_whoever_has_no_denied_role_is_answered() -> None:
    """The text of a direct message is stored when the roles of its writer allow it, and the question is answered."""
    house = house_that_denies()
    await asks(house)
    (question,) = house.state.questions.values()
    assert (question.text, question.prompt, question.turned_down) == ("secret", "Alice: secret", None)
    assert house.answer(1)[0] == "done"
    assert house.roles.looked_up == [ALICE.id]


async def test_whoever_has_a_denied_role_gets_silence() -> None:
    """The direct message of somebody with a denied role is stored without its text, and nothing is shown or asked."""
    house = house_that_denies()
    house.roles.of_people[ALICE.id] = frozenset({MUTED, 6})
    await asks(house)
    (question,) = house.state.questions.values()
    assert (question.text, question.prompt, question.turned_down) == ("", None, TurnedDown.UNANSWERABLE)
    assert (house.model.requests, house.display.notices, house.state.answers) == ([], [], {})


async def test_an_allowed_role_opens_direct_messages() -> None:
    """With a list of allowed roles, who has one of them is answered in direct messages, and who has none is not."""
    house = House()
    house.access.value = AccessSettings(allow_roles=frozenset({MUTED}))
    await asks(house)
    assert house.state.answers == {}
    house.roles.of_people[ALICE.id] = frozenset({MUTED})
    await asks(house, 2)
    assert house.answer(2)[0] == "done"


async def test_a_message_that_is_gone_is_closed() -> None:
    """A question whose message is gone before its text was stored is closed in silence."""
    house = house_that_denies()
    await asks(house, said=None)
    (question,) = house.state.questions.values()
    assert question.turned_down is TurnedDown.UNANSWERABLE
    assert house.display.notices == []


async def test_roles_that_cannot_be_looked_up_are_said(caplog: pytest.LogCaptureFixture) -> None:
    """Where roles cannot be looked up, the asker is told to ask again, and the question is closed."""
    house = house_that_denies()
    house.roles.unknown = True
    with caplog.at_level(logging.CRITICAL):
        await asks(house)
    assert [text for _, text in house.display.notices] == [ModelError.public]
    assert house.model.requests == []


async def test_no_roles_are_looked_up_where_none_are_named() -> None:
    """Lists without roles, and messages in servers, need no look-up."""
    house = House()
    assert isinstance(house.access, Current)
    await asks(house)
    await asks(house, 2, place=Place(8, PlaceKind.CHANNEL, "general", 9))
    assert house.roles.looked_up == []
    assert house.answer(1)[0] == house.answer(2)[0] == "done"
