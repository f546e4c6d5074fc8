"""What every `Store` keeps its word on: questions, answers and the window."""

import asyncio
from dataclasses import replace

import pytest

from bot.chat.ports import Outcome, Store
from bot.chat.turns import (
    AnswerState,
    Place,
    PlaceKind,
    Usage,
    WrongTransition,
)
from bot.errors import StoreError
from tests.contracts.stories import BOB, DONE, GENERAL, asked, exchange, position_of, window


async def test_claims_once_ever(stores: tuple[Store, Store]) -> None:
    """A message that Discord delivers twice would be answered and paid for twice."""
    first, second = stores
    assert await first.claim(asked(100)) is not None
    assert await second.claim(asked(100)) is None
    elsewhere = Place(2, PlaceKind.CHANNEL, "other")
    assert await second.claim(asked(100, place=elsewhere)) is None


async def test_one_of_two_racing_connections_wins_each_claim(stores: tuple[Store, Store]) -> None:
    """Two processes that see the same mentions would both answer them."""
    first, second = stores
    ids = range(1, 1001)
    outcomes = await asyncio.gather(*(s.claim(asked(i)) for i in ids for s in (first, second)))
    won = [claim.question.message_id for claim in outcomes if claim is not None]
    assert sorted(won) == list(ids)


async def test_positions_follow_the_order_of_claims(store: Store) -> None:
    """Two quick questions would be answered in the wrong order."""
    claims = await asyncio.gather(*(store.claim(asked(i)) for i in range(1, 51)))
    positions = [claim.question.position for claim in claims if claim]
    assert positions == sorted(positions)
    assert len(set(positions)) == 50


async def test_claim_returns_the_question(store: Store) -> None:
    """The answer would go to the wrong place or person."""
    claim = await store.claim(asked(5, "what?", author=BOB))
    assert claim is not None
    question = claim.question
    assert (question.message_id, question.place_id, question.author, question.text) == (5, 1, BOB, "what?")
    assert (question.asked_at, question.prompt, question.refused) == (5000, None, False)


async def test_text_survives_as_it_is(store: Store) -> None:
    """People who write right to left, in emoji or with odd line separators would find other words in their history."""
    text = (
        "\u202eשלום\u202c 👩\u200d👩\u200d👧 e\u0301 "
        "\u2028 \x85 `` ' \" ; DROP TABLE questions; -- %s \N{REPLACEMENT CHARACTER}"
    )
    position = await position_of(store, asked(5, text))
    await store.begin(position, text, 3, model="m", at=1)
    await store.finish(position, 1, Outcome(AnswerState.DONE, text, 3), at=2)
    turns = [turn async for turn in store.turns(1)]
    assert (turns[0][0].text, turns[0][0].prompt, turns[0][1][0].text) == (text, text, text)


async def test_window_holds_what_was_said_before_in_order(store: Store) -> None:
    """The model would answer without knowing what the conversation is about."""
    await exchange(store, 1)
    await exchange(store, 2)
    assert await window(store, 3) == ["Q1", "A1", "Q2", "A2", "Q3"]


async def test_window_never_holds_a_queued_question(store: Store) -> None:
    """The answer to the first of two quick questions would already answer the second."""
    first = await position_of(store, asked(1))
    second = await position_of(store, asked(2))
    begun = await store.begin(first, "Q1", 1, model="m", at=1)
    assert [e.prompt for e in begun.exchanges] == ["Q1"]
    await store.finish(first, 1, DONE, at=2)
    begun = await store.begin(second, "Q2", 1, model="m", at=1)
    assert [e.prompt for e in begun.exchanges] == ["Q1", "Q2"]
    assert [e.answer for e in begun.exchanges] == ["an answer", ""]


async def test_places_do_not_mix(store: Store) -> None:
    """What was said in one channel would be told in another."""
    await exchange(store, 1)
    assert await window(store, 2, place=Place(2, PlaceKind.DM, "dm")) == ["Q2"]


