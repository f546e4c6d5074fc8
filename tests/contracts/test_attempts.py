"""The port `Attempts`: begun with a window, ended, chosen among."""

import asyncio

import pytest

from bot.chat.appearance import DisplayOutcome
from bot.chat.calls import CallState
from bot.chat.content import Text, ToolResult
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.attempts import NewAttempt
from bot.chat.ports.questions import Press
from bot.chat.ports.store import Store
from bot.chat.turns import AnswerState, WrongTransition
from bot.errors import StoreError
from tests.contracts.stories import (
    GENERAL,
    asked,
    begin,
    begin_after,
    end,
    exchange,
    position_of,
    record_of,
    texts,
    window,
)


async def test_a_window_holds_what_was_said_before_in_order(store: Store) -> None:
    """A question's window is the conversation before it, then the question."""
    await exchange(store, 1)
    await exchange(store, 2)
    assert await window(store, 3) == ["Q1", "A1", "Q2", "A2", "Q3"]


async def test_a_window_never_holds_a_queued_question(store: Store) -> None:
    """The window of the first of two quick questions ends with it; that of the second has the first with its answer."""
    first, second = [await position_of(store, asked(key)) for key in (1, 2)]
    assert texts((await begin(store, first, "Q1")).exchanges) == ["Q1"]
    await end(store, first, text="A1")
    assert texts((await begin(store, second, "Q2")).exchanges) == ["Q1", "A1", "Q2"]


async def test_places_do_not_mix(store: Store) -> None:
    """A window holds nothing of another place."""
    await exchange(store, 1)
    assert await window(store, 2, place=Place(2, PlaceKind.DM, "dm")) == ["Q2"]


async def test_contents_beyond_the_text_belong_to_their_question(store: Store) -> None:
    """A question's further contents are in each window that holds it, in order, and in no other question."""
    position = await position_of(store, asked(1))
    contents = (Text("Q1"), Text("more"), ToolResult("ref", "rain"))
    begun = await store.attempts.begin(NewAttempt(position, 1, "default", 9000, contents=contents, tokens=3))
    assert begun is not None
    assert begun.exchanges[-1].question.contents == contents
    await end(store, position, text="A1")
    later = (await begin(store, await position_of(store, asked(2)), "Q2")).exchanges
    assert [one.question.contents for one in later] == [contents, (Text("Q2"),)]
    assert [message.text for message in later[0].answer] == ["A1"]
    assert later[0].tokens == 3 + len("A1")
    again = await begin_after(store, position, 1)
    assert again is not None
    assert again.exchanges[-1].question.contents == contents


async def test_an_attempt_begins_with_an_open_call(store: Store) -> None:
    """Beginning opens the attempt's first call with its reserve, unless nothing shall be asked."""
    position = await position_of(store, asked(1))
    begun = await begin(store, position)
    assert begun.call_id is not None
    call = await store.calls.newest(position)
    assert call is not None
    assert (call.id, call.position, call.sibling, call.step, call.state) == (begun.call_id, 1, 1, 1, CallState.OPEN)
    assert (call.reserved, call.started_at, call.person_id, call.end) == (9000, 1, 11, None)
    position = await position_of(store, asked(2))
    silent = await store.attempts.begin(NewAttempt(position, 1, "default", None, contents=(Text("Q2"),), tokens=1))
    assert silent is not None
    assert silent.call_id is None


async def test_answers_go_forward_only(store: Store) -> None:
    """A finished attempt cannot be ended again, and none ends in writing."""
    position = await position_of(store, asked(1))
    await begin(store, position)
    with pytest.raises(WrongTransition):
        await end(store, position, state=AnswerState.WRITING)
    await end(store, position)
    for state in AnswerState:
        with pytest.raises(WrongTransition):
            await end(store, position, text="other", state=state)
    assert (await window(store, 2))[1] == "an answer"


async def test_an_attempt_that_does_not_exist_is_an_error(store: Store) -> None:
    """NewAttempt at no question, and ending no attempt, raise StoreError."""
    with pytest.raises(StoreError):
        await begin(store, 77)
    with pytest.raises(StoreError):
        await end(store, 77)


