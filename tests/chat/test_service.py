"""Conversations as people use them: ask, are turned down, wait in a queue, reset."""

import asyncio
from dataclasses import dataclass, replace

from bot.chat import service
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.questions import Claim
from bot.chat.service import PressOutcome
from bot.chat.turns import AnswerState, Asked, TurnedDown
from bot.config import LimitSettings, RecoverySettings
from bot.errors import DisplayError, DisplayRefused, ModelError
from tests.chat.house import GENERAL, NOW, House, asked
from tests.fakes.full_disk import BrokenQuestions
from tests.fakes.model import EndlessModel
from tests.fakes.questions import MemoryQuestions
from tests.fakes.state import State
from tests.fakes.store import memory_store

ELSEWHERE = Place(2, PlaceKind.CHANNEL, "elsewhere", guild_id=9)


async def test_a_mention_is_answered_from_the_history() -> None:
    """A question is sent with the conversation before it, and its answer ends up in the store and on display."""
    house = House()
    await house.hear(100, "my name is Ann")
    await house.hear(200, "who am I?")
    await house.settle()
    assert house.sent(1) == [
        ("system", "Be kind."),
        ("user", "Alice: my name is Ann"),
        ("assistant", "answer 1"),
        ("user", "Alice: who am I?"),
    ]
    assert {key: house.display.said(key) for key in (100, 200)} == {100: ("answer 1", ""), 200: ("answer 2", "")}
    assert house.answer(200) == (AnswerState.DONE, "answer 2")


async def test_a_direct_message_is_answered_by_the_profile_of_direct_messages() -> None:
    """In a DM the system text is that of a conversation between two."""
    house = House()
    await house.hear(100, place=Place(5, PlaceKind.DM, "direct messages"))
    await house.settle()
    assert house.sent()[0] == ("system", "Be kind, you two.")


async def test_a_mention_that_comes_twice_is_answered_once() -> None:
    """A mention that was claimed before is left alone."""
    house = House()
    assert await house.hear(100)
    assert not await house.hear(100)
    await house.settle()
    assert len(house.model.requests) == 1


async def test_too_many_questions_get_one_notice() -> None:
    """Questions over a person's limit are turned down, with one notice a minute."""
    house = House(user_per_minute=2)
    taken = [await house.hear(key) for key in (100, 200, 300, 400)]
    await house.settle()
    assert taken == [True, True, False, False]
    assert len(house.model.requests) == 2
    assert house.display.notices == [(300, service.TOO_MANY)]


async def test_a_mention_that_cannot_be_answered_is_turned_down_once() -> None:
    """A mention that is turned down gets its reason said once, and is in no window."""
    house = House()
    for _ in range(2):
        await house.chat.turn_down(asked(100), TurnedDown.UNANSWERABLE, "ask something")
    assert house.display.notices == [(100, "ask something")]
    await house.answered(200)
    assert len(house.model.requests[0].prompt) == 2


async def test_each_reason_is_told_once_a_minute_in_each_place() -> None:
    """A reason that was told hides no other one, and not itself in another place or a minute later."""
    house = House(user_per_minute=1)
    hints = [
        (100, "ask something", GENERAL, 0),
        (200, "ask something", GENERAL, 59_999),
        (300, "I cannot see that", GENERAL, 59_999),
        (400, "ask something", ELSEWHERE, 59_999),
        (500, "ask something", GENERAL, 60_000),
        (600, "ask something", GENERAL, 90_000),
        (700, "ask something", GENERAL, 120_000),
    ]
    for key, text, place, later in hints:
        await house.chat.turn_down(asked(key, place=place, at=NOW + later), TurnedDown.UNANSWERABLE, text)
    for key in (800, 900, 1000):
        await house.hear(key, at=NOW + 120_000)
    await house.settle()
    assert [key for key, _ in house.display.notices] == [100, 300, 400, 500, 700, 900]
    assert house.display.notices[-1] == (900, service.TOO_MANY)


async def test_a_notice_that_its_place_refuses_comes_in_private() -> None:
    """A notice that its place refuses is told in a private message that names the place; in a direct message it is let be."""
    house = House()
    house.display.error = DisplayRefused("no")
    await house.chat.turn_down(asked(100), TurnedDown.UNANSWERABLE, "ask something")
    dm = Place(5, PlaceKind.DM, "direct messages")
    await house.chat.turn_down(asked(200, place=dm), TurnedDown.UNANSWERABLE, "ask something")
    assert house.display.notices == []
    assert house.display.told == [(100, "In <#1>: ask something")]


async def test_a_notice_that_cannot_be_shown_is_let_be() -> None:
    """A Discord that fails on the notice, or on the private message in its stead, harms nothing."""
    house = House()
    house.display.error = DisplayError("down")
    await house.chat.turn_down(asked(100), TurnedDown.UNANSWERABLE, "ask something")
    house.display.error = DisplayRefused("no")
    house.display.tells = False
    await house.chat.turn_down(asked(200), TurnedDown.UNANSWERABLE, "ask something else")
    assert (house.display.notices, house.display.told) == ([], [])


async def test_a_store_that_cannot_claim_is_said() -> None:
    """A question that cannot be stored is met with one friendly line."""
    state = State()
    house = House(state=state, store=replace(memory_store(state), questions=BrokenQuestions(state)))
    assert not await house.hear(100)
    assert house.display.notices == [(100, ModelError.public)]