async def test_a_settled_anchor_stays(store: Store) -> None:
    """Each request would be trimmed anew, and the provider would bill the whole prompt every time."""
    for i in (1, 2, 3):
        await exchange(store, i)
    position = await position_of(store, asked(4))
    begun = await store.begin(position, "Q4, long", 9, model="m", at=1)
    newest = begun.exchanges[-1]
    await store.settle(1, anchor=3, newest=newest)
    await store.settle(1, anchor=2, newest=newest)  # an anchor never goes back
    assert await window(store, 5) == ["Q3", "A3", "Q4, long", "Q5"]


async def test_a_cut_question_stays_cut(store: Store) -> None:
    """A question too long for the budget would be cut differently each time, and no prompt would be cached again."""
    position = await position_of(store, asked(1))
    begun = await store.begin(position, "a very long question", 90, model="m", at=1)
    newest = begun.exchanges[-1]
    await store.settle(1, anchor=0, newest=replace(newest, prompt="a … q", prompt_tokens=3))
    assert await window(store, 2) == ["a … q", "Q2"]


async def test_answers_go_forward_only(store: Store) -> None:
    """An answer that is finished would be overwritten by whoever comes late."""
    position = await position_of(store, asked(1))
    await store.begin(position, "Q1", 1, model="m", at=1)
    with pytest.raises(WrongTransition):
        await store.finish(position, 1, Outcome(AnswerState.WRITING, "", 0), at=2)
    await store.finish(position, 1, DONE, at=2)
    for state in AnswerState:
        with pytest.raises(WrongTransition):
            await store.finish(position, 1, Outcome(state, "other", 1), at=3)
    assert (await window(store, 2))[1] == "an answer"


async def test_what_does_not_exist_is_an_error(store: Store) -> None:
    """A defect of ours would pass for a stored answer."""
    with pytest.raises(StoreError):
        await store.begin(77, "?", 1, model="m", at=1)
    with pytest.raises(StoreError):
        await store.finish(77, 1, DONE, at=1)


async def test_a_second_attempt_takes_the_first_ones_place(store: Store) -> None:
    """After a retry the model would still see the failed answer."""
    position = await position_of(store, asked(1))
    await store.begin(position, "Q1", 1, model="m", at=1)
    await store.finish(position, 1, Outcome(AnswerState.INTERRUPTED, "half", 1), at=2)
    begun = await store.begin(position, "Q1", 1, model="m", at=3)
    assert begun.sibling == 2
    assert begun.exchanges[-1].answer == ""
    await store.finish(position, 2, Outcome(AnswerState.DONE, "whole", 1), at=4)
    assert await window(store, 2) == ["Q1", "whole", "Q2"]
    turns = [turn async for turn in store.turns(1)]
    assert [(a.sibling, a.chosen, a.text) for a in turns[0][1]] == [(1, False, "half"), (2, True, "whole")]


async def test_another_attempt_takes_over_the_messages_and_follows_once(stores: tuple[Store, Store]) -> None:
    """A button pressed twice would be answered twice; and the first answer's messages would be left to nobody."""
    store, other = stores
    position = await position_of(store, asked(10))
    await store.begin(position, "Q10", 1, model="m", at=1)
    await store.add_part(position, 1, 0, 11)
    await store.add_part(position, 1, 1, 12)
    await store.finish(position, 1, Outcome(AnswerState.FAILED, "", 0), at=2)
    again = await store.begin_again(position, after=1, model="n", at=3)
    assert again is not None
    assert (again.sibling, [each.prompt for each in again.exchanges]) == (2, ["Q10"])
    assert await other.begin_again(position, after=1, model="n", at=3) is None
    left = await other.newest(10)
    assert left is not None
    assert left.answer is not None
    assert (left.answer.sibling, left.answer.state, left.answer.parts) == (2, AnswerState.WRITING, (11, 12))
    assert await store.resume(position) == again


async def test_an_attempt_that_goes_on_begins_with_the_text_before(stores: tuple[Store, Store]) -> None:
    """After a crash the model would write the second half of an answer whose first half nobody has any more."""
    store, other = stores
    position = await position_of(store, asked(10))
    await store.begin(position, "Q10", 1, model="m", at=1)
    await store.finish(position, 1, Outcome(AnswerState.DONE, "one two", 2, None, "length"), at=2)
    again = await store.begin_again(position, after=1, model="m", at=3, going_on=True)
    assert again is not None
    assert (again.sibling, again.so_far) == (2, "one two")
    assert await store.resume(position) == again
    left = await other.newest(10)
    assert left is not None
    assert left.answer is not None
    assert (left.answer.text, left.answer.tokens, left.answer.state) == ("one two", 2, AnswerState.WRITING)
    turns = [answers async for _, answers in other.turns(left.question.conversation_id)]
    assert [(answer.reason, answer.chosen) for answer in turns[0]] == [("length", False), ("", True)]


