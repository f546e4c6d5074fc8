"""The port `Seen`."""

from bot.chat.places import Place, PlaceKind
from bot.chat.ports.questions import Press
from bot.chat.ports.store import Store
from tests.contracts.stories import ALICE, GENERAL, asked, position_of


async def test_the_newest_message_of_each_place_is_remembered(stores: tuple[Store, Store]) -> None:
    """A newer message replaces an older one, never the other way round."""
    store, other = stores
    assert await store.seen.seen() == {}
    await store.seen.see({1: 2**62, 2: 20})
    await store.seen.see({2: 10, 3: 30})
    assert await other.seen.seen() == {1: 2**62, 2: 20, 3: 30}
    await store.seen.see({})
    assert len(await other.seen.seen()) == 3


async def test_dms_and_threads_that_were_talked_in_lately(store: Store) -> None:
    """A DM or thread is told with the last message seen; where none is written down yet, with the last one claimed."""
    for place in (
        GENERAL,
        Place(5, PlaceKind.DM, "direct messages"),
        Place(6, PlaceKind.THREAD, "topic", 9, 1),
        Place(7, PlaceKind.DM, "direct messages"),
    ):
        await position_of(store, asked(place.id * 10, place=place))
    await store.seen.see({1: 100, 5: 100, 6: 100, 7: 80, 8: 100})
    assert await store.seen.talked_in(80) == {5: 100, 6: 100}
    await position_of(store, asked(90, place=Place(7, PlaceKind.DM, "direct messages")))  # not written down as seen yet
    assert await store.seen.talked_in(80) == {5: 100, 6: 100, 7: 80}
    await position_of(store, asked(91, place=Place(9, PlaceKind.DM, "direct messages")))
    assert await store.seen.talked_in(80) == {5: 100, 6: 100, 7: 80, 9: 91}


async def test_a_press_says_nothing_of_the_messages_before_it(store: Store) -> None:
    """A press in a DM or thread does not count its messages before the press as handled."""
    await position_of(store, asked(90, place=Place(9, PlaceKind.DM, "direct messages")))
    assert await store.questions.press(Press(95, 9, ALICE.id, 1000))
    assert await store.seen.talked_in(80) == {9: 90}
