"""The port `Questions`: claimed once, refused, found again."""

import asyncio
from dataclasses import replace

from bot.chat.appearance import DisplayOutcome
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.questions import Behind, Press
from bot.chat.ports.store import Store
from bot.chat.turns import AnswerState, TurnedDown
from tests.contracts.stories import (
    ALICE,
    BOB,
    GENERAL,
    asked,
    begin,
    begin_after,
    end,
    exchange,
    position_of,
    record_of,
    window,
)


async def test_a_second_claim_of_a_message_is_ignored(stores: tuple[Store, Store]) -> None:
    """A message is claimed once, ever, be it in another place or by another connection."""
    first, second = stores
    assert await first.questions.claim(asked(100)) is not None
    assert await second.questions.claim(asked(100)) is None
    elsewhere = Place(2, PlaceKind.CHANNEL, "other")
    assert await second.questions.claim(asked(100, place=elsewhere)) is None


async def test_one_of_two_racing_connections_wins_each_claim(stores: tuple[Store, Store]) -> None:
    """Of two processes that see the same thousand mentions, exactly one claims each."""
    first, second = stores
    keys = range(1, 1001)
    outcomes = await asyncio.gather(*(s.questions.claim(asked(key)) for key in keys for s in (first, second)))
    won = [claim.question.key for claim in outcomes if claim is not None]
    assert sorted(won) == list(keys)


async def test_positions_follow_the_order_of_claims(store: Store) -> None:
    """Questions that are claimed one after another get positions that increase."""
    claims = await asyncio.gather(*(store.questions.claim(asked(key)) for key in range(1, 51)))
    positions = [claim.question.position for claim in claims if claim]
    assert positions == sorted(positions)
    assert len(set(positions)) == 50


async def test_a_claim_returns_the_question(store: Store) -> None:
    """The claimed question has the place, the author and the text that were asked."""
    claim = await store.questions.claim(asked(5, "what?", author=BOB))
    assert claim is not None
    question = claim.question
    assert (question.key, question.place, question.author, question.text) == (5, GENERAL, BOB, "what?")
    assert (question.asked_at, question.prompt, question.turned_down) == (5000, None, None)


async def test_a_text_survives_as_it_is(store: Store) -> None:
    """Right-to-left marks, emoji, odd line separators and SQL come back from the store unchanged."""
    text = (
        "\u202eשלום\u202c 👩\u200d👩\u200d👧 e\u0301 "
        "\u2028 \x85 `` ' \" ; DROP TABLE questions; -- %s \N{REPLACEMENT CHARACTER}"
    )
    position = await position_of(store, asked(5, text))
    await begin(store, position, text)
    await end(store, position, text=text)
    record = await record_of(store, 5)
    assert (record.question.text, record.question.prompt, record.answers[0].text) == (text, text, text)


async def test_a_record_is_found_by_the_message_that_asked(store: Store) -> None:
    """The record of a question has all its attempts; a refused question and an unknown message have none."""
    position = await position_of(store, asked(10))
    record = await record_of(store, 10)
    assert (record.question.text, record.question.place, record.answers, record.newest) == ("hello", GENERAL, (), None)
    await begin(store, position)
    await end(store, position, text="half", state=AnswerState.INTERRUPTED, reason="cut_off")
    await begin_after(store, position, 1)
    record = await record_of(store, 10)
    assert [(a.sibling, a.state, a.text, a.reason, a.chosen) for a in record.answers] == [
        (1, AnswerState.INTERRUPTED, "half", "cut_off", True),
        (2, AnswerState.WRITING, "", "", False),
    ]
    await store.questions.claim(asked(20), turned_down=TurnedDown.UNANSWERABLE)
    assert await store.questions.record(20) is None
    assert await store.questions.record(30) is None


async def test_a_refused_question_is_in_no_window(store: Store) -> None:
    """A question that is turned down keeps its claim and its reason."""
    claim = await store.questions.claim(asked(1), turned_down=TurnedDown.UNANSWERABLE)
    assert claim is not None
    assert claim.question.turned_down is TurnedDown.UNANSWERABLE
    assert await window(store, 2) == ["Q2"]
    assert await store.questions.claim(asked(1)) is None
    assert [one.key for one in await store.questions.behind()] == [2]


async def test_presses_count_as_questions_of_their_person(store: Store) -> None:
    """Presses and questions of a minute share a person's limit; a press over it is no claim, and none is claimed twice."""
    assert await store.questions.claim(asked(1)) is not None
    press = Press(2, GENERAL.id, ALICE.id, 2000)
    assert await store.questions.press(press, per_minute=1) is False
    assert await store.questions.press(press, per_minute=2) is True
    assert await store.questions.press(press) is None
    over = await store.questions.claim(asked(3), per_minute=2)
    assert over is not None
    assert over.question.turned_down is TurnedDown.LIMIT
    assert await store.questions.press(Press(4, GENERAL.id, ALICE.id, 4000), per_minute=2) is False
    assert await store.questions.press(Press(5, GENERAL.id, BOB.id, 5000), per_minute=1) is True
    assert await store.questions.press(Press(70, GENERAL.id, ALICE.id, 70_000), per_minute=1) is True
    assert await store.questions.press(Press(71, GENERAL.id, ALICE.id, 71_000)) is True
    assert await store.questions.record(2) is None