async def test_only_one_attempt_follows_another(stores: tuple[Store, Store]) -> None:
    """Of two attempts that would follow the same one, the second is not made; none is made while one is in writing."""
    store, other = stores
    position = await position_of(store, asked(10))
    await begin(store, position, "Q10")
    with pytest.raises(StoreError):
        await begin_after(store, position, 1)
    await store.displays.sent(position, 1, 11)
    await store.displays.sent(position, 2, 12)
    await end(store, position, text="", state=AnswerState.FAILED, reason="busy")
    again = await begin_after(store, position, 1)
    assert again is not None
    assert (again.sibling, texts(again.exchanges), again.messages.live) == (2, ["Q10"], (11, 12))
    assert await begin_after(other, position, 1) is None


async def test_the_attempt_that_ended_well_is_chosen(store: Store) -> None:
    """Another attempt that is done takes the place of the one before in the window; all are kept."""
    position = await position_of(store, asked(1))
    await begin(store, position, "Q1")
    await end(store, position, text="half", state=AnswerState.INTERRUPTED)
    begun = await begin_after(store, position, 1)
    assert begun is not None
    assert begun.exchanges[-1].answer == ()
    await end(store, position, 2, "whole")
    assert await window(store, 2) == ["Q1", "whole", "Q2"]
    assert [(a.sibling, a.chosen, a.text) for a in (await record_of(store, 1)).answers] == [
        (1, False, "half"),
        (2, True, "whole"),
    ]


@pytest.mark.parametrize(
    ("text", "state"), [("", AnswerState.FAILED), ("other half", AnswerState.INTERRUPTED), ("", AnswerState.STOPPED)]
)
async def test_after_a_failure_the_display_returns_to_the_attempt_before(
    store: Store, text: str, state: AnswerState
) -> None:
    """An attempt that came to nothing leaves the choice and the display with the one that has text."""
    position = await position_of(store, asked(1))
    await begin(store, position)
    await end(store, position, text="half", state=AnswerState.INTERRUPTED)
    await store.displays.shown(position, 1, DisplayOutcome.SHOWN, at=2)
    begun = await begin_after(store, position, 1)
    assert begun is not None
    display = (await record_of(store, 1)).display
    assert (display.sibling, display.wanted, display.shown, begun.version) == (2, 2, 1, 2)
    await end(store, position, 2, text, state)
    record = await record_of(store, 1)
    assert (record.display.sibling, record.display.wanted, record.display.behind) == (1, 3, True)
    assert [answer.chosen for answer in record.answers] == [True, False]


async def test_an_attempt_that_goes_on_and_breaks_off_is_chosen(store: Store) -> None:
    """An interrupted attempt that continues the chosen one has more of the same answer, so it takes its place."""
    position = await position_of(store, asked(1))
    await begin(store, position, "Q1")
    await end(store, position, text="one", reason="length")
    await begin_after(store, position, 1, continues=True)
    await end(store, position, 2, text="one two", state=AnswerState.INTERRUPTED, reason="cut_off")
    record = await record_of(store, 1)
    assert [answer.chosen for answer in record.answers] == [False, True]
    assert record.displayed == record.answers[1]
    await begin_after(store, position, 2)
    await end(store, position, 3, text="other", state=AnswerState.INTERRUPTED, reason="cut_off")
    assert (await record_of(store, 1)).displayed == record.answers[1]
    assert await window(store, 2) == ["Q1", "one two", "Q2"]


async def test_the_first_text_is_chosen_whatever_its_end(store: Store) -> None:
    """Where no attempt before has text, one that broke off with text is chosen and stays on display."""
    position = await position_of(store, asked(1))
    await begin(store, position, "Q1")
    await end(store, position, text="", state=AnswerState.FAILED)
    assert await begin_after(store, position, 1) is not None
    await end(store, position, 2, "half", AnswerState.INTERRUPTED)
    record = await record_of(store, 1)
    assert (record.display.sibling, [answer.chosen for answer in record.answers]) == (2, [False, True])
    assert await window(store, 2) == ["Q1", "half", "Q2"]


async def test_a_question_that_a_filter_refused_leaves_the_window(store: Store) -> None:
    """A question that the provider's filter refused is in no later window until it has an answer; other failures stay."""
    for key, reason in ((1, "filtered"), (2, "timed_out")):
        position = await position_of(store, asked(key))
        await begin(store, position, f"Q{key}")
        await end(store, position, text="", state=AnswerState.FAILED, reason=reason)
    assert await window(store, 3) == ["Q2", "Q3"]
    again = await begin_after(store, 1, 1)
    assert again is not None
    assert texts(again.exchanges) == ["Q1"]
    await end(store, 1, 2, "A1")
    assert await window(store, 4) == ["Q1", "A1", "Q2", "Q3", "Q4"]


