"""The port `Displays`: the messages of an answer, and how far Discord has come."""

from bot.chat.appearance import AnswerMessage, DisplayOutcome, MessageState
from bot.chat.ports.store import Store
from tests.contracts.stories import asked, begin, end, exchange, position_of, record_of


async def test_messages_come_in_the_order_of_their_numbers(stores: tuple[Store, Store]) -> None:
    """A message is recorded once under its number, whatever its id and however often it is told."""
    store, other = stores
    position = await position_of(store, asked(1))
    await begin(store, position)
    for number, message_id in ((1, 203), (2, 202), (1, 203)):
        await store.displays.sent(position, number, message_id)
    messages = (await record_of(other, 1)).display.messages
    assert (messages.live, messages.retired, messages.next_number) == ((203, 202), (), 3)


async def test_a_number_never_comes_twice(store: Store) -> None:
    """A message that was deleted keeps its number, so that the next one gets another."""
    position = await exchange(store, 1)
    for number, message_id in ((1, 501), (2, 502)):
        await store.displays.sent(position, number, message_id)
    await store.displays.retire([502])
    messages = (await record_of(store, 1)).display.messages
    assert (messages.live, messages.retired) == ((501,), (502,))
    await store.displays.gone([502])
    messages = (await record_of(store, 1)).display.messages
    assert (messages.live, messages.retired, messages.next_number) == ((501,), (), 3)
    assert messages.all[1] == AnswerMessage(502, 2, MessageState.GONE)


async def test_messages_of_several_answers_are_apart(store: Store) -> None:
    """Retiring and deleting touch no other question's messages."""
    first, second = [await exchange(store, key) for key in (1, 2)]
    await store.displays.sent(first, 1, 101)
    await store.displays.sent(second, 1, 201)
    await store.displays.retire([101])
    assert (await record_of(store, 2)).display.messages.live == (201,)
    await store.displays.gone([])
    assert (await record_of(store, 1)).display.messages.retired == (101,)


async def test_messages_that_nobody_recorded_are_adopted(store: Store) -> None:
    """Found messages get the next numbers in order; known ones, also deleted ones, stay as they are."""
    position = await exchange(store, 1)
    await store.displays.sent(position, 1, 501)
    await store.displays.gone([501])
    await store.displays.adopt(position, [501, 503, 502])
    await store.displays.adopt(position, [502])
    messages = (await record_of(store, 1)).display.messages
    assert [(one.id, one.number) for one in messages.all] == [(501, 1), (503, 2), (502, 3)]
    assert messages.live == (503, 502)


async def test_what_discord_took_is_recorded_forward_only(store: Store) -> None:
    """A version that Discord took is recorded with its outcome; an older one changes nothing."""
    position = await exchange(store, 1)
    assert (await record_of(store, 1)).display.behind
    await store.displays.shown(position, 1, DisplayOutcome.SHOWN, at=5)
    await store.displays.shown(position, 1, DisplayOutcome.REFUSED, at=6)
    await store.displays.shown(position, 0, DisplayOutcome.REFUSED, at=7)
    display = (await record_of(store, 1)).display
    assert (display.shown, display.outcome, display.shown_at, display.behind) == (1, DisplayOutcome.SHOWN, 5, False)


async def test_a_display_that_was_refused_may_be_shown_later(store: Store) -> None:
    """A version that Discord refused is recorded as shown once it is; a version that it showed does not become refused."""
    position = await position_of(store, asked(1))
    await begin(store, position)
    await end(store, position)
    await store.displays.shown(position, 1, DisplayOutcome.REFUSED, at=8)
    await store.displays.shown(position, 1, DisplayOutcome.SHOWN, at=9)
    await store.displays.shown(position, 1, DisplayOutcome.REFUSED, at=10)
    display = (await record_of(store, 1)).display
    assert (display.outcome, display.shown_at) == (DisplayOutcome.SHOWN, 9)