async def test_a_long_queue_turns_down_what_comes_then() -> None:
    """Questions beyond those that may wait in a place are turned down with one notice, and stored with that reason."""
    house = House(model=EndlessModel([["going on"]]))
    for number in range(1, 24):
        await house.hear(number * 100)
        await asyncio.sleep(0)
    assert house.lanes.waiting(GENERAL.id) == 20
    assert house.display.notices == [(2200, service.TOO_LONG_A_QUEUE)]
    assert house.record(2300).question.turned_down is TurnedDown.QUEUE
    await house.lanes.drain(0)


async def test_questions_that_come_all_at_once_fill_the_queue_no_further() -> None:
    """A burst counts towards the bound before the first of it has begun."""
    house = House(model=EndlessModel([["going on"]]))
    await asyncio.gather(*(house.hear(number * 100) for number in range(1, 61)))
    assert house.lanes.waiting(GENERAL.id) <= 20
    assert house.display.notices == [(2100, service.TOO_LONG_A_QUEUE)]
    await house.lanes.drain(0)


@dataclass
class SlowQuestions(MemoryQuestions):
    """Questions that take their time to be claimed."""

    async def claim(self, asked: Asked, *, per_minute: int = 0, turned_down: TurnedDown | None = None) -> Claim | None:
        """See the port."""
        await asyncio.sleep(0)
        return await super().claim(asked, per_minute=per_minute, turned_down=turned_down)


async def test_questions_that_are_being_claimed_count_as_waiting() -> None:
    """A burst counts towards the bound while the store is slow to claim it."""
    state = State()
    store = replace(memory_store(state), questions=SlowQuestions(state))
    house = House(model=EndlessModel([["going on"]]), state=state, store=store)
    await asyncio.gather(*(house.hear(number * 100) for number in range(1, 61)))
    assert house.lanes.waiting(GENERAL.id) <= 20
    assert house.display.notices == [(2100, service.TOO_LONG_A_QUEUE)]
    await house.lanes.drain(0)


async def test_a_new_limit_of_a_person_holds_for_the_next_question() -> None:
    """A limit that is set while the bot runs counts the questions before it, and one that is lifted turns nothing down."""
    house = House()
    taken = [await house.hear(100), await house.hear(200)]
    house.limits.value = LimitSettings(user_per_minute=2)
    taken.append(await house.hear(300))
    house.limits.value = LimitSettings()
    taken.append(await house.hear(400))
    await house.settle()
    assert taken == [True, True, False, True]
    assert house.display.notices == [(300, service.TOO_MANY)]


async def test_a_new_length_of_the_queue_holds_for_the_next_question() -> None:
    """A shorter queue turns down the next question, and leaves those in it that wait."""
    house = House(model=EndlessModel([["going on"]]))
    for key in (100, 200, 300):
        await house.hear(key)
        await asyncio.sleep(0)
    house.limits.value = LimitSettings(place_queue=2)
    assert not await house.hear(400)
    assert house.lanes.waiting(GENERAL.id) == 2
    assert house.display.notices == [(400, service.TOO_LONG_A_QUEUE)]
    await house.lanes.drain(0)


async def test_a_new_age_at_which_questions_are_given_up_holds_for_the_next_one() -> None:
    """A question of a minute ago is answered, and no longer once questions may be ten seconds old."""
    house = House()
    await house.hear(100, at=NOW - 60_000)
    await house.settle()
    house.recovery_settings.value = RecoverySettings(answer_within_seconds=10)
    await house.hear(200, at=NOW - 60_000)
    await house.settle()
    assert [house.answer(key)[0] for key in (100, 200)] == [AnswerState.DONE, AnswerState.FAILED]


async def test_reset_and_undo_go_to_the_store() -> None:
    """A reset names the conversation that it opened, and can be taken back once."""
    house = House()
    assert await house.chat.reset(GENERAL, 11) is None
    await house.answered(100)
    reset = await house.chat.reset(GENERAL, 11)
    assert reset is not None
    assert reset.opened.opened_at == NOW
    assert await house.chat.opened_by(reset.opened.id) == 11
    assert await house.chat.undo(reset.opened.id, GENERAL.id)
    assert not await house.chat.undo(reset.opened.id, GENERAL.id)


async def test_a_question_that_is_no_mention_is_answered_or_declined_without_a_word_in_its_place() -> None:
    """A question through a menu is answered once; over a limit and in a full queue its asker learns why."""
    model = EndlessModel([["one"], ["two"]])
    house = House(model=model, user_per_minute=1)
    menu = replace(asked(100), about=77)
    assert await house.chat.ask(menu) is PressOutcome.QUEUED
    assert await house.chat.ask(menu) is PressOutcome.QUEUED
    assert await house.chat.ask(asked(200)) is PressOutcome.LIMIT
    await model.silent.wait()
    house.limits.value = LimitSettings(place_queue=1)
    assert await house.chat.ask(asked(300)) is PressOutcome.QUEUED
    assert await house.chat.ask(asked(400)) is PressOutcome.QUEUE
    assert house.record(100).question.about == 77
    assert house.display.notices == []
    await house.lanes.drain(0)
