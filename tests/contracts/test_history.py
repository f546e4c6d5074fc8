"""The port `History`: everything that an export holds."""

from bot.chat.appearance import AnswerMessage, DisplayOutcome, DisplayState, Messages
from bot.chat.content import Opaque, StoredContent, Text, ToolCall, ToolResult
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.attempts import NewAttempt
from bot.chat.ports.store import Store
from bot.chat.turns import AnswerState, TurnedDown
from tests.contracts.stories import END, GENERAL, asked, begin, begin_after, end, exchange, position_of, record_of


async def test_a_turn_comes_with_all_that_is_stored(store: Store) -> None:
    """A turn has its question, its attempts, its messages, what Discord shows, and the calls with receipt and usage."""
    position = await position_of(store, asked(1))
    await begin(store, position, "Alice: hello")
    for number, message_id in ((1, 501), (2, 502)):
        await store.displays.sent(position, number, message_id)
    await end(store, position, text="half", state=AnswerState.INTERRUPTED, reason="cut_off")
    await store.displays.shown(position, 1, DisplayOutcome.SHOWN, at=8)
    await begin_after(store, position, 1)
    (turn,) = [turn async for turn in store.history.turns(1)]
    assert turn.record == await record_of(store, 1)
    assert turn.record.question.prompt == "Alice: hello"
    assert turn.record.display == DisplayState(
        2, 2, 1, DisplayOutcome.SHOWN, 8, Messages((AnswerMessage(501, 1), AnswerMessage(502, 2)))
    )
    first, second = turn.record.answers
    assert (first.started_at, first.finished_at, first.reason, first.tokens, first.profile) == (
        1, 7, "cut_off", 4, "default"
    )  # rows of a table # fmt: skip
    assert (second.started_at, second.finished_at, second.state) == (3, None, AnswerState.WRITING)
    assert [(call.sibling, call.end) for call in turn.calls] == [(1, END), (2, None)]


async def test_contents_beyond_the_text_are_in_the_history(store: Store) -> None:
    """A question's further contents come with its turn, in order, and no other's."""
    position = await position_of(store, asked(1))
    more = (Text("more"), ToolCall("ref", "weather", "{}"), ToolResult("ref", "rain"), Opaque("openai", '{"id": 1}'))
    await store.attempts.begin(NewAttempt(position, 1, "default", 9000, contents=(Text("Q1"), *more), tokens=3))
    await exchange(store, 2)
    first, second = [turn async for turn in store.history.turns(1)]
    assert first.contents == tuple(StoredContent(0, 0, number, one) for number, one in enumerate(more, start=1))
    assert second.contents == ()


async def test_refused_questions_are_in_the_history(store: Store) -> None:
    """A question that was turned down is exported with its reason."""
    await store.questions.claim(asked(1), turned_down=TurnedDown.QUEUE)
    (turn,) = [turn async for turn in store.history.turns(1)]
    assert (turn.record.question.turned_down, turn.record.answers, turn.calls) == (TurnedDown.QUEUE, (), ())
    assert not turn.record.display.behind


async def test_turns_are_read_over_pages(store: Store) -> None:
    """A long conversation is read to its end, each turn once."""
    for key in range(1, 451):
        await store.questions.claim(asked(key))
    conversation = (await store.history.conversations(GENERAL.id))[0]
    assert [turn.record.question.key async for turn in store.history.turns(conversation.id)] == list(range(1, 451))


async def test_a_place_has_its_own_conversations(store: Store) -> None:
    """Conversations of other places, and places that nobody spoke in, are not mixed in."""
    await exchange(store, 1)
    elsewhere = Place(2, PlaceKind.DM, "direct messages")
    await exchange(store, 2, place=elsewhere)
    assert [one.place_id for one in await store.history.conversations(2)] == [2]
    assert list(await store.history.conversations(3)) == []