async def test_the_question_of_a_message_is_found(store: Store) -> None:
    """A button knows no more than the id of the message that asked."""
    await position_of(store, asked(10))
    left = await store.newest(10)
    assert left is not None
    assert (left.question.text, left.answer) == ("hello", None)
    await store.claim(asked(20), refused=True)
    assert await store.newest(20) is None
    assert await store.newest(30) is None


async def test_refused_questions_are_in_no_window(store: Store) -> None:
    """Questions that were turned down would be paid for all the same."""
    assert (claim := await store.claim(asked(1), refused=True)) is not None
    assert claim.question.refused
    assert claim.first_refusal
    assert (again := await store.claim(asked(3), refused=True)) is not None
    assert not again.first_refusal
    assert await window(store, 2) == ["Q2"]
    assert await store.claim(asked(1)) is None


async def test_a_question_that_was_closed_is_not_left_open(store: Store) -> None:
    """Somebody who was told to ask again would be answered twice after a restart."""
    position = await position_of(store, asked(1))
    await store.refuse(position)
    assert list(await store.left_open()) == []
    assert await window(store, 2) == ["Q2"]


async def test_being_told_one_thing_does_not_spare_the_other(store: Store) -> None:
    """Who was just told to ask something would not be told that they ask too much."""
    await store.claim(asked(1), refused=True)
    outcomes = [await store.claim(asked(i), per_minute=1) for i in (2, 3)]
    assert [claim.first_refusal for claim in outcomes if claim] == [False, True]


async def test_limits_a_persons_questions_a_minute(store: Store) -> None:
    """One person could spend the whole budget of a server in a minute."""
    outcomes = [await store.claim(asked(i), per_minute=3) for i in range(1, 6)]
    assert [claim.question.refused for claim in outcomes if claim] == [False, False, False, True, True]
    assert [claim.first_refusal for claim in outcomes if claim] == [False, False, False, True, False]
    assert (other := await store.claim(asked(6, author=BOB), per_minute=3)) is not None
    assert not other.question.refused
    assert (later := await store.claim(asked(100), per_minute=3)) is not None
    assert not later.question.refused


async def test_turns_come_with_all_that_is_known(store: Store) -> None:
    """An export would lack what was stored."""
    position = await position_of(store, asked(1))
    await store.begin(position, "Alice: hello", 4, model="m", at=1)
    for index, part in enumerate((501, 502)):
        await store.add_part(position, 1, index, part)
    await store.add_part(position, 1, 0, 501)  # told twice after a hiccup
    await store.finish(position, 1, Outcome(AnswerState.DONE, "text", 2, Usage(10, 3, 2)), at=7)
    await store.mark_shown(position, 1, at=8)
    turns = [turn async for turn in store.turns(1)]
    question, answers = turns[0]
    assert (question.prompt, question.tokens) == ("Alice: hello", 4)
    answer = answers[0]
    assert (answer.parts, answer.usage, answer.text) == ((501, 502), Usage(10, 3, 2), "text")
    assert (answer.started_at, answer.finished_at, answer.shown_at, answer.model) == (1, 7, 8, "m")


async def test_turns_are_read_over_pages(store: Store) -> None:
    """The export of a long conversation would end after its first page, or repeat turns."""
    for i in range(1, 451):
        await store.claim(asked(i))
    conversation = (await store.conversations(GENERAL.id))[0]
    found = [question.message_id async for question, _ in store.turns(conversation.id)]
    assert found == list(range(1, 451))


