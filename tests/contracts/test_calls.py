"""The port `Calls`: one row a request, whatever its end."""

from bot.chat.calls import Call, CallEnd, CallRecord, CallState, Purpose, Receipt, Usage
from bot.chat.ports.calls import Spending
from bot.chat.ports.store import Store
from bot.chat.turns import AnswerState
from tests.contracts.stories import END, GENERAL, asked, begin, begin_after, end, exchange, position_of


def call_of(position: int, sibling: int = 1) -> Call:
    """The identity of a further call of an attempt."""
    return Call(Purpose.ANSWER, 1, position, sibling, 1, GENERAL.id, GENERAL.guild_id, 11)


async def calls_of(store: Store) -> list[CallRecord]:
    """All calls of the first conversation."""
    return [call async for turn in store.history.turns(1) for call in turn.calls]


async def test_every_request_of_an_attempt_is_a_row(stores: tuple[Store, Store]) -> None:
    """A failed call is closed with its reason, another opens, and the last one closes with the attempt."""
    store, other = stores
    position = await position_of(store, asked(1))
    begun = await begin(store, position)
    assert begun.call_id is not None
    overflow = CallEnd("overflow", "default", "m", Receipt(0, 0, 5, 7, 20, 5))
    await store.calls.close(begun.call_id, overflow, at=2)
    await store.calls.close(begun.call_id, CallEnd("again"), at=3)  # a closed call stays as it is
    again = await store.calls.open(call_of(position), reserve=4000, at=4)
    await end(store, position)
    found = await calls_of(other)
    assert [(one.state, one.end, one.started_at, one.ended_at, one.reserved) for one in found] == [
        (CallState.CLOSED, overflow, 1, 2, 9000),
        (CallState.CLOSED, END, 4, 7, 4000),
    ]
    assert await other.calls.newest(position) == found[1]
    assert found[1].id == again


async def test_an_end_without_a_request_has_no_receipt(store: Store) -> None:
    """A call that ended before anything was sent costs nothing and has no figures of a window."""
    position = await position_of(store, asked(1))
    await begin(store, position)
    await end(store, position, text="", state=AnswerState.STOPPED, reason="person", call=CallEnd("person"))
    (call,) = await calls_of(store)
    assert call.end == CallEnd("person", receipt=None, usage=Usage())


async def test_an_estimate_is_told_from_what_the_server_reported(store: Store) -> None:
    """Whether the usage is our own count is stored with it."""
    position = await position_of(store, asked(1))
    await begin(store, position)
    estimated = CallEnd("cut_off", "default", "m", END.receipt, Usage(prompt=32, completion=3), estimated=True)
    await end(store, position, text="half", state=AnswerState.INTERRUPTED, call=estimated)
    assert [call.end for call in await calls_of(store)] == [estimated]


async def test_calls_that_a_crash_left_open_are_lost(stores: tuple[Store, Store]) -> None:
    """A start ends every open call as lost, those of several attempts too, and no closed one."""
    store, after = stores
    first, second, third = [await position_of(store, asked(key)) for key in (1, 2, 3)]
    for position in (first, second, third):
        await begin(store, position)
    await end(store, first, text="half", state=AnswerState.INTERRUPTED)
    await begin_after(store, first, 1)
    await end(store, second)
    summary = Call(Purpose.SUMMARY, 0, 0, 0, 1, GENERAL.id, GENERAL.guild_id, 11)
    await store.calls.open(summary, reserve=9000, at=9)
    await store.calls.close(await store.calls.open(summary, reserve=9000, at=9), END, at=10)
    assert await after.calls.lose(at=50) == 3
    assert await after.calls.lose(at=51) == 0
    assert [(one.position, one.sibling, one.state, one.ended_at) for one in await calls_of(after)] == [
        (first, 1, CallState.CLOSED, 7),
        (first, 2, CallState.LOST, 50),
        (second, 1, CallState.CLOSED, 7),
        (third, 1, CallState.LOST, 50),
    ]
    assert [one.end for one in await calls_of(after) if one.state is CallState.LOST] == [None, None]


async def test_the_tokens_of_a_day_are_those_of_all_calls_that_began_in_it(store: Store) -> None:
    """Ended calls count with their usage, lost and unknown ones with their reserve, open ones up to an id."""
    first, second = [await position_of(store, asked(key)) for key in (1, 2)]
    yesterday = await begin(store, first, at=50)
    await end(store, first)
    assert yesterday.call_id is not None
    assert await store.calls.spending(since=1, until=100) == Spending(36, 0)
    assert await store.calls.spending(since=51, until=100) == Spending(0, 0)
    begun = await begin(store, second, at=60)
    assert begun.call_id is not None
    assert await store.calls.spending(since=60, until=begun.call_id) == Spending(0, 9000)
    assert await store.calls.spending(since=60, until=begun.call_id - 1) == Spending(0, 0)
    await store.calls.close(begun.call_id, CallEnd("cut_off", usage=None), at=61)
    again = await store.calls.open(call_of(second), reserve=4000, at=62)
    assert await store.calls.spending(since=60, until=again) == Spending(9000, 4000)
    await store.calls.lose(at=63)
    assert await store.calls.spending(since=60, until=0) == Spending(13_000, 0)


async def test_the_newest_call_of_a_question_is_that_of_its_newest_request(store: Store) -> None:
    """A question without calls has none; a call of another question changes nothing."""
    first = await position_of(store, asked(1))
    assert await store.calls.newest(first) is None
    await begin(store, first)
    await end(store, first, text="half", state=AnswerState.INTERRUPTED)
    await begin(store, await position_of(store, asked(2)))
    again = await begin_after(store, first, 1)
    newest = await store.calls.newest(first)
    assert again is not None
    assert newest is not None
    assert (newest.id, newest.sibling) == (again.call_id, 2)


async def test_the_latest_call_of_a_conversation_is_that_of_its_newest_answer(stores: tuple[Store, Store]) -> None:
    """The newest question with a call has the latest one, also when an older question was answered again after it."""
    store, other = stores
    assert await other.calls.latest(1) is None
    first = await exchange(store, 1)
    second = await exchange(store, 2)
    transcription = Call(Purpose.TRANSCRIPTION, 1, second, 0, 1, GENERAL.id, GENERAL.guild_id, 11)
    await store.calls.open(transcription, reserve=1, at=5)
    assert await begin_after(store, first, 1) is not None
    await position_of(store, asked(3))
    latest = await other.calls.latest(1)
    assert latest is not None
    assert (latest.position, latest.purpose) == (second, Purpose.ANSWER)
    assert latest == await other.calls.newest(second, 1)