async def test_an_attempt_that_continues_begins_with_the_text_before(stores: tuple[Store, Store]) -> None:
    """The text of the attempt before is stored with the one that goes on from it, so that no crash loses it."""
    store, other = stores
    position = await position_of(store, asked(10))
    await begin(store, position, "Q10")
    await end(store, position, text="one two", reason="length")
    again = await begin_after(store, position, 1, continues=True)
    assert again is not None
    assert (again.sibling, again.so_far, again.exchanges[-1].answer) == (2, "one two", ())
    newest = (await record_of(other, 10)).newest
    assert newest is not None
    assert (newest.text, newest.tokens, newest.state, newest.continues) == ("one two", 7, AnswerState.WRITING, 1)


async def test_a_resumed_attempt_has_its_window_and_a_new_call(stores: tuple[Store, Store]) -> None:
    """After a crash the attempt in writing goes on with the same window and messages, and a call of its own."""
    store, after = stores
    await exchange(store, 1)
    position = await position_of(store, asked(2))
    begun = await begin(store, position, "Q2")
    await store.displays.sent(position, 1, 21)
    assert await after.calls.lose(at=5) == 1
    resumed = await after.attempts.resume(position, reserve=500, at=6)
    assert resumed is not None
    assert (resumed.sibling, resumed.exchanges, resumed.version) == (begun.sibling, begun.exchanges, begun.version)
    assert resumed.messages.live == (21,)
    assert resumed.call_id not in {None, begun.call_id}
    await after.changes.remove([21], at=7)
    assert await after.attempts.resume(position, reserve=500, at=8) is None


async def test_the_window_of_an_attempt_in_writing_is_read_again(store: Store) -> None:
    """An attempt that waits has the window as people changed it meanwhile, until it is ended or its question changes."""
    before = await exchange(store, 1)
    position = await position_of(store, asked(2))
    begun = await begin(store, position, "Q2")
    again = await store.attempts.read_again(position)
    assert again is not None
    assert (again.exchanges, again.call_id, again.sibling) == (begun.exchanges, begun.call_id, begun.sibling)
    assert await store.changes.erase(before, (1,), at=5)
    again = await store.attempts.read_again(position)
    assert again is not None
    assert again.exchanges == begun.exchanges[1:]
    await end(store, position)
    assert await store.attempts.read_again(position) is None


async def test_a_pick_chooses_another_attempt_for_window_and_display(store: Store) -> None:
    """Older and newer attempts with text can be chosen in turn; each choice raises what Discord shall show."""
    position = await position_of(store, asked(1))
    await begin(store, position, "Q1")
    await end(store, position, text="half", state=AnswerState.INTERRUPTED)
    await begin_after(store, position, 1)
    assert not await store.attempts.pick(position, 1)  # while one is in writing
    await end(store, position, 2, "whole")
    versions: list[int] = []
    for sibling in (1, 2, 1):
        assert await store.attempts.pick(position, sibling)
        display = (await record_of(store, 1)).display
        assert display.sibling == sibling
        versions.append(display.wanted)
    assert versions == [versions[0], versions[0] + 1, versions[0] + 2]
    assert await window(store, 2) == ["Q1", "half", "Q2"]
    assert not await store.attempts.pick(position, 1)  # chosen already
    assert not await store.attempts.pick(position, 3)


async def test_a_press_picks_once(store: Store) -> None:
    """A press is claimed with its pick: the second delivery of it changes nothing, and no limit counts it."""
    position = await position_of(store, asked(1))
    await begin(store, position, "Q1")
    await end(store, position, text="one")
    await begin_after(store, position, 1)
    await end(store, position, 2, "two")
    first, second = (Press(number, GENERAL.id, 11, 1000) for number in (901, 902))
    assert await store.attempts.pick(position, 1, first)
    assert await store.attempts.pick(position, 2, second)
    assert not await store.attempts.pick(position, 1, first)
    assert (await record_of(store, 1)).display.sibling == 2
    assert await store.questions.press(Press(903, GENERAL.id, 11, 1001), per_minute=2)
    assert await store.questions.record(901) is None