async def test_what_a_crash_left_is_found(stores: tuple[Store, Store]) -> None:
    """After a crash somebody's question would stay without any word for ever."""
    store, after = stores
    shown = await exchange(store, 1)
    await store.mark_shown(shown, 1, at=3)
    writing = await position_of(store, asked(2))
    await store.begin(writing, "Q2", 1, model="m", at=1)
    await store.add_part(writing, 1, 0, 203)
    await store.add_part(writing, 1, 1, 202)
    not_shown = await exchange(store, 3)
    never_begun = await position_of(store, asked(4))
    await store.claim(asked(5), refused=True)
    left = [
        (each.question.position, each.answer and (each.answer.state, each.answer.parts))
        for each in await after.left_open()
    ]
    assert left == [
        (writing, (AnswerState.WRITING, (203, 202))),
        (not_shown, (AnswerState.DONE, ())),
        (never_begun, None),
    ]


async def test_an_attempt_that_another_followed_is_not_left_open(store: Store) -> None:
    """The next start would write the half answer over the whole one, because the half was never marked as shown."""
    position = await position_of(store, asked(1))
    await store.begin(position, "Q1", 1, model="m", at=1)
    await store.finish(position, 1, Outcome(AnswerState.INTERRUPTED, "half", 1), at=2)
    assert await store.begin_again(position, after=1, model="m", at=3) is not None
    assert [left.answer and left.answer.sibling for left in await store.left_open()] == [2]
    await store.finish(position, 2, DONE, at=4)
    await store.mark_shown(position, 2, at=5)
    assert list(await store.left_open()) == []


async def test_a_part_that_is_gone_makes_room_for_another(store: Store) -> None:
    """The second half of another attempt would be written into a message that does not exist any more."""
    position = await position_of(store, asked(1))
    await store.begin(position, "Q1", 1, model="m", at=1)
    await store.add_part(position, 1, 0, 501)
    await store.add_part(position, 1, 1, 502)
    await store.drop_part(502)
    await store.drop_part(502)
    await store.add_part(position, 1, 1, 503)
    left = await store.newest(1)
    assert left is not None
    assert left.answer is not None
    assert left.answer.parts == (501, 503)


async def test_facts_are_remembered(stores: tuple[Store, Store]) -> None:
    """Commands would be synced at every start, until Discord's daily limit is spent."""
    first, second = stores
    assert await first.recall("hash") is None
    await first.remember("hash", "a")
    await first.remember("hash", "b")
    assert await second.recall("hash") == "b"


async def test_what_was_seen_is_remembered(stores: tuple[Store, Store]) -> None:
    """After a downtime the bot would look for missed messages everywhere, or nowhere."""
    store, other = stores
    assert await store.seen() == {}
    await store.see({1: 2**62, 2: 20})
    await store.see({2: 10, 3: 30})
    assert await other.seen() == {1: 2**62, 2: 20, 3: 30}
    await store.see({})
    assert len(await other.seen()) == 3


async def test_direct_messages_and_threads_that_were_talked_in(store: Store) -> None:
    """Discord does not tell what is new there, so each is asked for; all of them, for ever, would be too many."""
    for place in (
        GENERAL,
        Place(5, PlaceKind.DM, "direct messages"),
        Place(6, PlaceKind.THREAD, "topic", 9, 1),
        Place(7, PlaceKind.DM, "direct messages"),
    ):
        await position_of(store, asked(place.id * 10, place=place))
    await store.see({1: 100, 5: 100, 6: 100, 7: 80, 8: 100})
    assert await store.talked_in(80) == {5: 100, 6: 100}
    await position_of(store, asked(90, place=Place(7, PlaceKind.DM, "direct messages")))  # not written down as seen yet
    assert await store.talked_in(80) == {5: 100, 6: 100, 7: 80}
    await position_of(store, asked(91, place=Place(9, PlaceKind.DM, "direct messages")))
    assert await store.talked_in(80) == {5: 100, 6: 100, 7: 80, 9: 91}


async def test_what_was_begun_lately_is_known(store: Store) -> None:
    """A limit of questions a minute would begin anew with every restart."""
    elsewhere = Place(2, PlaceKind.CHANNEL, "other")
    for message_id, place, at in ((1, GENERAL, 10), (2, elsewhere, 30), (3, GENERAL, 20)):
        position = await position_of(store, asked(message_id, place=place))
        await store.begin(position, "Q", 1, model="m", at=at)
    assert list(await store.begun_since(0)) == [(1, 10), (1, 20), (2, 30)]
    assert list(await store.begun_since(20)) == [(2, 30)]