async def test_a_persons_questions_a_minute_are_limited(store: Store) -> None:
    """Questions beyond the limit are refused; other people and the next minute are free."""
    outcomes = [await store.questions.claim(asked(key), per_minute=3) for key in range(1, 6)]
    assert [claim.question.turned_down for claim in outcomes if claim] == [
        None,
        None,
        None,
        TurnedDown.LIMIT,
        TurnedDown.LIMIT,
    ]
    other = await store.questions.claim(asked(6, author=BOB), per_minute=3)
    later = await store.questions.claim(asked(100), per_minute=3)
    assert [claim.question.turned_down for claim in (other, later) if claim] == [None, None]


async def test_a_closed_question_needs_no_answer(store: Store) -> None:
    """A question that was closed before it was begun is not behind and in no window."""
    position = await position_of(store, asked(1))
    await store.questions.close(position)
    assert list(await store.questions.behind()) == []
    assert await store.questions.record(1) is None
    assert await window(store, 2) == ["Q2"]


async def test_a_begun_question_is_not_closed(store: Store) -> None:
    """Closing a question that was begun meanwhile changes nothing."""
    position = await position_of(store, asked(1))
    await begin(store, position)
    await store.questions.close(position)
    assert (await record_of(store, 1)).question.turned_down is None


async def test_a_question_is_behind_from_its_claim_to_its_last_edit(stores: tuple[Store, Store]) -> None:
    """A start finds, in order, whatever Discord does not show as it shall: never begun, in writing, ended, half deleted."""
    store, after = stores
    elsewhere = Place(2, PlaceKind.DM, "direct messages")
    shown = await exchange(store, 1)
    await store.displays.shown(shown, 1, DisplayOutcome.SHOWN, at=3)
    refused = await exchange(store, 2)
    await store.displays.shown(refused, 1, DisplayOutcome.REFUSED, at=3)
    await begin(store, await position_of(store, asked(3, place=elsewhere)))
    await exchange(store, 4)
    await position_of(store, asked(5))
    await store.questions.claim(asked(6), turned_down=TurnedDown.QUEUE)
    deleting = await exchange(store, 7)
    await store.displays.sent(deleting, 1, 701)
    await store.displays.shown(deleting, 1, DisplayOutcome.SHOWN, at=3)
    assert list(await after.questions.behind()) == [Behind(2, 3), Behind(1, 4), Behind(1, 5)]
    await store.displays.retire([701])
    assert [one.key for one in await after.questions.behind()] == [3, 4, 5, 7]
    await store.displays.gone([701])
    assert [one.key for one in await after.questions.behind()] == [3, 4, 5]


async def test_a_question_that_was_claimed_by_ids_gets_its_text(store: Store) -> None:
    """The text of a question that waits is stored later; that of one that has begun stays."""
    position = await position_of(store, asked(10, ""))
    await store.questions.admit(position, "what?")
    assert (await record_of(store, 10)).question.text == "what?"
    await begin(store, position)
    await store.questions.admit(position, "other")
    await store.questions.deny(position)
    record = await record_of(store, 10)
    assert (record.question.text, record.question.turned_down) == ("what?", None)


async def test_a_denied_question_has_no_text_and_is_never_claimed_again(store: Store) -> None:
    """A question whose author is denied loses its text, is found no more, needs no answer, and stays claimed."""
    position = await position_of(store, asked(10, "secret"))
    await store.questions.deny(position)
    assert await store.questions.record(10) is None
    assert await store.questions.behind() == []
    assert await store.questions.claim(asked(10, "secret")) is None


async def test_the_last_answer_of_a_place_is_known(store: Store) -> None:
    """A record says whether a later question of its place has an attempt, over resets, and whether its conversation is open."""
    for key in (1, 2):
        await exchange(store, key)
    await exchange(store, 3, place=Place(2, PlaceKind.CHANNEL, "other"))
    await position_of(store, asked(4))
    assert [(one.last, one.open) for one in [await record_of(store, key) for key in (1, 2, 3)]] == [
        (False, True),
        (True, True),
        (True, True),
    ]
    await store.conversations.reset(GENERAL, by=11, at=5)
    assert [(await record_of(store, key)).open for key in (1, 2, 3)] == [False, False, True]
    await exchange(store, 5)
    assert not (await record_of(store, 2)).last


async def test_the_answer_before_the_last_is_found(store: Store) -> None:
    """The question that has an answer before another one of its place is found over resets, whatever is asked later."""
    positions = [await exchange(store, 1)]
    await store.conversations.reset(GENERAL, by=11, at=5)
    await position_of(store, asked(2))
    positions.append(await exchange(store, 3))
    await exchange(store, 4, place=Place(2, PlaceKind.CHANNEL, "other"))
    positions.append(await exchange(store, 5))
    found = [await store.questions.superseded(position) for position in positions]
    assert [record and record.question.key for record in found] == [None, 1, 3]
    assert await store.questions.superseded(999) is None


async def test_a_question_is_found_by_a_message_of_its_answer(store: Store) -> None:
    """A message of ours leads to the question that it answers, also when it is gone."""
    position = await exchange(store, 1)
    await store.displays.sent(position, 1, 501)
    await store.displays.gone([501])
    record = await store.questions.answered_by(501)
    assert record is not None
    assert record.question.key == 1
    assert await store.questions.answered_by(502) is None


async def test_a_question_through_a_menu_names_the_message_that_it_is_about(store: Store) -> None:
    """The message whose menu was used is kept with its question; any number of people may ask about one message."""
    for key in (901, 902):
        assert await store.questions.claim(replace(asked(key), about=77)) is not None
    await position_of(store, asked(903))
    assert [(await record_of(store, key)).question.about for key in (901, 902, 903)] == [77, 77, 0]
    assert await store.questions.record(77) is None