async def test_an_older_attempt_is_continued(store: Store) -> None:
    """An attempt may begin with the text of an attempt before the newest."""
    position = await position_of(store, asked(1))
    await begin(store, position, "Q1")
    await end(store, position, text="one", reason="length")
    await begin_after(store, position, 1)
    await end(store, position, 2, "two")
    begun = await store.attempts.begin(NewAttempt(position, 3, "default", 9000, after=2, continues=1))
    assert begun is not None
    assert (begun.sibling, begun.so_far) == (3, "one")


async def test_an_attempt_takes_over_what_was_sent_before_it(store: Store) -> None:
    """A first attempt has the messages that were sent while its question waited."""
    position = await position_of(store, asked(1))
    await store.displays.sent(position, 1, 501)
    begun = await store.attempts.begin(
        NewAttempt(position, 1, "default", 9000, contents=(Text("Q1"),), tokens=1, shown=True)
    )
    assert begun is not None
    assert begun.messages.live == (501,)


async def test_an_attempt_without_text_cannot_be_picked(store: Store) -> None:
    """A failed attempt is never chosen."""
    position = await position_of(store, asked(1))
    await begin(store, position)
    await end(store, position, text="half", state=AnswerState.INTERRUPTED)
    await begin_after(store, position, 1)
    await end(store, position, 2, "", AnswerState.FAILED)
    assert not await store.attempts.pick(position, 2)


async def test_a_trimmed_window_begins_at_its_anchor(store: Store) -> None:
    """The anchor that a trim has moved stays, and never goes back."""
    for key in (1, 2, 3):
        await exchange(store, key)
    await store.conversations.trim(1, window_from=3)
    await store.conversations.trim(1, window_from=2)
    begun = await begin(store, await position_of(store, asked(4)), "Q4")
    assert (begun.window_from, texts(begun.exchanges)) == (3, ["Q3", "A3", "Q4"])


async def test_an_attempt_before_the_anchor_looks_back_and_moves_no_anchor(store: Store) -> None:
    """Another attempt at an old question reads up to fifty exchanges before it; the conversation's anchor stays."""
    for key in range(1, 61):
        await exchange(store, key)
    await store.conversations.trim(1, window_from=60)
    begun = await begin_after(store, 55, 1)
    assert begun is not None
    assert [one.position for one in begun.exchanges] == list(range(6, 56))
    assert begun.window_from == 6
    assert (await store.history.conversations(GENERAL.id))[0].window_from == 60


async def test_an_attempt_before_the_anchor_of_a_thread_looks_back_into_its_parent(store: Store) -> None:
    """Another attempt at an early question of a trimmed thread still begins with what the thread grew from, and no more."""
    for key in range(1, 61):
        await exchange(store, key)
    await store.displays.sent(55, 1, 777)
    thread = Place(777, PlaceKind.THREAD, "deeper", guild_id=9, parent_id=GENERAL.id)
    for key in range(61, 121):
        await exchange(store, key, place=thread)
    await store.conversations.trim(2, window_from=120)
    early = await begin_after(store, 62, 1)
    assert early is not None
    assert [one.position for one in early.exchanges] == [*range(6, 56), 61, 62]
    assert early.window_from == 6
    late = await begin_after(store, 119, 1)
    assert late is not None
    assert [one.position for one in late.exchanges] == list(range(70, 120))


async def test_what_was_begun_lately_is_known(store: Store) -> None:
    """Places and times of the attempts since a moment come oldest first, so that a limit outlives a restart."""
    elsewhere = Place(2, PlaceKind.CHANNEL, "other")
    for key, place, at in ((1, GENERAL, 10), (2, elsewhere, 30), (3, GENERAL, 20)):
        await begin(store, await position_of(store, asked(key, place=place)), at=at)
    assert list(await store.attempts.begun_since(0)) == [(1, 10), (1, 20), (2, 30)]
    assert list(await store.attempts.begun_since(20)) == [(2, 30)]


async def test_attempts_of_many_places_do_not_disturb_each_other(store: Store) -> None:
    """Begun and ended at the same time, each attempt gets its own window and its own end."""

    async def talk(place: Place) -> list[str]:
        for number in range(1, 4):
            await exchange(store, place.id * 100 + number, place=place)
        return await window(store, place.id * 100 + 4, place=place)

    places = [Place(number, PlaceKind.CHANNEL, "room") for number in range(1, 9)]
    for place, found in zip(places, await asyncio.gather(*map(talk, places)), strict=True):
        keys = [place.id * 100 + number for number in range(1, 4)]
        assert found == [text for key in keys for text in (f"Q{key}", f"A{key}")] + [f"Q{place.id * 100 + 4}"]
